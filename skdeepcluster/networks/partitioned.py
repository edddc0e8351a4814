"""The network of neighbour clustering: a map of the table, cut into clusters."""

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from skdeepcluster.networks.principal import PrincipalComponents
from skdeepcluster.networks.projected_views import ProjectedViews
from skdeepcluster.networks.scaled import ScaledEncoder


class PartitionedNetwork(ScaledEncoder):
    """An embedding that is cut into clusters of any shape.

    The embedding is covered by many anchors, each of which belongs to one cluster. A
    row belongs to a cluster by the share of its anchors among those near the row.

    Parameters
    ----------
    encoder : nn.Module
    front : PrincipalComponents or ProjectedViews, optional
        A fixed map before the encoder, which a fit computes once for all rows.
    **scaling
        ``center``, ``scale`` and ``input_shape`` of :class:`ScaledEncoder`.

    Attributes
    ----------
    anchors : Tensor of shape (n_anchors, n_components)
    membership : Tensor of shape (n_anchors, n_clusters)
        One for the cluster of each anchor.
    bandwidth : Tensor of shape ()
        Standard deviation of the Gaussian by which anchors are near.
    """

    front: PrincipalComponents | ProjectedViews | None
    anchors: Tensor
    membership: Tensor
    bandwidth: Tensor

    def __init__(
        self,
        encoder: nn.Module,
        front: PrincipalComponents | ProjectedViews | None = None,
        **scaling: Any,
    ) -> None:
        super().__init__(encoder, **scaling)
        self.front = front
        self.register_buffer("anchors", torch.zeros(1, 1))
        self.register_buffer("membership", torch.ones(1, 1))
        self.register_buffer("bandwidth", torch.ones(()))

    def set_partition(
        self, anchors: np.ndarray, labels: np.ndarray, n_clusters: int
    ) -> None:
        """Cover the embedding by ``anchors``, which belong to clusters ``labels``."""
        device = self.anchors.device
        self.anchors = torch.as_tensor(anchors).float().to(device)
        self.membership = torch.eye(n_clusters, dtype=torch.float32, device=device)[
            torch.as_tensor(labels).long()
        ]
        self.bandwidth = _spacing(self.anchors) / 2

    def forward(self, x: Tensor) -> Tensor:
        return self.encode(x)

    def encode(self, x: Tensor) -> Tensor:
        """Embed rows given in the units of the data."""
        return self.embed_projected(self.project(x))

    def project(self, x: Tensor) -> Tensor:
        """Rows as they are embedded: after the fixed map, if there is one."""
        return x if self.front is None else self.front.project(x)

    def embed_projected(self, projected: Tensor) -> Tensor:
        """Embed rows after the fixed map."""
        return super().encode(projected).float()

    def assign(self, x: Tensor) -> Tensor:
        """Memberships of rows given in the units of the data."""
        return self.assign_embedding(self.encode(x))

    def assign_embedding(self, z: Tensor) -> Tensor:
        """Memberships of embeddings."""
        origin = self.anchors.mean(0)
        anchors = (self.anchors - origin) / self.bandwidth
        # Logarithms of Gaussians, less the square of z that all anchors share.
        logits = torch.addmm(
            -0.5 * anchors.square().sum(1), (z - origin) / self.bandwidth, anchors.T
        )
        return logits.softmax(1) @ self.membership


def _spacing(anchors: Tensor) -> Tensor:
    """Root mean square distance of anchors to the nearest other; 1 where it is 0."""
    if len(anchors) < 2:
        return torch.ones((), device=anchors.device)
    distances = torch.cdist(anchors, anchors)
    distances.fill_diagonal_(torch.inf)
    spacing = distances.amin(1).square().mean().sqrt()
    return torch.where(spacing > 0, spacing, torch.ones_like(spacing))
