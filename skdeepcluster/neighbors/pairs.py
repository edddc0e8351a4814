"""Batches of near rows, and how many of them a table needs."""

import math

import torch

from skdeepcluster.neighbors.graph import NeighborGraph
from skdeepcluster.training import Batch, Player, Rows, Run, Stage

#: Batches: this many times the two-thirds power of the rows.
_BATCHES_FACTOR = 6

#: The same at a high learning rate; epochs at least, or as many as make these batches.
_FAST_FACTOR = 3
_LEAST_EPOCHS = 100
_LEAST_BATCHES = 700

#: Batches at most.
_MOST_BATCHES = 10_000

#: Share of the batches over which the learning rate rises.
_WARMUP = 0.1


def default_epochs(run: Run) -> int:
    """Epochs that make 6 n^(2/3) batches for n rows, and at most 10 000."""
    return _epochs(run, _BATCHES_FACTOR * len(run.rows) ** (2 / 3))


def fast_epochs(run: Run) -> int:
    """Epochs at a high learning rate: as many as make 3 n^(2/3) batches for n rows.

    At least they are 100, or as many as make 700 batches.
    """
    least = min(_LEAST_EPOCHS, _epochs(run, _LEAST_BATCHES))
    return max(least, _epochs(run, _FAST_FACTOR * len(run.rows) ** (2 / 3)))


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
