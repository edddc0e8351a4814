"""Photometric augmentation of image rows."""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from skdeepcluster.augment.images import (
    ImageAugmentation,
    check_probability,
    choose,
    uniform,
)

#: Share of red, green and blue in the brightness of a pixel (ITU-R BT.601).
_LUMA = (0.299, 0.587, 0.114)


@dataclass(frozen=True)
class ColorJitter(ImageAugmentation):
    """Change brightness, contrast, saturation and hue of each image, in this order.

    Images of one channel have no saturation and no hue: only their brightness and
    contrast are changed.

    Parameters
    ----------
    image_shape : tuple (channels, height, width)
    brightness, contrast, saturation : float, default=0.4
        Factors are uniform in [1 - value, 1 + value], not below 0.
    hue : float, default=0.1
        The hue is shifted by a fraction of the colour circle, uniform in [-hue, hue].
    p : float, default=0.8
        Probability that an image is changed.
    value_range : tuple of float, default=(0.0, 1.0)
        Values of black and of white; results are clipped to this range.
    """

    brightness: float = 0.4
    contrast: float = 0.4
    saturation: float = 0.4
    hue: float = 0.1
    p: float = 0.8
    value_range: tuple[float, float] = (0.0, 1.0)

    def _check(self) -> None:
        check_probability(self.p)
        spreads = self.brightness, self.contrast, self.saturation
        if not all(spread >= 0 for spread in spreads):
            raise ValueError("brightness, contrast and saturation should be >= 0.")
        if not 0 <= self.hue <= 0.5:
            raise ValueError(f"hue should be in [0, 0.5], got {self.hue!r}.")
        if not 0 < self.value_range[1] - self.value_range[0] < math.inf:
            raise ValueError(
                f"value_range should be (black, white), got {self.value_range!r}."
            )

    def _apply(self, images: Tensor, generator: torch.Generator) -> Tensor:
        black, white = self.value_range
        x = (images - black) / (white - black)
        x = (x * self._factor(self.brightness, x, generator)).clamp(0, 1)
        mean = _gray(x).mean((2, 3), keepdim=True)
        x = _blend(x, mean, self._factor(self.contrast, x, generator))
        if x.shape[1] == 3:
            x = _blend(x, _gray(x), self._factor(self.saturation, x, generator))
            turn = uniform(len(x), -self.hue, self.hue, x, generator)
            x = _turn_hue(x, turn.reshape(-1, 1, 1))
        chosen = choose(self.p, images, generator)
        return torch.where(chosen, x * (white - black) + black, images)

    def _factor(self, spread: float, x: Tensor, generator: torch.Generator) -> Tensor:
        low, high = max(0.0, 1 - spread), 1 + spread
        return uniform(len(x), low, high, x, generator).reshape(-1, 1, 1, 1)


@dataclass(frozen=True)
class RandomGrayscale(ImageAugmentation):
    """Convert images of three channels to grayscale at random.

    Parameters
    ----------
    image_shape : tuple (channels, height, width)
    p : float, default=0.2
        Probability that an image is changed.
    """

    p: float = 0.2

    def _check(self) -> None:
        check_probability(self.p)

    def _apply(self, images: Tensor, generator: torch.Generator) -> Tensor:
        chosen = choose(self.p, images, generator)
        return torch.where(chosen, _gray(images).expand_as(images), images)


@dataclass(frozen=True)
class GaussianBlur(ImageAugmentation):
    """Blur each image with a Gaussian of random width.

    Parameters
    ----------
    image_shape : tuple (channels, height, width)
    sigma : tuple of float, default=(0.1, 2.0)
        Range of the standard deviation, in pixels.
    kernel_size : int or None, default=None
        Odd number of pixels; None is about a tenth of the shorter side.
    p : float, default=0.5
        Probability that an image is changed.
    """

    sigma: tuple[float, float] = (0.1, 2.0)
    kernel_size: int | None = None
    p: float = 0.5

    def _check(self) -> None:
        check_probability(self.p)
        if not 0 < self.sigma[0] <= self.sigma[1]:
            raise ValueError(
                f"sigma should be positive and increasing, got {self.sigma!r}."
            )
        size = self._size()
        if size < 1 or size % 2 == 0 or size // 2 >= min(self.image_shape[1:]):
            raise ValueError(
                f"kernel_size should be odd and fit the image, got {size!r}."
            )

    def _size(self) -> int:
        if self.kernel_size is not None:
            return self.kernel_size
        return max(3, min(self.image_shape[1:]) // 20 * 2 + 1)

    def _apply(self, images: Tensor, generator: torch.Generator) -> Tensor:
        n, n_channels, height, width = images.shape
        reach = self._size() // 2
        sigma = uniform((n, 1), *self.sigma, images, generator)
        offsets = torch.arange(-reach, reach + 1, device=images.device)
        kernel = (-0.5 * (offsets / sigma).square()).softmax(1)
        kernel = kernel.repeat_interleave(n_channels, 0)[:, None, None]
        # One group per image and channel, each with its own kernel.
        x = F.pad(images, [reach] * 4, mode="reflect").reshape(
            1, n * n_channels, height + 2 * reach, width + 2 * reach
        )
        x = F.conv2d(x, kernel, groups=n * n_channels)
        x = F.conv2d(x, kernel.transpose(2, 3), groups=n * n_channels)
        chosen = choose(self.p, images, generator)
        return torch.where(chosen, x.reshape(images.shape), images)


def _gray(images: Tensor) -> Tensor:
    """Brightness of each pixel, of shape (n, 1, height, width)."""
    if images.shape[1] != 3:
        return images.mean(1, keepdim=True)
    red, green, blue = (w * images[:, c] for c, w in enumerate(_LUMA))
    return (red + green + blue)[:, None]


def _blend(x: Tensor, other: Tensor, factor: Tensor) -> Tensor:
    return (factor * x + (1 - factor) * other).clamp(0, 1)


def _turn_hue(x: Tensor, turn: Tensor) -> Tensor:
    """Shift the hue of images in [0, 1], through HSV."""
    value, brightest = x.max(1)
    chroma = value - x.amin(1)
    red, green, blue = x.unbind(1)
    safe = torch.where(chroma > 0, chroma, torch.ones_like(chroma))
    sixths = torch.where(
        brightest == 0,
        (green - blue) / safe,
        torch.where(brightest == 1, (blue - red) / safe + 2, (red - green) / safe + 4),
    )
    hue = sixths / 6 + turn
    # Each channel falls off with its distance on the colour circle.
    channels = [
        value - chroma * _ramp(torch.remainder(n / 6 + hue, 1) * 6) for n in (5, 3, 1)
    ]
    return torch.stack(channels, dim=1)


def _ramp(k: Tensor) -> Tensor:
    return torch.minimum(k, 4 - k).clamp(0, 1)
