"""skorch's callbacks, as users give them: checked, and pickled."""

import copy
from collections.abc import Sequence
from typing import Any


def check_callbacks(callbacks: Sequence[Any]) -> None:
    """Raise unless all are callbacks of skorch that need no validation rows."""
    for callback in callbacks:
        named = callback[-1] if isinstance(callback, tuple) else callback
        if not hasattr(named, "on_epoch_end"):
            raise TypeError(
                f"callbacks should be skorch callbacks, got {callback!r}. "
                "scikit-learn's go to set_callbacks."
            )
        monitor = getattr(named, "monitor", None)
        if isinstance(monitor, str) and monitor.startswith("valid_"):
            raise ValueError(
                f"{type(named).__name__} monitors {monitor!r}, but no rows are set "
                f"aside: monitor={monitor.replace('valid', 'train')!r} is there."
            )


def untrained_callback(callback: Any) -> Any:
    """A copy without what training has left in it, such as optimisers."""
    if not hasattr(callback, "__dict__") or isinstance(callback, type):
        return callback
    copied = copy.copy(callback)
    for name in [name for name in vars(copied) if name.endswith("_")]:
        delattr(copied, name)
    return copied
