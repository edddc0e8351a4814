"""The network of neighbour clustering: a map of the table, cut into clusters."""

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from skdeepcluster.networks.scaled import ScaledEncoder


class PrincipalComponents(nn.Module):
    """A fixed linear map of centred rows, such as onto principal components.

    Where there are fewer components than columns, rows that have been mapped already
    pass, so that a network can be trained without mapping each row in every epoch.

    Parameters
    ----------
    center : ndarray of shape (n_features,)
    components : ndarray of shape (n_components, n_features)
    unit_length : bool, default=False
        Whether rows are scaled to unit length before.
    """

    center: Tensor
    components: Tensor

    def __init__(
        self, center: np.ndarray, components: np.ndarray, unit_length: bool = False
    ) -> None:
        super().__init__()
        self.unit_length = unit_length
        self.register_buffer("center", torch.as_tensor(center).float())
        self.register_buffer("components", torch.as_tensor(components).float())

    @property
    def reduces(self) -> bool:
        """Whether there are fewer components than columns."""
        return len(self.components) < len(self.center)

    def forward(self, x: Tensor) -> Tensor:
        if self.reduces and x.shape[1] == len(self.components):
            return x
        with torch.autocast(x.device.type, enabled=False):
            if self.unit_length:
                x = F.normalize(x)
            return (x - self.center) @ self.components.T


class PartitionedNetwork(ScaledEncoder):
    """An embedding that is cut into clusters of any shape.

    The embedding is covered by many anchors, each of which belongs to one cluster. A
    row belongs to a cluster by the share of its anchors among those near the row.

    Parameters
    ----------
    encoder : nn.Module
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

    anchors: Tensor
    membership: Tensor
    bandwidth: Tensor

    def __init__(self, encoder: nn.Module, **scaling: Any) -> None:
        super().__init__(encoder, **scaling)
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
        return super().encode(x).float()

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
