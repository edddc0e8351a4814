"""The auto-encoder, including the scaling of its input."""

from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from skdeepcluster.networks.one_hot import OneHotColumns
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
    one_hot : OneHotColumns or None
        The columns for which the decoder gives logits of categories.
    **scaling
        ``center``, ``scale`` and ``input_shape`` of :class:`ScaledEncoder`.
    """

    def __init__(
        self,
        encoder: nn.Module,
        decoder: nn.Module | None,
        one_hot: OneHotColumns | None = None,
        **scaling: Any,
    ) -> None:
        super().__init__(encoder, **scaling)
        self.decoder = decoder
        self.one_hot = one_hot

    def embed_with_hidden(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Encode scaled rows and also return hidden activations."""
        return self.encoder.forward_with_hidden(self.shape(x))  # type: ignore[operator]

    def reconstruct(self, z: Tensor) -> Tensor:
        """Decode embeddings to scaled rows, or to logits in one-hot columns."""
        assert self.decoder is not None
        return self.decoder(z).reshape(len(z), -1)

    def reconstruction_loss(self, z: Tensor, x: Tensor) -> Tensor:
        """What the reconstruction of scaled rows lacks."""
        return self.difference(self.reconstruct(z), x)

    def difference(self, decoded: Tensor, x: Tensor) -> Tensor:
        """Mean squared error, and cross-entropy in one-hot columns."""
        if self.one_hot is None:
            return F.mse_loss(decoded.float(), x)
        return self.one_hot.loss(decoded.float(), x)

    def decode(self, z: Tensor) -> Tensor:
        """Decode embeddings to rows in the units of the data."""
        decoded = self.reconstruct(z)
        if self.one_hot is not None:
            decoded = self.one_hot.values(decoded)
        return decoded * self.scale + self.center

    def forward(self, x: Tensor) -> Tensor:
        return self.decode(self.encode(x))
