"""The parameter ``image_shape``, and arrays of images that are no tables yet."""

from numbers import Integral
from typing import Any

import numpy as np


def is_image_shape(shape: Any, n_features: int) -> bool:
    """Whether rows of ``n_features`` values can be images of this shape."""
    return (
        len(shape) == 3
        and all(isinstance(size, Integral) and int(size) > 0 for size in shape)
        and bool(np.prod(shape) == n_features)
    )


def plain_image_shape(shape: Any) -> tuple[int, int, int] | None:
    """A validated shape as Python integers; None stays None."""
    if shape is None:
        return None
    channels, height, width = shape
    return int(channels), int(height), int(width)


def how_to_flatten(shape: tuple[int, ...]) -> str:
    """Advice for an array of more than two dimensions that was passed as a table."""
    colours = {1, 3, 4}
    if len(shape) == 4:
        _, first, second, last = shape
        if last in colours and first not in colours:
            return (
                "If these are images whose last axis is the channel, pass "
                "X.transpose(0, 3, 1, 2).reshape(len(X), -1) and "
                f"image_shape={last, first, second}: a row holds one channel after "
                "the other."
            )
        return (
            "For images pass X.reshape(len(X), -1) and "
            f"image_shape={first, second, last}: channels, height, width."
        )
    if len(shape) == 3:
        return (
            "Pass X.reshape(len(X), -1); if these are images of one channel rather "
            f"than windows of a series, also image_shape={1, *shape[1:]}."
        )
    return "Pass X.reshape(len(X), -1)."
