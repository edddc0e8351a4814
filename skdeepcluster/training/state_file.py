"""Files of the state of a training: numbers, texts, arrays and tensors."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch

from skdeepcluster.training.plain import (
    NotSerializableError,
    Tensors,
    from_plain,
    to_plain,
)
from skdeepcluster.training.tensor_file import digest, read_tensors, write_tensors

#: Key of a dict that stands for a tensor, because plain values have arrays only.
_TENSOR = "\0tensor"


def write_state(path: Path, state: dict[str, Any]) -> None:
    """Write nested dicts, lists and tuples of plain values, arrays and tensors.

    Raises
    ------
    OSError
        If the file cannot be written; there is then no file.
    """
    write_tensors(path, *_serialized(state))


def digest_of_state(state: dict[str, Any]) -> str:
    """The digest of a file with that state."""
    return digest(*_serialized(state))


def read_state(path: Path) -> dict[str, Any]:
    """What was passed to :func:`write_state`, with all tensors on the CPU.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is damaged.
    """
    tensors, text = read_tensors(path)
    return _with_tensors(from_plain(json.loads(text), tensors))


def storable(state: dict[Any, Any]) -> dict[Any, Any]:
    """The entries that can be written."""
    return {name: value for name, value in state.items() if _is_storable(value)}


def _is_storable(value: Any) -> bool:
    try:
        to_plain(_with_arrays(value), Tensors())
    except (NotSerializableError, TypeError, ValueError, RuntimeError):
        return False
    return True


def _serialized(state: dict[str, Any]) -> tuple[Tensors, str]:
    tensors = Tensors()
    return tensors, json.dumps(to_plain(_with_arrays(state), tensors))


def _with_arrays(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return {_TENSOR: value.detach().cpu().numpy()}
    if isinstance(value, dict):
        return {name: _with_arrays(v) for name, v in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(_with_arrays, value))
    return value


def _with_tensors(value: Any) -> Any:
    if isinstance(value, dict):
        if value.keys() == {_TENSOR}:
            return torch.from_numpy(np.array(value[_TENSOR]))
        return {name: _with_tensors(v) for name, v in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(_with_tensors, value))
    return value
