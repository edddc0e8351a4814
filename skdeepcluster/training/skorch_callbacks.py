"""Validation and pickling of users' skorch callbacks."""

import copy
from collections.abc import Sequence
from typing import Any

#: Callbacks that need a net of skorch's own making, and what to do instead. They go by
#: name, because importing skorch takes a second.
_OF_SKORCH_NETS = {
    "InputShapeSetter": "networks here take the number of columns from X; leave it out",
    "LoadInitState": "to go on from trained weights, pass a fitted Autoencoder as "
    "encoder, or set memory to keep what was pretrained",
}


def check_callbacks(callbacks: Sequence[Any]) -> None:
    """Raise unless all are skorch callbacks that need no validation set."""
    for callback in callbacks:
        named = callback[-1] if isinstance(callback, tuple) else callback
        if isinstance(named, type):
            raise TypeError(
                f"callbacks should hold instances: {named.__name__}(...), not classes."
            )
        if not hasattr(named, "on_epoch_end"):
            raise TypeError(
                f"callbacks should be skorch callbacks, got {callback!r}. "
                "Pass scikit-learn's callbacks to set_callbacks."
            )
        for kind in type(named).__mro__:
            instead = _OF_SKORCH_NETS.get(kind.__name__)
            if instead is not None:
                raise TypeError(f"callbacks cannot hold {kind.__name__}: {instead}.")
        monitor = getattr(named, "monitor", None)
        if isinstance(monitor, str) and monitor.startswith("valid_"):
            raise ValueError(
                f"{type(named).__name__} monitors {monitor!r}, but there is no "
                f"validation set: use monitor={monitor.replace('valid', 'train')!r}."
            )


def untrained_callback(callback: Any) -> Any:
    """A copy without what training has stored in it, such as optimisers."""
    if not hasattr(callback, "__dict__") or isinstance(callback, type):
        return callback
    copied = copy.copy(callback)
    for name in [name for name in vars(copied) if name.endswith("_")]:
        delattr(copied, name)
    return copied
