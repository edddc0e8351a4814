"""The parameter ``window_shape``."""

from numbers import Integral
from typing import Any

#: Below this many steps a window of more channels is taken for one whose axes are
#: exchanged.
_SHORT = 8


def check_window_shape(shape: Any, n_features: int) -> None:
    """Raise unless rows of ``n_features`` values can be windows of this shape."""
    valid = len(shape) == 2 and all(
        isinstance(size, Integral) and int(size) > 0 for size in shape
    )
    if not valid or shape[0] * shape[1] != n_features:
        raise ValueError(
            f"window_shape={shape!r} should be (channels, length) with product "
            f"n_features={n_features}."
        )
    first, last = map(int, shape)
    if last < min(first, _SHORT):
        raise ValueError(
            f"window_shape={shape!r} should be (channels, length). If the last axis is "
            f"the channel, pass X.reshape(-1, {first}, {last}).transpose(0, 2, 1)"
            f".reshape(len(X), -1) and window_shape={last, first}: a row holds one "
            f"channel after the other. {first} channels of {last} steps are too short "
            "for a convolution: leave window_shape away."
        )


def plain_window_shape(shape: Any) -> tuple[int, int] | None:
    """A validated shape as Python integers; None stays None."""
    if shape is None:
        return None
    n_channels, length = shape
    return int(n_channels), int(length)
