"""The parameter ``image_shape``."""

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
