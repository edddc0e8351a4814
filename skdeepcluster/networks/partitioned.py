"""The network of neighbour clustering: a map of the table, cut into clusters."""

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from skdeepcluster.networks.principal import PrincipalComponents
from skdeepcluster.networks.projected_views import ProjectedViews
from skdeepcluster.networks.scaled import ScaledEncoder

#: The neighbour whose distance says how isolated a row is.
_NEIGHBOR = 10


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
    known : Tensor of shape (n_known, n_projected)
        Rows after the fixed map, from which others may be too far.
    reach : Tensor of shape ()
        How far the tenth nearest of these may be; infinite by default.
    """

    front: PrincipalComponents | ProjectedViews | None
    anchors: Tensor
    membership: Tensor
    bandwidth: Tensor
    known: Tensor
    reach: Tensor

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
        self.register_buffer("known", torch.zeros(1, 1))
        self.register_buffer("reach", torch.tensor(torch.inf))

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

    def reorder_clusters(self, order: Tensor) -> None:
        """Let cluster ``i`` be what ``order[i]`` was."""
        self.membership = self.membership[:, order]

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

    def isolation(self, projected: Tensor) -> Tensor:
        """Distance of rows after the fixed map to the tenth nearest of those known."""
        number = min(_NEIGHBOR, len(self.known))
        # In float64, in which differences of products have digits to spare.
        known = (self.known - self.known.mean(0)).double()
        x = (projected - self.known.mean(0)).double()
        squares = x.square().sum(1, keepdim=True) + known.square().sum(1)
        squares = torch.addmm(squares, x, known.T, alpha=-2)
        nearest = squares.topk(number, largest=False).values[:, -1]
        return nearest.clamp(min=0).sqrt().float()

    def labels(self, x: Tensor) -> Tensor:
        """Clusters of rows given in the units of the data; -1 where out of reach."""
        projected = self.project(x)
        labels = self.assign_embedding(self.embed_projected(projected)).argmax(1)
        return labels if self.reach.isinf() else self.mark_noise(labels, projected)

    def mark_noise(self, labels: Tensor, projected: Tensor) -> Tensor:
        """The labels, but -1 for rows that are out of reach."""
        return labels.masked_fill(self.isolation(projected) > self.reach, -1)

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
