"""Values of parameters and attributes as JSON, with arrays as separate tensors."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor


class MissingArgumentError(ValueError):
    """The file is valid, but the call that reads it lacks an argument."""


class NotSerializableError(TypeError):
    """A value that is code, or contains code."""


class Tensors(dict[str, Tensor]):
    """Tensors by name; arrays are stored under numbered names."""

    def put(self, array: np.ndarray) -> str:
        """Store a copy of an array; return its name."""
        name = f"array.{len(self)}"
        kind = np.float64 if array.dtype == np.longdouble else array.dtype
        native = np.dtype(kind).newbyteorder("=")
        self[name] = torch.from_numpy(np.array(array, native, order="C"))
        return name


def to_plain(value: Any, tensors: Tensors) -> Any:
    """Convert ``value`` to JSON; types that JSON does not have are tagged.

    Parameters
    ----------
    value : object
        None, numbers, strings, arrays and what converts to one (Series, Index), ranges,
        slices, devices, and lists, tuples and dicts of these.
    tensors : Tensors
        Where arrays are stored.

    Raises
    ------
    NotSerializableError
        If the value is anything else.
    """
    if value is None or isinstance(value, bool | int | float | str):
        # Subclasses, such as NumPy's strings, lose their class.
        kinds = (kind for kind in (bool, int, float, str) if isinstance(value, kind))
        return value if value is None else next(kinds)(value)
    if isinstance(value, np.generic):
        number = float(value) if isinstance(value, np.floating) else value.item()
        return to_plain(number, tensors)
    if isinstance(value, list | range):
        return [to_plain(v, tensors) for v in value]
    if isinstance(value, torch.device):
        return str(value)
    tag, content = _tagged(value, tensors)
    return {tag: content}


def _tagged(value: Any, tensors: Tensors) -> tuple[str, Any]:
    if isinstance(value, tuple):
        return "tuple", [to_plain(v, tensors) for v in value]
    if isinstance(value, dict):
        return "dict", [[_key(k), to_plain(v, tensors)] for k, v in value.items()]
    if isinstance(value, slice):
        ends = (value.start, value.stop, value.step)
        return "slice", [to_plain(end, tensors) for end in ends]
    array = np.asarray(value) if hasattr(value, "__array__") else np.array(None)
    if array.dtype.kind in "biufc":
        return "array", tensors.put(array)
    if array.dtype.kind in "OU" and array.ndim == 1:
        return "objects", [to_plain(v, tensors) for v in array.tolist()]
    raise NotSerializableError(f"{type(value).__name__} is not data")


def _key(key: Any) -> Any:
    """A key of a dict; others could be crafted to collide, which takes hours."""
    small = isinstance(key, int) and -(2**63) <= key < 2**63
    if key is None or isinstance(key, str) or small:
        return key
    raise NotSerializableError(f"{key!r} is not a supported key")


def from_plain(value: Any, tensors: Tensors) -> Any:
    """The value that was passed to :func:`to_plain`."""
    if isinstance(value, list):
        return [from_plain(v, tensors) for v in value]
    if not isinstance(value, dict):
        return value
    ((tag, content),) = value.items()
    return _READERS[tag](content, tensors)


_READERS: dict[str, Callable[[Any, Tensors], Any]] = {
    "tuple": lambda v, tensors: tuple(from_plain(v, tensors)),
    "dict": lambda v, tensors: {_key(k): from_plain(x, tensors) for k, x in v},
    "slice": lambda v, tensors: slice(*from_plain(v, tensors)),
    "array": lambda v, tensors: tensors[v].numpy(),
    "objects": lambda v, tensors: np.array(from_plain(v, tensors), dtype=object),
}
