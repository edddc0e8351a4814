"""The loss of PICA."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from skdeepcluster.losses import balance_loss, partition_uncertainty
from skdeepcluster.networks import OverclusteringNetwork
from skdeepcluster.pairwise.copies import copies
from skdeepcluster.pairwise.neighbors import Neighbors
from skdeepcluster.training import Batch


@dataclass(frozen=True)
class PartitionConfidence:
    """Terms of L = L_ce + lambda (log K - H(Z)) on two copies of each row.

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
        (y,), _ = network(copies(batch, self.augmentation, self.neighbors))
        terms = {"uncertainty": partition_uncertainty(*y.chunk(2))}
        if self.entropy_weight:
            terms["entropy"] = self.entropy_weight * balance_loss(y)
        return terms
