"""Fitted attributes: one fit at a time, rollback of a failed one, compact pickling."""

import copy
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from skdeepcluster.training import untrained_callback

#: Estimators that are being fitted, by their ids.
_in_fit: set[int] = set()
_lock = threading.Lock()

#: Attributes that checks of the table set, to what they may have been before.
_OF_CHECKS = ("n_features_in_", "feature_names_in_")


@contextmanager
def only_fit(estimator: Any) -> Iterator[None]:
    """Raise if the estimator is being fitted: two fits would mix their attributes."""
    with _lock:
        if id(estimator) in _in_fit:
            raise RuntimeError(
                f"This {type(estimator).__name__} is already being fitted. In threads, "
                "fit clones (sklearn.base.clone)."
            )
        _in_fit.add(id(estimator))
    try:
        yield
    finally:
        _in_fit.discard(id(estimator))


def _after_fork() -> None:
    """In the child process, the fits of other threads do not go on."""
    global _lock
    _lock = threading.Lock()
    _in_fit.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


@contextmanager
def rollback_on_error(estimator: Any) -> Iterator[dict[str, Any]]:
    """Give the attributes of the previous fit; restore them if this one raises."""
    before = _fitted_attributes(estimator)
    try:
        yield before
    except BaseException:
        for name in _fitted_attributes(estimator):
            delattr(estimator, name)
        for name, value in before.items():
            setattr(estimator, name, value)
        raise


def drop_stale(estimator: Any, before: dict[str, Any], fitted: dict[str, Any]) -> None:
    """Delete attributes of the previous fit that this one, with others, has not set."""
    for name, value in before.items():
        of_fit = name.endswith("_") and name not in _OF_CHECKS
        if of_fit and name not in fitted and vars(estimator).get(name) is value:
            delattr(estimator, name)


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
