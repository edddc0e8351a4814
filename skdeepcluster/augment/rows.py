"""Corruption of table rows."""

from dataclasses import dataclass

import torch
from torch import Tensor


def _check_share(name: str, value: float) -> None:
    if not 0 <= value < 1:
        raise ValueError(f"{name} should be in [0, 1), got {value!r}.")


@dataclass(frozen=True)
class Dropout:
    """Set values to zero at random and scale the rest up to keep the mean.

    Unlike ``torch.nn.Dropout`` it draws from the generator it is given.

    Parameters
    ----------
    p : float, default=0.2
        Probability of each value to be set to zero, in [0, 1).
    """

    p: float = 0.2

    def __post_init__(self) -> None:
        _check_share("p", self.p)

    def __call__(self, x: Tensor, generator: torch.Generator) -> Tensor:
        """Return a corrupted copy of ``x``, of the same shape."""
        keep = torch.empty_like(x).bernoulli_(1 - self.p, generator=generator)
        return x * keep.div_(1 - self.p)


@dataclass(frozen=True)
class GaussianNoise:
    """Add independent Gaussian noise to every value.

    Parameters
    ----------
    scale : float, default=0.1
        Standard deviation, in the units of the data.
    """

    scale: float = 0.1

    def __post_init__(self) -> None:
        if self.scale < 0:
            raise ValueError(f"scale should be >= 0, got {self.scale!r}.")

    def __call__(self, x: Tensor, generator: torch.Generator) -> Tensor:
        """Return a noisy copy of ``x``, of the same shape."""
        return x + torch.empty_like(x).normal_(0, self.scale, generator=generator)
