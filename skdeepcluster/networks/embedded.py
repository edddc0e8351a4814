"""The network of the DEC family: an auto-encoder with cluster centres."""

from typing import Any

from torch import Tensor, nn

from skdeepcluster.networks.autoencoder import AutoencoderNetwork
from skdeepcluster.networks.centered import CenteredModule


class EmbeddedClusteringNetwork(CenteredModule, AutoencoderNetwork):
    """An auto-encoder whose embedding is assigned to trainable centres.

    There are no centres before :meth:`set_centers`, so pretraining does not depend on
    the number of clusters and is cached in a ``memory`` only once.

    Parameters
    ----------
    encoder, decoder : nn.Module
    **more
        One-hot columns and scaling of :class:`AutoencoderNetwork`.
    """

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
