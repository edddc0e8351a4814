"""Batches of near rows."""

import torch

from skdeepcluster.neighbors.graph import NeighborGraph
from skdeepcluster.training import Batch, Rows


def with_neighbors(batch: Batch, rows: Rows, graph: NeighborGraph) -> Batch:
    """The rows of a batch, followed by a neighbour of each, which is drawn anew.

    Both halves are in one batch, so that they share the statistics of batch
    normalisation.

    Parameters
    ----------
    batch : Batch
    rows : Rows
        The whole table.
    graph : NeighborGraph
    """
    partners = graph.draw(batch.index, batch.generator)
    return Batch(
        torch.cat([batch.x, rows.take(partners)]),
        torch.cat([batch.index, partners]),
        batch.generator,
    )
