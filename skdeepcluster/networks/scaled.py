"""An encoder, including the scaling and the shape of its rows."""

import torch
from torch import Tensor, nn


class ScaledEncoder(nn.Module):
    """``encoder`` of ``(x - center) / scale``, in the shape the encoder takes.

    There is one centre and one scale for the whole table, so that a fit depends on
    neither its unit nor its origin; columns keep their relative scales and means.

    Parameters
    ----------
    encoder : nn.Module
    center, scale : float
    input_shape : tuple of int or None
        Shape of one row inside the encoder, if not flat.
    """

    center: Tensor
    scale: Tensor

    def __init__(
        self,
        encoder: nn.Module,
        center: float = 0.0,
        scale: float = 1.0,
        input_shape: tuple[int, ...] | None = None,
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.input_shape = input_shape
        self.register_buffer("center", torch.tensor(center))
        self.register_buffer("scale", torch.tensor(scale))

    def rescale(self, x: Tensor) -> Tensor:
        """Rows in the units of the data, centred and scaled."""
        return (x - self.center) / self.scale

    def embed(self, x: Tensor) -> Tensor:
        """Encode scaled rows."""
        return self.encoder(self.shape(x))

    def shape(self, x: Tensor) -> Tensor:
        """Scaled rows in the shape the encoder takes."""
        return x if self.input_shape is None else x.reshape(-1, *self.input_shape)

    def encode(self, x: Tensor) -> Tensor:
        """Embed rows given in the units of the data."""
        return self.embed(self.rescale(x))
