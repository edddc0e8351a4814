"""Principal components as a layer."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn


class PrincipalComponents(nn.Module):
    """A fixed linear map of centred rows, such as onto principal components.

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
    def used_columns(self) -> np.ndarray:
        """Which columns a component depends on, of shape (n_features,)."""
        return (self.components != 0).any(0).cpu().numpy()

    def forward(self, x: Tensor) -> Tensor:
        return self.project(x)

    def project(self, x: Tensor) -> Tensor:
        """The components of rows."""
        with torch.autocast(x.device.type, enabled=False):
            if self.unit_length:
                x = F.normalize(x)
            return (x - self.center) @ self.components.T
