"""Batches of near rows, and how many of them a table needs."""

import math

import torch

from skdeepcluster.neighbors.graph import NeighborGraph
from skdeepcluster.training import Batch, Player, Rows, Run, Stage

#: Batches of a pretraining: this many times the two-thirds power of the rows.
_PRETRAINING = 6

#: Batches of a map, which has a larger learning rate: the same, and at least.
_MAP = 3
_LEAST_OF_MAP = 300

#: Batches at most.
_MOST_BATCHES = 10_000

#: Share of the batches over which the learning rate rises.
_WARMUP = 0.1


def default_epochs(run: Run) -> int:
    """Epochs that make 6 n^(2/3) batches for n rows, and at most 10 000."""
    return _epochs(run, _PRETRAINING * len(run.rows) ** (2 / 3))


def map_epochs(run: Run) -> int:
    """Epochs of a map: 3 n^(2/3) batches for n rows, from 300 to 10 000.

    Tables of less than 150 rows have 2 n.
    """
    n_rows = len(run.rows)
    return _epochs(run, max(_MAP * n_rows ** (2 / 3), min(_LEAST_OF_MAP, 2 * n_rows)))


def _epochs(run: Run, n_batches: float) -> int:
    return math.ceil(min(_MOST_BATCHES, n_batches) / len(run.batches))


def neighbor_stage(
    name: str, player: Player, epochs: int, run: Run, *, assigns: bool = False
) -> Stage:
    """Train on pairs of near rows.

    The learning rate rises over the first tenth of the batches, and then falls.

    Parameters
    ----------
    name : str
    player : Player
        Its loss takes pairs; see :func:`with_neighbors`.
    epochs : int
    run : Run
    assigns : bool, default=False
        Whether the network has clusters by now.
    """
    return Stage(
        name,
        [player],
        epochs,
        decay=True,
        warmup=round(_WARMUP * epochs * len(run.batches)),
        cached=True,
        assigns=assigns,
    )


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
