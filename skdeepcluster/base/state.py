"""What a fit leaves behind: kept when the next one fails, and pickled small."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class FittedStateMixin:
    """Fitted attributes as one thing: restored after errors, fit for pickling."""

    @contextmanager
    def _undone_on_error(self) -> Iterator[None]:
        """Keep the previous fit usable when this one raises."""
        before = self._fitted_attributes()
        try:
            yield
        except BaseException:
            for name in self._fitted_attributes():
                delattr(self, name)
            for name, value in before.items():
                setattr(self, name, value)
            raise

    def _fitted_attributes(self) -> dict[str, Any]:
        return {
            name: value
            for name, value in vars(self).items()
            if name.endswith("_") or name == "_n_features_out"
        }

    def __getstate__(self) -> dict[str, Any]:
        """A state that opens on machines without this one's accelerator."""
        state: Any = super().__getstate__()
        module = state.get("module_")
        if module is not None and next(module.parameters()).device.type != "cpu":
            state = {**state, "module_": copy.deepcopy(module).cpu()}
        if state.get("callbacks"):
            state = {**state, "callbacks": [_unused(c) for c in state["callbacks"]]}
        return state


def _unused(callback: Any) -> Any:
    """A skorch callback without what training left in it, such as optimisers."""
    if not hasattr(callback, "__dict__") or isinstance(callback, type):
        return callback
    copied = copy.copy(callback)
    for name in [name for name in vars(copied) if name.endswith("_")]:
        delattr(copied, name)
    return copied
