"""The network of IIC: one encoder, a head of clusters and one of more clusters."""

from typing import Any

from torch import Tensor, nn

from skdeepcluster.networks.scaled import ScaledEncoder


class OverclusteringNetwork(ScaledEncoder):
    """An encoder whose output is assigned to clusters, and to more of them.

    Parameters
    ----------
    encoder : nn.Module
    n_components : int
        Width of the encoder's output.
    n_clusters : int
    n_fine_clusters : int
        Clusters of the second head, which is used in training only; 0 is no such head.
    **scaling
        ``center``, ``scale`` and ``input_shape`` of :class:`ScaledEncoder`.
    """

    def __init__(
        self,
        encoder: nn.Module,
        n_components: int,
        n_clusters: int,
        n_fine_clusters: int,
        **scaling: Any,
    ) -> None:
        super().__init__(encoder, **scaling)
        self.cluster_head = nn.Linear(n_components, n_clusters)
        self.fine_head = (
            nn.Linear(n_components, n_fine_clusters) if n_fine_clusters else None
        )

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor | None]:
        """Assignments of rows to clusters and to the finer ones."""
        h = self.encode(x)
        fine = None if self.fine_head is None else self.fine_head(h).float().softmax(1)
        return self.assign_embedding(h), fine

    def logits(self, x: Tensor) -> Tensor:
        """The values whose softmax is the assignment, in float32."""
        return self.cluster_head(self.encode(x)).float()

    def assign(self, x: Tensor) -> Tensor:
        """Soft assignment of rows given in the units of the data."""
        return self.logits(x).softmax(1)

    def assign_embedding(self, h: Tensor) -> Tensor:
        """Soft assignment of embeddings, in float32."""
        return self.cluster_head(h).float().softmax(1)
