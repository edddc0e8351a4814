"""The loss of contrastive clustering."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from skdeepcluster.losses import balance_loss, cluster_loss, instance_loss
from skdeepcluster.networks import ContrastiveNetwork
from skdeepcluster.pairwise.copies import copies
from skdeepcluster.pairwise.neighbors import Neighbors
from skdeepcluster.training import Batch


@dataclass(frozen=True)
class Contrast:
    """Terms of L = L_ins + L_clu + (2 log K - H(Y)) on two copies of each row.

    With ``neighbors``, the second copy of a row is one of its neighbours. Both copies
    are augmented.
    """

    augmentation: Callable | None
    instance_temperature: float
    cluster_temperature: float
    instance_weight: float
    cluster_weight: float
    entropy_weight: float
    neighbors: Neighbors | None = None

    def __call__(self, network: ContrastiveNetwork, batch: Batch) -> dict[str, Tensor]:
        """The terms of the loss on a batch."""
        # One pass: both copies share the statistics of batch normalisation.
        z, y = network(copies(batch, self.augmentation, self.neighbors))
        z_a, z_b = z.chunk(2)
        y_a, y_b = y.chunk(2)
        terms = {}
        if self.instance_weight:
            loss = instance_loss(z_a, z_b, self.instance_temperature)
            terms["instance"] = self.instance_weight * loss
        if self.cluster_weight:
            loss = cluster_loss(y_a, y_b, self.cluster_temperature)
            terms["cluster"] = self.cluster_weight * loss
        if self.entropy_weight:
            loss = balance_loss(y_a) + balance_loss(y_b)
            terms["entropy"] = self.entropy_weight * loss
        return terms
