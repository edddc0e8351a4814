"""Caching the result of a stage in a joblib memory."""

import os
import re
from collections.abc import Callable
from pickle import PicklingError
from typing import Any

from sklearn.utils.validation import check_memory
from torch import nn

from skdeepcluster.networks import EmbeddingNetwork
from skdeepcluster.training.entry_lock import entry_lock
from skdeepcluster.training.hashing import Hasher
from skdeepcluster.training.run import Run
from skdeepcluster.training.snapshot import restore, snapshot, tensors_of
from skdeepcluster.training.stage import Stage
from skdeepcluster.training.state_file import digest_of_state
from skdeepcluster.training.versions import versions
from skdeepcluster.training.warned import warn_once

#: Kept as weights, or without influence on training.
_NOT_STATE = {"_parameters", "_buffers", "_modules", "training"}


class _NotKeptError(Exception):
    """The result of the stage must not be kept."""


def train_cached(run: Run, stage: Stage, train: Callable[[Run, Stage], None]) -> None:
    """Train the stage with ``train``, or restore the result of an equal stage.

    Equal means the same network, initial weights, rows, losses, optimisers, batch
    size, precision, type of device, state of the generators and versions of the
    libraries; all of it is hashed, so nothing has to be declared. Code is identified
    by name only. A stage that cannot be hashed is trained, with a warning, and so is
    one whose entry is damaged. If several processes begin equal stages, one trains.
    """
    path = run.memory
    memory = check_memory(os.fspath(path) if isinstance(path, os.PathLike) else path)
    try:
        key = _key(run, stage)
    except (PicklingError, AttributeError, TypeError) as error:
        reason = re.sub(r" at 0x[0-9a-f]+", "", str(error).splitlines()[0])[:200]
        warn_once(
            "memory is not used, because a part of the estimator cannot be pickled: "
            "pass functions that are defined in a module as augmentation, encoder and "
            f"hooks, not lambdas. pickle says: {reason}"
        )
        train(run, stage)
        return
    start = len(run.history)
    cached = memory.cache(_trained, ignore=["run", "stage", "train"])
    try:
        with entry_lock(memory, key, run.let_others_draw):
            entry = _entry(cached, key, run, stage, train)
            was_trained = len(run.history) > start
            if not was_trained and not _is_intact(key, entry):
                warn_once(
                    f"The entry of memory={path!r} for stage {stage.name!r} is "
                    "damaged. The stage is trained again, and the entry replaced."
                )
                getattr(cached, "call", _trained)(key, run, stage, train)
                was_trained = True
    except _NotKeptError:
        return
    run.restored_best = stage.objective is not None
    if not was_trained:
        restore(run, entry)
        run.history += entry["history"]
        run.stopped = run.end(run.begin(stage), stage)


def _entry(cached: Any, *args: Any) -> Any:
    """The entry, trained now if there is none; None if it cannot be read."""
    if not hasattr(cached, "call_and_shelve"):  # a memory that is not joblib's
        return cached(*args)
    found = cached.call_and_shelve(*args)
    try:
        return found.get()
    except Exception:  # damage can lead to any error
        return None


def _key(run: Run, stage: Stage) -> str:
    return Hasher("md5").hash(
        [
            versions(),
            stage.signature(),
            _structure(run.network, stage),
            run.rows.source.content(),
            run.batches.batch_size,
            run.precision,
            run.compile,
            run.device.type,
            snapshot(run),
        ]
    )


def _trained(
    key: str, run: Run, stage: Stage, train: Callable[[Run, Stage], None]
) -> dict[str, Any]:
    start = len(run.history)
    before = Hasher("md5").hash(_structure(run.network, stage))
    train(run, stage)
    if len(run.history) - start < stage.epochs:  # a callback ended it early
        raise _NotKeptError
    try:
        unchanged = Hasher("md5").hash(_structure(run.network, stage)) == before
    except (PicklingError, AttributeError, TypeError):
        unchanged = False
    if not unchanged:
        warn_once(
            f"memory does not keep stage {stage.name!r}, because training changes "
            "attributes of the network that are not tensors. Register them as buffers."
        )
        raise _NotKeptError
    entry = {"key": key, **snapshot(run), "history": run.history[start:]}
    return {**entry, "digest": digest_of_state(entry)}


def _is_intact(key: str, entry: Any) -> bool:
    """Whether the entry is as it was written, and written for this key."""
    try:
        content = {name: value for name, value in entry.items() if name != "digest"}
        return entry["key"] == key and entry["digest"] == digest_of_state(content)
    except Exception:  # damage can lead to any error
        return False


def _structure(network: EmbeddingNetwork, stage: Stage) -> list:
    """Beyond the weights: types and state of modules, and what is trained how."""
    modules = [
        (name, type(module).__module__, type(module).__qualname__, _state(module))
        for name, module in network.named_modules()
    ]
    groups: dict[int, list] = {}
    for number, player in enumerate(stage.players):
        for parameter in player.parameters:
            groups.setdefault(id(parameter), []).append(number)
        for special, rate in player.learning_rates:
            for parameter in special:
                groups.setdefault(id(parameter), []).append((number, rate))
    tensors = [
        (name, tuple(tensor.shape), tensor.requires_grad, groups.get(id(tensor)))
        for name, tensor in tensors_of(network).items()
    ]
    return [modules, tensors]


def _state(module: nn.Module) -> dict[str, Any]:
    """All attributes of a module other than weights; hooks are numbered from 0.

    torch numbers hooks by a counter of the process.
    """
    state = {k: v for k, v in vars(module).items() if k not in _NOT_STATE}
    hooks = {k: v for k, v in state.items() if k in _HOOKS}
    numbers = sorted({number for registered in hooks.values() for number in registered})
    for name, registered in hooks.items():
        state[name] = [registered.get(number) for number in numbers]
    return state


#: Attributes with the hooks of a module, and flags of these hooks.
_HOOKS = {name for name, value in vars(nn.Module()).items() if isinstance(value, dict)}
_HOOKS -= _NOT_STATE
