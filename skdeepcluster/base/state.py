"""Fitted attributes: rollback after a failed fit, compact pickling."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from skdeepcluster.training import untrained_callback


@contextmanager
def rollback_on_error(estimator: Any) -> Iterator[None]:
    """Restore the attributes of the previous fit if this one raises."""
    before = _fitted_attributes(estimator)
    try:
        yield
    except BaseException:
        for name in _fitted_attributes(estimator):
            delattr(estimator, name)
        for name, value in before.items():
            setattr(estimator, name, value)
        raise


def _fitted_attributes(estimator: Any) -> dict[str, Any]:
    return {
        name: value
        for name, value in vars(estimator).items()
        if name.endswith("_") or name in ("_n_features_out", "_limits")
    }


def portable_state(state: dict[str, Any]) -> dict[str, Any]:
    """The state of an estimator, so that it can be loaded without this machine's GPU.

    Callbacks lose what training has stored in them, such as optimisers.
    """
    module = state.get("module_")
    if module is not None and next(module.parameters()).device.type != "cpu":
        state = {**state, "module_": copy.deepcopy(module).cpu()}
    if state.get("callbacks"):
        state = {**state, "callbacks": [*map(untrained_callback, state["callbacks"])]}
    return state
