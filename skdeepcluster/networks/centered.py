"""Centres of clusters in an embedding."""

import numpy as np
import torch
from torch import Tensor, nn

from skdeepcluster.losses import soft_assignment


class CenteredModule(nn.Module):
    """A module with trainable centres, to which embeddings are assigned.

    There are none before :meth:`set_centers`.
    """

    centers: nn.Parameter

    def assign_embedding(self, z: Tensor) -> Tensor:
        """Soft assignment of embeddings, in float32."""
        return soft_assignment(z.float(), self.centers)

    def distance_to_center(self, z: Tensor) -> Tensor:
        """Squared distance of each embedding to its nearest centre."""
        return (z.unsqueeze(1) - self.centers).square().sum(2).amin(1)

    def set_centers(self, centers: np.ndarray) -> None:
        """Set the centres to an array of shape (n_clusters, n_components)."""
        device = next(self.buffers()).device
        self.centers = nn.Parameter(torch.tensor(centers).float().to(device))

    @torch.no_grad()
    def move_cluster(self, cluster: int, z: Tensor) -> None:
        """Move the centre of ``cluster`` to the embedding ``z``."""
        self.centers[cluster] = z

    @torch.no_grad()
    def reorder_clusters(self, order: Tensor) -> None:
        """Let cluster ``i`` be what ``order[i]`` was."""
        self.centers.copy_(self.centers[order])
