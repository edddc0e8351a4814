"""Training that heeds hints on some rows."""

from dataclasses import dataclass, replace
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.nn.modules.batchnorm import _BatchNorm

from skdeepcluster.losses import link_loss
from skdeepcluster.training.batches import Batch
from skdeepcluster.training.hints import Hints
from skdeepcluster.training.rows import Rows
from skdeepcluster.training.run import Run
from skdeepcluster.training.stage import Loss, Stage

#: Pairs of each kind that are drawn for a batch, and rows with hints from which on the
#: weight of their term is 1.
_PAIRS = 64


@dataclass(frozen=True)
class HintedLoss:
    """A loss, and that of pairs of rows which are known to be together or apart.

    Pairs are drawn anew for each batch: few rows have hints, and hardly any two of them
    are in one batch by chance. The fewer rows have any, the less the term weighs: the
    same pairs drawn again say nothing new.

    Parameters
    ----------
    loss : callable
    hints : Hints
    rows : Rows
        The whole table.
    """

    loss: Loss
    hints: Hints
    rows: Rows

    def __call__(self, network: Any, batch: Batch) -> dict[str, Tensor]:
        """The terms of the loss on a batch."""
        terms = self.loss(network, batch)
        links = self.hints.draw(_PAIRS, batch.generator)
        drawn = torch.cat([links.first, links.second])
        n_drawn = len(drawn)
        if any(isinstance(module, _BatchNorm) for module in network.modules()):
            # Alone, they may be of one cluster, whose statistics are not the table's.
            drawn = torch.cat([drawn, batch.index])
        y_a, y_b = network.assign(self.rows.take(drawn))[:n_drawn].chunk(2)
        # A row whose cluster is known is in it, wherever it is now.
        known = F.one_hot(links.labels.clamp(min=0), y_b.shape[1]).float()
        y_b = y_b.float().where(links.labels[:, None] < 0, known)
        weight = min(1.0, len(self.hints.members) / _PAIRS)
        return {**terms, "hints": weight * link_loss(y_a, y_b, links.together)}


def with_hints(stage: Stage, run: Run) -> Stage:
    """The stage, whose first player heeds the hints if clusters are trained."""
    hints = run.rows.hints
    if hints is None or not stage.assigns:
        return stage
    number_by_hints(run.network.eval(), run.rows)
    first, *others = stage.players
    first = replace(first, loss=HintedLoss(first.loss, hints, run.rows))
    return replace(stage, players=[first, *others])


@torch.no_grad()
def number_by_hints(network: Any, rows: Rows) -> None:
    """Give clusters the numbers of the labels that most of their rows have.

    Parameters
    ----------
    network : ClusteringNetwork
        With ``reorder_clusters``; in evaluation mode.
    rows : Rows
    """
    hints = rows.hints
    if hints is None or not len(hints.rows):
        return
    memberships = rows.subset(hints.rows.cpu().numpy()).map(network.assign)
    order = hints.order_of(memberships.argmax(1), memberships.shape[1])
    if (order.diff() != 1).any():
        network.reorder_clusters(order)
