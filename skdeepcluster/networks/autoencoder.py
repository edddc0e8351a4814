"""The auto-encoder, including the scaling of its input."""

from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from skdeepcluster.networks.scaled import ScaledEncoder


class AutoencoderNetwork(ScaledEncoder):
    """Encoder and decoder around a fixed scaling of the table.

    DEC asks for rows of mean square 1, so ``scale`` is the root mean square of the
    table. The MNIST rows of IDEC's authors have a mean square of 2.9: reconstruction
    weighs 2.9 times as much against gamma there.

    Parameters
    ----------
    encoder, decoder : nn.Module
        Maps from scaled rows to embeddings and back.
    **scaling
        ``center``, ``scale`` and ``input_shape`` of :class:`ScaledEncoder`.
    """

    def __init__(
        self, encoder: nn.Module, decoder: nn.Module | None, **scaling: Any
    ) -> None:
        super().__init__(encoder, **scaling)
        self.decoder = decoder

    def embed_with_hidden(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Encode scaled rows and also return hidden activations."""
        return self.encoder.forward_with_hidden(self.shape(x))  # type: ignore[operator]

    def reconstruct(self, z: Tensor) -> Tensor:
        """Decode embeddings to scaled rows."""
        assert self.decoder is not None
        return self.decoder(z).reshape(len(z), -1)

    def reconstruction_loss(self, z: Tensor, x: Tensor) -> Tensor:
        """Mean squared error of the reconstruction of scaled rows."""
        return F.mse_loss(self.reconstruct(z).float(), x)

    def decode(self, z: Tensor) -> Tensor:
        """Decode embeddings to rows in the units of the data."""
        return self.reconstruct(z) * self.scale + self.center

    def forward(self, x: Tensor) -> Tensor:
        return self.decode(self.encode(x))
