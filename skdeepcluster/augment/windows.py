"""Augmentation of windows of series."""

import math
from dataclasses import dataclass
from numbers import Integral

import torch
from torch import Tensor

from skdeepcluster.augment.images import uniform
from skdeepcluster.augment.rows import check_rows


@dataclass(frozen=True)
class WindowAugmentation:
    """Base class of random transformations of a batch of windows.

    Parameters
    ----------
    window_shape : tuple (channels, length)
    """

    window_shape: tuple[int, int]

    def __post_init__(self) -> None:
        if len(self.window_shape) != 2 or not all(
            isinstance(size, Integral) and int(size) > 0 for size in self.window_shape
        ):
            raise ValueError(
                "window_shape should be whole numbers (channels, length), got "
                f"{self.window_shape!r}."
            )
        self._check()

    def __call__(self, x: Tensor, generator: torch.Generator) -> Tensor:
        """Return a changed copy of the rows ``x`` of shape (n_samples, n_features)."""
        check_rows(x, math.prod(self.window_shape))
        windows = x.reshape(len(x), *self.window_shape)
        return self._apply(windows, generator).reshape(x.shape)

    def _check(self) -> None:
        """Raise ValueError for parameters out of range."""

    def _apply(self, windows: Tensor, generator: torch.Generator) -> Tensor:
        """Changed windows; the input is not modified."""
        raise NotImplementedError


@dataclass(frozen=True)
class RandomShift(WindowAugmentation):
    """Shift each window in time by a random number of steps, all channels alike.

    What leaves the window at one end enters it at the other, so that no value is
    invented and none is lost.

    Parameters
    ----------
    window_shape : tuple (channels, length)
    shift : float, default=0.5
        The shift is uniform in [-shift, shift] times the length.
    """

    shift: float = 0.5

    def _check(self) -> None:
        if not 0 <= self.shift <= 0.5:
            raise ValueError(f"shift should be in [0, 0.5], got {self.shift!r}.")

    def _apply(self, windows: Tensor, generator: torch.Generator) -> Tensor:
        n, n_channels, length = windows.shape
        reach = self.shift * length
        # In float32, because 16 bits have too few digits for the steps of long windows.
        drawn = uniform(n, -reach, reach, windows.float()[:0], generator).round()
        steps = torch.arange(length, device=windows.device)
        source = (steps + drawn.long()[:, None]) % length
        return windows.gather(2, source[:, None].expand(n, n_channels, length))


@dataclass(frozen=True)
class RandomStrength(WindowAugmentation):
    """Make each channel of each window stronger or weaker around its mean.

    Parameters
    ----------
    window_shape : tuple (channels, length)
    strength : float, default=0.3
        Factors are uniform in [1 - strength, 1 + strength], one for each channel.
    """

    strength: float = 0.3

    def _check(self) -> None:
        if not 0 <= self.strength < 1:
            raise ValueError(f"strength should be in [0, 1), got {self.strength!r}.")

    def _apply(self, windows: Tensor, generator: torch.Generator) -> Tensor:
        low, high = 1 - self.strength, 1 + self.strength
        factor = uniform((*windows.shape[:2], 1), low, high, windows, generator)
        mean = windows.mean(2, keepdim=True)
        return mean + factor * (windows - mean)
