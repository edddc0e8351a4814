"""The parameter ``image_shape``, and arrays of images or windows, not yet tables."""

from numbers import Integral
from typing import Any

import numpy as np

#: Numbers of channels that most images have.
_CHANNELS = {1, 3, 4}


def is_image_shape(shape: Any, n_features: int) -> bool:
    """Whether rows of ``n_features`` values can be images of this shape."""
    return (
        len(shape) == 3
        and all(isinstance(size, Integral) and int(size) > 0 for size in shape)
        and bool(np.prod(shape) == n_features)
    )


def check_image_shape(shape: Any, n_features: int, where: str = "") -> None:
    """Raise unless rows of ``n_features`` values can be images of this shape.

    ``where`` is added to the name of the parameter in the message.
    """
    if not is_image_shape(shape, n_features):
        raise ValueError(
            f"image_shape={shape!r}{where} should be (channels, height, width) with "
            f"product n_features={n_features}."
        )
    advice = _how_to_order(shape)
    if advice:
        raise ValueError(
            f"image_shape={shape!r}{where} should be (channels, height, width). "
            + advice
        )


def _how_to_order(shape: Any) -> str:
    """What to write for a shape whose last axis seems to be the channel, else ''."""
    first, second, last = map(int, shape)
    if last not in _CHANNELS or min(first, second) <= max(_CHANNELS):
        return ""
    if last == 1:
        return f"Images of one channel have image_shape={1, first, second}."
    return (
        "If the last axis is the channel, pass "
        f"X.reshape(-1, {first}, {second}, {last}).transpose(0, 3, 1, 2)"
        f".reshape(len(X), -1) and image_shape={last, first, second}: a row holds one "
        f"channel after the other. For {first} channels of {second} x {last} pixels, "
        "exchange height and width."
    )


def plain_image_shape(shape: Any) -> tuple[int, int, int] | None:
    """A validated shape as Python integers; None stays None."""
    if shape is None:
        return None
    channels, height, width = shape
    return int(channels), int(height), int(width)


def how_to_flatten(shape: tuple[int, ...], *, takes_windows: bool = False) -> str:
    """Advice for an array of more than two dimensions that was passed as a table.

    ``takes_windows`` says whether there is a parameter ``window_shape``.
    """
    if len(shape) == 4:
        _, first, second, last = shape
        if last in _CHANNELS and first not in _CHANNELS:
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
        _, first, second = shape
        if takes_windows:
            return (
                f"If these are windows of {first} steps of {second} channels, pass "
                "X.transpose(0, 2, 1).reshape(len(X), -1) and "
                f"window_shape={second, first}: a row holds one channel after the "
                f"other. If they are windows of {first} channels of {second} steps, "
                f"pass X.reshape(len(X), -1) and window_shape={first, second}. If they "
                "are images of one channel, pass the same and "
                f"image_shape={1, first, second}."
            )
        return (
            f"If these are windows of {first} steps of {second} series, or the other "
            "way round, pass X.reshape(len(X), -1): a row is one window. If they are "
            f"images of one channel, pass the same and image_shape={1, first, second}."
        )
    return "Pass X.reshape(len(X), -1)."
