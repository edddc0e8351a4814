"""Applying any augmentation, a user's included."""

from collections.abc import Callable

import torch
from torch import Tensor


def apply_augmentation(
    augmentation: Callable | None, x: Tensor, generator: torch.Generator
) -> Tensor:
    """The rows ``x`` after the augmentation, if there is one.

    Raises
    ------
    ValueError
        If rows or columns went missing.
    """
    if augmentation is None:
        return x
    # Positions within an image need more digits than bfloat16 has.
    with torch.autocast(x.device.type, enabled=False):
        changed = augmentation(x, generator)
    if changed.shape != x.shape:
        raise ValueError(
            f"augmentation turned a batch of shape {tuple(x.shape)} into one of "
            f"shape {tuple(changed.shape)}; rows and columns have to stay."
        )
    return changed
