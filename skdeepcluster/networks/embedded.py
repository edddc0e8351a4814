"""The network of the DEC family: an auto-encoder with cluster centres."""

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from skdeepcluster.losses import soft_assignment
from skdeepcluster.networks.autoencoder import AutoencoderNetwork


class EmbeddedClusteringNetwork(AutoencoderNetwork):
    """An auto-encoder whose embedding is assigned to trainable centres.

    There are no centres before :meth:`set_centers`, so pretraining does not depend on
    the number of clusters and is cached in a ``memory`` only once.

    Parameters
    ----------
    encoder, decoder : nn.Module
    **more
        One-hot columns and scaling of :class:`AutoencoderNetwork`.
    """

    centers: nn.Parameter

    def __init__(
        self, encoder: nn.Module, decoder: nn.Module | None, **more: Any
    ) -> None:
        super().__init__(encoder, decoder, **more)
        self.register_parameter("centers", None)

    def forward(self, x: Tensor) -> Tensor:
        return self.assign(x)

    def assign(self, x: Tensor) -> Tensor:
        """Soft assignment of rows given in the units of the data."""
        return self.assign_embedding(self.encode(x))

    def assign_embedding(self, z: Tensor) -> Tensor:
        """Soft assignment of embeddings, in float32."""
        return soft_assignment(z.float(), self.centers)

    def distance_to_center(self, z: Tensor) -> Tensor:
        """Squared distance of each embedding to its nearest centre."""
        return (z.unsqueeze(1) - self.centers).square().sum(2).amin(1)

    def set_centers(self, centers: np.ndarray) -> None:
        """Set the centres to an array of shape (n_clusters, n_components)."""
        device = self.scale.device
        self.centers = nn.Parameter(torch.tensor(centers).float().to(device))

    @torch.no_grad()
    def move_cluster(self, cluster: int, z: Tensor) -> None:
        """Move the centre of ``cluster`` to the embedding ``z``."""
        self.centers[cluster] = z

    @torch.no_grad()
    def reorder_clusters(self, order: Tensor) -> None:
        """Let cluster ``i`` be what ``order[i]`` was."""
        self.centers.copy_(self.centers[order])
