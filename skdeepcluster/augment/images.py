"""Geometric augmentation of image rows."""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True)
class RandomAffine:
    """Rotate, shift and zoom each image of a batch by a random amount.

    The whole batch is warped by one bilinear resampling. Pixels that come from
    outside an image take the value of its nearest edge, so neither the
    background's value nor its scale has to be known.

    Parameters
    ----------
    image_shape : tuple (channels, height, width)
    degrees : float, default=10
        Rotation is uniform in [-degrees, degrees].
    shift : float, default=0.1
        Shift along each axis, uniform in [-shift, shift] times the image's size.
    zoom : float, default=0.1
        Zoom factor, uniform in [1 - zoom, 1 + zoom].

    References
    ----------
    Guo, Zhu, Liu, Yin, "Deep embedded clustering with data augmentation",
    ACML 2018.
    """

    image_shape: tuple[int, int, int]
    degrees: float = 10.0
    shift: float = 0.1
    zoom: float = 0.1

    def __post_init__(self) -> None:
        if len(self.image_shape) != 3:
            raise ValueError(
                "image_shape should be (channels, height, width), got "
                f"{self.image_shape!r}."
            )
        if min(self.degrees, self.shift, self.zoom) < 0 or self.zoom >= 1:
            raise ValueError(
                "degrees, shift and zoom should be >= 0 and zoom < 1, got "
                f"degrees={self.degrees!r}, shift={self.shift!r}, zoom={self.zoom!r}."
            )

    def __call__(self, x: Tensor, generator: torch.Generator) -> Tensor:
        """Return a warped copy of the rows ``x`` of shape (n_samples, n_pixels)."""
        images = x.reshape(len(x), *self.image_shape)
        grid = F.affine_grid(
            self._matrices(len(x), x.device, generator),
            list(images.shape),
            align_corners=False,
        )
        warped = F.grid_sample(images, grid, padding_mode="border", align_corners=False)
        return warped.reshape(x.shape)

    def _matrices(
        self, n: int, device: torch.device, generator: torch.Generator
    ) -> Tensor:
        """Inverse maps, output to input, of shape (n, 2, 3)."""
        draws = torch.rand(4, n, device=device, generator=generator) * 2 - 1
        angle = draws[0] * math.radians(self.degrees)
        scale = 1 / (1 + draws[1] * self.zoom)
        # affine_grid measures in half images: [-1, 1] from edge to edge.
        offset = draws[2:] * (2 * self.shift)
        _, height, width = self.image_shape
        cos, sin = scale * angle.cos(), scale * angle.sin()
        # The rotation is one of pixels, so the off-diagonal carries the aspect.
        top = torch.stack([cos, -sin * (height / width), offset[0]], dim=1)
        bottom = torch.stack([sin * (width / height), cos, offset[1]], dim=1)
        return torch.stack([top, bottom], dim=1)
