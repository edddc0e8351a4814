"""The network of contrastive clustering: one encoder, two heads."""

from typing import Any

from torch import Tensor, nn

from skdeepcluster.networks.reorder import reorder_outputs
from skdeepcluster.networks.scaled import ScaledEncoder


class ContrastiveNetwork(ScaledEncoder):
    """Encoder f, instance head g_I and cluster head g_C.

    Parameters
    ----------
    encoder : nn.Module
    n_components : int
        Width of the encoder's output.
    n_clusters : int
    projection_dim : int
        Width of the instance head's output.
    **scaling
        ``center``, ``scale`` and ``input_shape`` of :class:`ScaledEncoder`.
    """

    def __init__(
        self,
        encoder: nn.Module,
        n_components: int,
        n_clusters: int,
        projection_dim: int,
        **scaling: Any,
    ) -> None:
        super().__init__(encoder, **scaling)
        self.instance_head = _head(n_components, projection_dim)
        self.cluster_head = _head(n_components, n_clusters)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Projection z (not yet of unit length) and assignment y of rows."""
        h = self.encode(x)
        return self.instance_head(h).float(), self.assign_embedding(h)

    def logits(self, x: Tensor) -> Tensor:
        """The values whose softmax is the assignment, in float32."""
        return self._cluster_logits(self.encode(x))

    def assign(self, x: Tensor) -> Tensor:
        """Soft assignment of rows given in the units of the data."""
        return self.logits(x).softmax(1)

    def assign_embedding(self, h: Tensor) -> Tensor:
        """Soft assignment of embeddings, in float32."""
        return self._cluster_logits(h).softmax(1)

    def reorder_clusters(self, order: Tensor) -> None:
        """Let cluster ``i`` be what ``order[i]`` was."""
        reorder_outputs([self.cluster_head[-1]], order)

    def _cluster_logits(self, h: Tensor) -> Tensor:
        return self.cluster_head(h).float()


def _head(n_in: int, n_out: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(n_in, n_in), nn.ReLU(), nn.Linear(n_in, n_out))
