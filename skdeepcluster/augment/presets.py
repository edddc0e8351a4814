"""Compositions of augmentations."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from skdeepcluster.augment.colors import ColorJitter, GaussianBlur, RandomGrayscale
from skdeepcluster.augment.images import (
    RandomAffine,
    RandomHorizontalFlip,
    RandomResizedCrop,
)
from skdeepcluster.augment.rows import GaussianNoise
from skdeepcluster.augment.windows import RandomShift, RandomStrength


@dataclass(frozen=True)
class Compose:
    """Apply several augmentations one after the other.

    Parameters
    ----------
    steps : tuple of callables (x, generator) -> x
    """

    steps: tuple[Callable[[Tensor, torch.Generator], Tensor], ...]

    def __call__(self, x: Tensor, generator: torch.Generator) -> Tensor:
        """Return a changed copy of ``x``, of the same shape."""
        for step in self.steps:
            x = step(x, generator)
        return x


def color_images(
    image_shape: tuple[int, int, int],
    *,
    strength: float = 0.5,
    blur: bool = False,
    value_range: tuple[float, float] = (0.0, 1.0),
) -> Compose:
    """The augmentation of contrastive clustering for photographs.

    Resized crop, flip, colour jitter, grayscale and, optionally, blur.

    Parameters
    ----------
    image_shape : tuple (channels, height, width)
    strength : float, default=0.5
        Strength of the jitter, in [0, 1]; the published values are 0.5 for CIFAR-10,
        CIFAR-100 and Tiny-ImageNet, 1.0 for STL-10, ImageNet-10 and ImageNet-dogs.
    blur : bool, default=False
        Whether to blur, as published for ImageNet-10 and ImageNet-dogs.
    value_range : tuple of float, default=(0.0, 1.0)
        Values of black and of white.

    Returns
    -------
    augmentation : Compose
    """
    if not 0 <= strength <= 1:
        raise ValueError(f"strength should be in [0, 1], got {strength!r}.")
    s = 0.8 * strength
    jitter = ColorJitter(image_shape, s, s, s, 0.2 * strength, value_range=value_range)
    steps = [
        RandomResizedCrop(image_shape),
        RandomHorizontalFlip(image_shape),
        jitter,
        RandomGrayscale(image_shape),
        *([GaussianBlur(image_shape)] if blur else []),
    ]
    return Compose(tuple(steps))


def handwriting_images(
    image_shape: tuple[int, int, int],
    *,
    value_range: tuple[float, float] = (0.0, 1.0),
) -> Compose:
    """The augmentation for handwriting whose slant and pen do not matter.

    As :func:`digit_images`, and the slant, brightness and contrast of each image also
    change, which makes strokes thicker or thinner.

    Parameters
    ----------
    image_shape : tuple (channels, height, width)
    value_range : tuple of float, default=(0.0, 1.0)
        Values of black and of white.

    Returns
    -------
    augmentation : Compose
    """
    return Compose(
        (
            RandomAffine(image_shape, degrees=20, shift=0.1, zoom=0.2, shear=20),
            RandomResizedCrop(image_shape, scale=(0.6, 1.0)),
            ColorJitter(image_shape, 0.4, 0.4, 0.0, 0.0, value_range=value_range),
        )
    )


def digit_images(image_shape: tuple[int, int, int]) -> Compose:
    """The augmentation that keeps writing legible: no flip, no strong crop.

    Rotation, shift and zoom, then a mild crop that also changes proportions.

    Parameters
    ----------
    image_shape : tuple (channels, height, width)

    Returns
    -------
    augmentation : Compose
    """
    return Compose(
        (
            RandomAffine(image_shape, degrees=20, shift=0.1, zoom=0.2),
            RandomResizedCrop(image_shape, scale=(0.6, 1.0)),
        )
    )


def sensor_windows(
    window_shape: tuple[int, int], spread: float | Tensor = 1.0
) -> Compose:
    """The augmentation for windows of series whose start is chance.

    A shift in time by up to half a window, each channel stronger or weaker by up to
    30 % around its mean, and noise of a tenth of each channel's spread.

    Parameters
    ----------
    window_shape : tuple (channels, length)
    spread : float or Tensor of shape (channels,), default=1.0
        Standard deviation of the channels, in the units of the data.

    Returns
    -------
    augmentation : Compose
    """
    n_channels, length = window_shape
    scale = 0.1 * torch.as_tensor(spread).expand(n_channels).repeat_interleave(length)
    return Compose(
        (RandomShift(window_shape), RandomStrength(window_shape), GaussianNoise(scale))
    )
