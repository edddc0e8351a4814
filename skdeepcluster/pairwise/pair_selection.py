"""The loss of DAC: pairs of rows that are selected by their similarity."""

from collections.abc import Callable

import torch
from torch import Tensor

from skdeepcluster.augment import apply_augmentation
from skdeepcluster.losses import (
    balance_loss,
    consistency_loss,
    label_features,
    pair_loss,
    pair_similarities,
    partner_loss,
)
from skdeepcluster.networks import AdaptiveNetwork
from skdeepcluster.pairwise.neighbors import Neighbors
from skdeepcluster.training import Batch

#: Weight of pairs of neighbours in the first epoch.
_NEIGHBOR_WEIGHT = 0.5


class PairSelection:
    """Train on pairs of clear similarity; more pairs are used every epoch.

    u falls and l rises linearly until they meet in the last epoch, which then uses
    all pairs. The paper increases lambda until they meet; with 46 epochs and its
    thresholds, that is the same schedule. Pairs of neighbours are equal from the start,
    whatever their similarity; their weight falls linearly to zero meanwhile.

    Parameters
    ----------
    epochs : int
    upper, lower, final : float
        u and l at the start, and where they meet.
    balance_weight, consistency_weight : float
    augmentation : callable or None
    augment_pairs : bool
        Whether augmented rows are trained on the pseudo-labels of the original rows.
    neighbors : Neighbors, optional
    """

    def __init__(
        self,
        epochs: int,
        upper: float,
        lower: float,
        final: float,
        balance_weight: float,
        consistency_weight: float,
        augmentation: Callable | None,
        augment_pairs: bool = False,
        neighbors: Neighbors | None = None,
    ) -> None:
        self.epochs = epochs
        self.start = upper, lower
        self.final = final
        self.balance_weight = balance_weight
        self.consistency_weight = consistency_weight
        changes = augment_pairs or consistency_weight > 0
        self.augmentation = augmentation if changes else None
        self.augment_pairs = augment_pairs and augmentation is not None
        self.neighbors = neighbors
        self.epoch = 0

    def state_dict(self) -> dict[str, float]:
        """What changes from one epoch to the next."""
        names = ("epoch", "upper", "lower", "neighbor_weight")
        return {name: getattr(self, name) for name in names}

    def load_state_dict(self, state: dict[str, float]) -> None:
        """Go on from what :meth:`state_dict` returned."""
        vars(self).update(state)

    def refresh(self) -> bool:
        """Advance the thresholds by one epoch; the stage never ends early."""
        progress = self.epoch / max(1, self.epochs - 1)
        self.upper, self.lower = (
            start + (self.final - start) * progress for start in self.start
        )
        self.neighbor_weight = _NEIGHBOR_WEIGHT * (1 - progress)
        self.epoch += 1
        return False

    def loss(self, network: AdaptiveNetwork, batch: Batch) -> dict[str, Tensor]:
        """Pair loss, neighbours, balance of clusters, consistency of augmented rows."""
        with torch.set_grad_enabled(not self.augment_pairs):
            a = network(batch.x)
        changed = a
        if self.augmentation is not None:
            x = apply_augmentation(self.augmentation, batch.x, batch.generator)
            changed = network(x)
        learner = changed if self.augment_pairs else a
        g = self.similarities(learner)
        answers = g if learner is a else self.similarities(a)
        terms = {"pairs": pair_loss(g, self.upper, self.lower, answers)}
        if self.neighbors is not None:
            partners = network(self.neighbors.of(batch))
            equal = partner_loss(self.features(learner), self.features(partners))
            terms["neighbors"] = self.neighbor_weight * equal
        if self.balance_weight:
            terms["balance"] = self.balance_weight * balance_loss(learner.softmax(1))
        if self.consistency_weight and changed is not a:
            difference = consistency_loss(changed.softmax(1), a.softmax(1))
            terms["consistency"] = self.consistency_weight * difference
        return terms

    def similarities(self, a: Tensor) -> Tensor:
        """Similarity of each pair of rows by their label features, for i < j."""
        return pair_similarities(self.features(a))

    def features(self, a: Tensor) -> Tensor:
        """What is compared of rows: their label features."""
        return label_features(a)
