"""Geometric augmentation of image rows."""

import math
from dataclasses import dataclass
from numbers import Integral

import torch
import torch.nn.functional as F
from torch import Tensor

from skdeepcluster.augment.rows import check_rows


@dataclass(frozen=True)
class ImageAugmentation:
    """Base class of random transformations of a batch of images.

    Parameters
    ----------
    image_shape : tuple (channels, height, width)
    """

    image_shape: tuple[int, int, int]

    def __post_init__(self) -> None:
        if len(self.image_shape) != 3 or not all(
            isinstance(size, Integral) and int(size) > 0 for size in self.image_shape
        ):
            raise ValueError(
                "image_shape should be whole numbers (channels, height, width), got "
                f"{self.image_shape!r}."
            )
        self._check()

    def __call__(self, x: Tensor, generator: torch.Generator) -> Tensor:
        """Return a changed copy of the rows ``x`` of shape (n_samples, n_pixels)."""
        check_rows(x, math.prod(self.image_shape))
        # Positions within an image need more digits than 16 bits have.
        images = x.to(torch.promote_types(x.dtype, torch.float32))
        images = images.reshape(len(x), *self.image_shape)
        return self._apply(images, generator).reshape(x.shape).to(x.dtype)

    def _check(self) -> None:
        """Raise ValueError for parameters out of range."""

    def _apply(self, images: Tensor, generator: torch.Generator) -> Tensor:
        """Changed images; the input is not modified."""
        raise NotImplementedError


@dataclass(frozen=True)
class RandomAffine(ImageAugmentation):
    """Rotate, shift, zoom and shear each image of a batch by a random amount.

    The whole batch is warped by one bilinear resampling. Pixels from outside an
    image take the value of its nearest edge, so neither the value of the background
    nor the scale has to be known.

    Parameters
    ----------
    image_shape : tuple (channels, height, width)
    degrees : float, default=10
        Rotation is uniform in [-degrees, degrees].
    shift : float, default=0.1
        Shift along each axis, uniform in [-shift, shift] times the image's size.
    zoom : float, default=0.1
        Zoom factor, uniform in [1 - zoom, 1 + zoom].
    shear : float, default=0.0
        In degrees; vertical lines lean by an angle uniform in [-shear, shear].

    References
    ----------
    Guo, Zhu, Liu, Yin, "Deep embedded clustering with data augmentation",
    ACML 2018.
    """

    degrees: float = 10.0
    shift: float = 0.1
    zoom: float = 0.1
    shear: float = 0.0

    def _check(self) -> None:
        if not (self.degrees >= 0 and self.shift >= 0 and 0 <= self.zoom < 1):
            raise ValueError(
                "degrees, shift and zoom should be >= 0 and zoom < 1, got "
                f"degrees={self.degrees!r}, shift={self.shift!r}, zoom={self.zoom!r}."
            )
        if not 0 <= self.shear < 90:
            raise ValueError(f"shear should be in [0, 90), got {self.shear!r}.")

    def _apply(self, images: Tensor, generator: torch.Generator) -> Tensor:
        draws = uniform((4, len(images)), -1, 1, images, generator)
        angle = draws[0] * math.radians(self.degrees)
        scale = 1 / (1 + draws[1] * self.zoom)
        # affine_grid has units of half an image: [-1, 1] from edge to edge.
        offset = draws[2:] * (2 * self.shift)
        _, height, width = self.image_shape
        lean = self._lean(images, generator)
        cos, sin = scale * angle.cos(), scale * angle.sin()
        # Rotation times shear, in pixels, so the off-diagonal has the aspect ratio.
        across, down = lean * cos - sin, lean * sin + cos
        top = torch.stack([cos, across * (height / width), offset[0]], dim=1)
        bottom = torch.stack([sin * (width / height), down, offset[1]], dim=1)
        return _warp(images, torch.stack([top, bottom], dim=1))

    def _lean(self, images: Tensor, generator: torch.Generator) -> Tensor | float:
        """Horizontal shift in pixels per pixel down, of each image."""
        if not self.shear:
            return 0.0
        draws = uniform(len(images), -1, 1, images, generator)
        return (draws * math.radians(self.shear)).tan()


@dataclass(frozen=True)
class RandomResizedCrop(ImageAugmentation):
    """Cut a random rectangle out of each image and resize it to the image's size.

    Parameters
    ----------
    image_shape : tuple (channels, height, width)
    scale : tuple of float, default=(0.08, 1.0)
        Range of the rectangle's area, as a fraction of the image's area.
    ratio : tuple of float, default=(3 / 4, 4 / 3)
        Range of the ratio of width to height of the rectangle, in pixels; drawn
        log-uniformly. Sides longer than the image are cut to it.
    """

    scale: tuple[float, float] = (0.08, 1.0)
    ratio: tuple[float, float] = (3 / 4, 4 / 3)

    def _check(self) -> None:
        if not 0 < self.scale[0] <= self.scale[1] <= 1:
            raise ValueError(f"scale should be in (0, 1], got {self.scale!r}.")
        if not 0 < self.ratio[0] <= self.ratio[1]:
            raise ValueError(f"ratio should be positive, got {self.ratio!r}.")

    def _apply(self, images: Tensor, generator: torch.Generator) -> Tensor:
        n = len(images)
        _, height, width = self.image_shape
        area = uniform(n, *self.scale, images, generator)
        low, high = math.log(self.ratio[0]), math.log(self.ratio[1])
        ratio = uniform(n, low, high, images, generator).exp() * (height / width)
        # Sides and centre of the rectangle, in half images.
        across = (area * ratio).sqrt().clamp(max=1)
        down = (area / ratio).sqrt().clamp(max=1)
        places = uniform((2, n), -1, 1, images, generator)
        zero = torch.zeros_like(across)
        top = torch.stack([across, zero, places[0] * (1 - across)], dim=1)
        bottom = torch.stack([zero, down, places[1] * (1 - down)], dim=1)
        return _warp(images, torch.stack([top, bottom], dim=1))


@dataclass(frozen=True)
class RandomHorizontalFlip(ImageAugmentation):
    """Flip images left to right at random.

    Parameters
    ----------
    image_shape : tuple (channels, height, width)
    p : float, default=0.5
        Probability that an image is flipped.
    """

    p: float = 0.5

    def _check(self) -> None:
        check_probability(self.p)

    def _apply(self, images: Tensor, generator: torch.Generator) -> Tensor:
        chosen = choose(self.p, images, generator)
        return torch.where(chosen, images.flip(-1), images)


def uniform(
    shape: int | tuple[int, ...],
    low: float,
    high: float,
    like: Tensor,
    generator: torch.Generator,
) -> Tensor:
    """Draws from [low, high) on the device of ``like``."""
    return (
        torch.rand(shape, dtype=like.dtype, device=like.device, generator=generator)
        .mul_(high - low)
        .add_(low)
    )


def choose(p: float, images: Tensor, generator: torch.Generator) -> Tensor:
    """Which images are changed, of shape (n, 1, 1, 1)."""
    return (uniform(len(images), 0, 1, images, generator) < p).reshape(-1, 1, 1, 1)


def check_probability(p: float) -> None:
    """Raise unless ``p`` is in [0, 1]."""
    if not 0 <= p <= 1:
        raise ValueError(f"p should be in [0, 1], got {p!r}.")


def _warp(images: Tensor, matrices: Tensor) -> Tensor:
    """Resample images by maps from output to input, of shape (n, 2, 3)."""
    grid = F.affine_grid(matrices, list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, padding_mode="border", align_corners=False)
