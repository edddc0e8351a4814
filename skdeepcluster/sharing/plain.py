"""Values of parameters and attributes as JSON, arrays beside it as tensors."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor


class NotPlainError(TypeError):
    """A value that is code, or holds some."""


class Tensors(dict[str, Tensor]):
    """Tensors by name; arrays are put in and taken out under numbers."""

    def put(self, array: np.ndarray) -> str:
        """Put a copy of an array in; its name."""
        name = f"array.{len(self)}"
        self[name] = torch.from_numpy(np.array(array, order="C"))  # owns its memory
        return name


def to_plain(value: Any, tensors: Tensors) -> Any:
    """What JSON can hold of ``value``; what it cannot is tagged.

    Parameters
    ----------
    value : object
        None, numbers, strings, arrays, slices, devices, and lists, tuples and dicts
        of such.
    tensors : Tensors
        Takes the arrays.

    Raises
    ------
    NotPlainError
        If the value is anything else.
    """
    if value is None or isinstance(value, bool | int | float | str):
        # Subclasses, such as NumPy's strings, lose their class.
        kinds = (kind for kind in (bool, int, float, str) if isinstance(value, kind))
        return value if value is None else next(kinds)(value)
    if isinstance(value, np.generic):
        return to_plain(value.item(), tensors)
    if isinstance(value, list):
        return [to_plain(v, tensors) for v in value]
    if isinstance(value, torch.device):
        return str(value)
    tag, content = _tagged(value, tensors)
    return {tag: content}


def _tagged(value: Any, tensors: Tensors) -> tuple[str, Any]:
    if isinstance(value, tuple):
        return "tuple", [to_plain(v, tensors) for v in value]
    if isinstance(value, dict):
        return "dict", [
            [to_plain(key, tensors), to_plain(v, tensors)] for key, v in value.items()
        ]
    if isinstance(value, slice):
        ends = (value.start, value.stop, value.step)
        return "slice", [to_plain(end, tensors) for end in ends]
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        return "array", tensors.put(value)
    if isinstance(value, np.ndarray) and value.dtype.kind in "OU":
        return "objects", [to_plain(v, tensors) for v in value.tolist()]
    raise NotPlainError(f"{type(value).__name__} is not data")


def from_plain(value: Any, tensors: Tensors) -> Any:
    """The value that :func:`to_plain` was given."""
    if isinstance(value, list):
        return [from_plain(v, tensors) for v in value]
    if not isinstance(value, dict):
        return value
    ((tag, content),) = value.items()
    return _READERS[tag](content, tensors)


_READERS: dict[str, Callable[[Any, Tensors], Any]] = {
    "tuple": lambda v, tensors: tuple(from_plain(v, tensors)),
    "dict": lambda v, tensors: dict(from_plain(v, tensors)),
    "slice": lambda v, tensors: slice(*from_plain(v, tensors)),
    "array": lambda v, tensors: tensors[v].numpy(),
    "objects": lambda v, tensors: np.array(from_plain(v, tensors), dtype=object),
}
