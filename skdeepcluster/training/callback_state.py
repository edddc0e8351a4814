"""The state of skorch callbacks, as far as it is data."""

import inspect
from collections.abc import Sequence
from typing import Any

from skdeepcluster.training.state_file import storable

#: Key of a dict that stands for the state of an object, such as a scheduler.
_INNER = "\0state"


def callback_states(callbacks: Sequence[Any]) -> list[dict[str, Any]]:
    """The state of each callback: by its ``state_dict``, else by its attributes.

    Attributes are numbers, texts, arrays, tensors, nested or not, and objects with
    ``state_dict`` and ``load_state_dict``. Others, and parameters, are left out.
    """
    return [_state(_callback(callback)) for callback in callbacks]


def restore_callbacks(callbacks: Sequence[Any], states: list[dict[str, Any]]) -> None:
    """Put callbacks into the states that :func:`callback_states` returned."""
    for given, state in zip(callbacks, states, strict=False):
        callback = _callback(given)
        if _has_state(callback):
            callback.load_state_dict(state)
            continue
        for name, value in state.items():
            if isinstance(value, dict) and value.keys() == {_INNER}:
                if hasattr(callback, name):
                    getattr(callback, name).load_state_dict(value[_INNER])
            else:
                setattr(callback, name, value)


def _callback(given: Any) -> Any:
    """The callback, which may have a name."""
    return given[-1] if isinstance(given, tuple) else given


def _has_state(value: Any) -> bool:
    if isinstance(value, type):
        return False
    return hasattr(value, "state_dict") and hasattr(value, "load_state_dict")


def _state(callback: Any) -> dict[str, Any]:
    if _has_state(callback):
        return storable(callback.state_dict())
    parameters = inspect.signature(type(callback)).parameters
    return storable(
        {
            name: {_INNER: value.state_dict()} if _has_state(value) else value
            for name, value in getattr(callback, "__dict__", {}).items()
            if name not in parameters
        }
    )
