"""Batches of near rows, and how many of them a table needs."""

import math

import torch
from torch import Tensor

from skdeepcluster.neighbors.graph import NeighborGraph
from skdeepcluster.training import Batch, Rows, Run

#: Batches: this many times the two-thirds power of the rows, and at most.
_BATCHES_FACTOR = 6
_MOST_BATCHES = 10_000


def default_epochs(run: Run) -> int:
    """Epochs that make 6 n^(2/3) batches for n rows, and at most 10 000."""
    batches = min(_MOST_BATCHES, _BATCHES_FACTOR * len(run.rows) ** (2 / 3))
    return math.ceil(batches / len(run.batches))


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
    index = index_with_neighbors(batch, graph)
    partners = rows.take(index[len(batch.index) :])
    return Batch(torch.cat([batch.x, partners]), index, batch.generator)


def index_with_neighbors(batch: Batch, graph: NeighborGraph) -> Tensor:
    """Positions of the rows of a batch, and of a neighbour of each.

    Parameters
    ----------
    batch : Batch
    graph : NeighborGraph
    """
    return torch.cat([batch.index, graph.draw(batch.index, batch.generator)])
