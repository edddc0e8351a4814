"""The network of IIC: one encoder, heads of clusters and heads of more clusters."""

from typing import Any

from torch import Tensor, nn

from skdeepcluster.networks.reorder import reorder_outputs
from skdeepcluster.networks.scaled import ScaledEncoder


class OverclusteringNetwork(ScaledEncoder):
    """An encoder whose output is assigned to clusters, and to more of them.

    Several heads of each kind start from different weights; one is kept in the end.

    Parameters
    ----------
    encoder : nn.Module
    n_components : int
        Width of the encoder's output.
    n_clusters : int
    n_fine_clusters : int
        Clusters of the finer heads, which are used in training only; 0 is no such head.
    n_heads : int
        Heads of each kind.
    **scaling
        ``center``, ``scale`` and ``input_shape`` of :class:`ScaledEncoder`.
    """

    def __init__(
        self,
        encoder: nn.Module,
        n_components: int,
        n_clusters: int,
        n_fine_clusters: int,
        n_heads: int,
        **scaling: Any,
    ) -> None:
        super().__init__(encoder, **scaling)
        self.cluster_heads, self.fine_heads = (
            nn.ModuleList(nn.Linear(n_components, width) for _ in range(n_heads))
            if width
            else nn.ModuleList()
            for width in (n_clusters, n_fine_clusters)
        )

    def forward(self, x: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """Assignments of rows by each head to clusters and to the finer ones."""
        h = self.encode(x)
        heads = self.cluster_heads, self.fine_heads
        found = [[head(h).float().softmax(1) for head in kind] for kind in heads]
        return found[0], found[1]

    def keep_head(self, number: int) -> None:
        """Drop all heads of clusters but one."""
        self.cluster_heads = nn.ModuleList([self.cluster_heads[number]])

    def logits(self, x: Tensor) -> Tensor:
        """The values of the first head whose softmax is the assignment, in float32."""
        return self.cluster_heads[0](self.encode(x)).float()

    def assign(self, x: Tensor) -> Tensor:
        """Soft assignment of rows given in the units of the data."""
        return self.logits(x).softmax(1)

    def assign_embedding(self, h: Tensor) -> Tensor:
        """Soft assignment of embeddings, in float32."""
        return self.cluster_heads[0](h).float().softmax(1)

    def reorder_clusters(self, order: Tensor) -> None:
        """Let cluster ``i`` be what ``order[i]`` was."""
        reorder_outputs([self.cluster_heads[0]], order)
