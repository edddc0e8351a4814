"""The auto-encoder that carries its own input scaling."""

import torch
from torch import Tensor, nn


class AutoencoderNetwork(nn.Module):
    """Encoder and decoder around a fixed scaling of the table.

    The encoder sees ``x / scale`` with one scale for the whole table, its root
    mean square: DEC asks for rows of mean square 1, and the loss weights of the
    family are published for such rows. So a fit does not depend on the unit of
    the table; columns keep their relative scales and their means.

    Parameters
    ----------
    encoder, decoder : nn.Module
        Maps from scaled rows to embeddings and back.
    scale : float
    input_shape : tuple of int or None
        Shape of one row inside the network, if not flat.
    """

    scale: Tensor

    def __init__(
        self,
        encoder: nn.Module,
        decoder: nn.Module | None,
        scale: float = 1.0,
        input_shape: tuple[int, ...] | None = None,
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder
        self.input_shape = input_shape
        self.register_buffer("scale", torch.tensor(scale))

    def rescale(self, x: Tensor) -> Tensor:
        """Rows in the units of the data, brought to mean square 1."""
        return x / self.scale

    def embed(self, x: Tensor) -> Tensor:
        """Encode scaled rows."""
        if self.input_shape is not None:
            x = x.reshape(len(x), *self.input_shape)
        return self.encoder(x)

    def embed_with_hidden(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Encode scaled rows and also return hidden activations."""
        if self.input_shape is not None:
            x = x.reshape(len(x), *self.input_shape)
        return self.encoder.forward_with_hidden(x)  # type: ignore[operator]

    def reconstruct(self, z: Tensor) -> Tensor:
        """Decode embeddings to scaled rows."""
        assert self.decoder is not None
        return self.decoder(z).reshape(len(z), -1)

    def encode(self, x: Tensor) -> Tensor:
        """Embed rows given in the units of the data."""
        return self.embed(self.rescale(x))

    def decode(self, z: Tensor) -> Tensor:
        """Decode embeddings to rows in the units of the data."""
        return self.reconstruct(z) * self.scale

    def forward(self, x: Tensor) -> Tensor:
        return self.decode(self.encode(x))
