"""The loss of IIC."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from skdeepcluster.losses import information_loss
from skdeepcluster.networks import OverclusteringNetwork
from skdeepcluster.pairwise.copies import copies
from skdeepcluster.pairwise.neighbors import Neighbors
from skdeepcluster.training import Batch


@dataclass(frozen=True)
class SharedInformation:
    """Minus the mutual information of the assignments of two copies of each row.

    The finer clusters, which are many for any sizes to suit, are always rewarded for
    equal sizes.

    Parameters
    ----------
    augmentation : callable or None
    entropy_weight : float
    neighbors : Neighbors, optional
    """

    augmentation: Callable | None
    entropy_weight: float
    neighbors: Neighbors | None = None

    def __call__(
        self, network: OverclusteringNetwork, batch: Batch
    ) -> dict[str, Tensor]:
        """The terms of the loss on a batch."""
        # One pass: both copies share the statistics of batch normalisation.
        y, fine = network(copies(batch, self.augmentation, self.neighbors))
        terms = {"information": self.of_heads(y, self.entropy_weight).mean()}
        if fine:
            terms["fine"] = self.of_heads(fine).mean()
        return terms

    @staticmethod
    def of_heads(found: list[Tensor], entropy_weight: float = 1.0) -> Tensor:
        """The loss of each head, from its assignments of all copies."""
        pairs = (y.chunk(2) for y in found)
        losses = [information_loss(y_a, y_b, entropy_weight) for y_a, y_b in pairs]
        return torch.stack(losses)

    def best_head(self, network: OverclusteringNetwork, batch: Batch) -> int:
        """The number of the head of clusters with the smallest loss on a batch."""
        y, _ = network(copies(batch, self.augmentation, self.neighbors))
        return int(self.of_heads(y, self.entropy_weight).argmin())
