"""Applying built-in and user-supplied augmentations."""

from collections.abc import Callable

import torch
from torch import Tensor


def apply_augmentation(
    augmentation: Callable | None, x: Tensor, generator: torch.Generator
) -> Tensor:
    """The rows ``x`` after the augmentation, if there is one.

    It receives a copy, so it may work in place.

    Raises
    ------
    TypeError
        If it does not return a tensor of real numbers.
    ValueError
        If the shape has changed.
    """
    if augmentation is None:
        return x
    # Positions within an image need more digits than bfloat16 has.
    with torch.autocast(x.device.type, enabled=False):
        changed = augmentation(x.clone(), generator)
    if not torch.is_tensor(changed) or changed.is_complex():
        kind = changed.dtype if torch.is_tensor(changed) else type(changed).__name__
        raise TypeError(
            f"augmentation should return a tensor of real numbers, got {kind}."
        )
    if changed.shape != x.shape:
        raise ValueError(
            f"augmentation turned a batch of shape {tuple(x.shape)} into one of "
            f"shape {tuple(changed.shape)}; it should keep the shape."
        )
    return changed.to(x)
