"""Rows that are images or windows of series: their shape and their encoders."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from torch import nn

from skdeepcluster.base import BaseDeepClusterer
from skdeepcluster.base.windows import check_window_shape, plain_window_shape
from skdeepcluster.networks import ConvNet, ConvNet1d, ResNet
from skdeepcluster.training import Rows

#: Names of the encoder and the augmentation of windows.
FOR_WINDOWS = frozenset({"conv1d", "windows"})

#: The encoder by the number of axes of a row's shape.
_DEFAULT_ENCODERS = {0: "mlp", 2: "conv1d", 3: "conv"}


@dataclass(eq=False, repr=False, kw_only=True)
class ShapedRows(BaseDeepClusterer):
    """``image_shape`` and ``window_shape``, of which one may be set."""

    window_shape: Annotated[Sequence[int] | None, None, "array-like"] = None

    def _check_pluggable(self, n_features: int) -> None:
        super()._check_pluggable(n_features)
        if self.window_shape is not None:
            if self.image_shape is not None:
                raise ValueError(
                    "Rows are images (image_shape) or windows (window_shape), not "
                    "both: leave one of them None."
                )
            check_window_shape(self.window_shape, n_features)
            return
        for name in self._pluggable:
            value = getattr(self, name)
            if isinstance(value, str) and value in FOR_WINDOWS:
                raise ValueError(
                    f"{name}={value!r} needs window_shape=(channels, length)."
                )

    def _scaled_together(self, rows: Rows) -> tuple[list[np.ndarray], list[bool]]:
        shape = self._window_shape()
        if shape is None:
            return super()._scaled_together(rows)
        channels = np.arange(rows.n_features).reshape(shape)  # each has a unit
        return [*channels], [True] * len(channels)

    def _window_shape(self) -> tuple[int, int] | None:
        """The parameter ``window_shape`` as plain integers."""
        return plain_window_shape(self.window_shape)

    def _row_shape(self) -> tuple[int, ...] | None:
        """The shape of the image or window that a row holds; None for tables."""
        return self._image_shape() or self._window_shape()

    def _encoder_name(self) -> Any:
        """The parameter ``encoder``, with the name that None stands for."""
        if self.encoder is not None:
            return self.encoder
        return _DEFAULT_ENCODERS[len(self._row_shape() or ())]


def convolutional(name: str, shape: Any, width: int) -> nn.Module:
    """A built-in encoder of images or of windows."""
    if name == "conv1d":
        return ConvNet1d(shape, width)
    if name == "conv":
        return ConvNet(shape, width)
    return ResNet(shape, width, depth=int(name.removeprefix("resnet")))
