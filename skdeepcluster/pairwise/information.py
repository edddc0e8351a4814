"""The loss of IIC."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from skdeepcluster.losses import information_loss
from skdeepcluster.networks import OverclusteringNetwork
from skdeepcluster.pairwise.copies import copies
from skdeepcluster.pairwise.neighbors import Neighbors
from skdeepcluster.training import Batch


@dataclass(frozen=True)
class SharedInformation:
    """Minus the mutual information of the assignments of two copies of each row.

    The finer clusters of the second head, which are many for any sizes to suit, are
    always rewarded for equal sizes.

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
        y_a, y_b = y.chunk(2)
        terms = {"information": information_loss(y_a, y_b, self.entropy_weight)}
        if fine is not None:
            fine_a, fine_b = fine.chunk(2)
            terms["fine"] = information_loss(fine_a, fine_b)
        return terms
