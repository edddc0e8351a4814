"""Caching the result of a stage in a joblib memory."""

import os
from collections.abc import Callable
from pickle import PicklingError
from typing import Any

import torch
from joblib.hashing import NumpyHasher
from sklearn.utils.validation import check_memory

from skdeepcluster.networks import EmbeddingNetwork
from skdeepcluster.training.run import Run
from skdeepcluster.training.stage import Stage


class _EndedEarly(Exception):
    """A callback ended the stage, so its result must not be cached."""


class _Hasher(NumpyHasher):
    """joblib's hasher, extended so that equal tensors have equal hashes."""

    def save(self, obj: Any) -> None:
        if isinstance(obj, torch.Tensor):
            obj = obj.detach().cpu().numpy()
        super().save(obj)


def train_cached(run: Run, stage: Stage, train: Callable[[Run, Stage], None]) -> None:
    """Train the stage with ``train``, or restore the result of an equal stage.

    Equal means the same network, initial weights, rows, losses, optimisers, batch
    size, precision, type of device and state of the generators; all of it is
    hashed, so nothing has to be declared. Code is identified by name only.
    """
    path = run.memory
    memory = check_memory(os.fspath(path) if isinstance(path, os.PathLike) else path)
    try:
        key = _Hasher("md5").hash(
            [
                stage.signature(),
                _structure(run.network, stage),
                run.rows.array,
                run.batches.batch_size,
                run.precision,
                run.compile,
                run.device.type,
                _snapshot(run),
            ]
        )
    except (PicklingError, AttributeError, TypeError) as error:
        raise ValueError(
            "memory needs parameters that can be pickled: no lambda as augmentation "
            "or encoder, but a function defined in a module. pickle says: "
            f"{str(error).splitlines()[0][:200]}"
        ) from error
    start = len(run.history)
    try:
        trained = memory.cache(_trained, ignore=["run", "stage", "train"])(
            key, run, stage, train
        )
    except _EndedEarly:  # nothing to keep
        return
    _restore(run, trained["state"])
    run.restored_best = stage.objective is not None
    if len(run.history) == start:  # else the stage was trained just now
        run.history += trained["history"]
        run.stopped = run.end(run.begin(stage), stage)


def _trained(
    key: str, run: Run, stage: Stage, train: Callable[[Run, Stage], None]
) -> dict[str, Any]:
    start = len(run.history)
    train(run, stage)
    if len(run.history) - start < stage.epochs:
        raise _EndedEarly
    return {"state": _snapshot(run), "history": run.history[start:]}


def _structure(network: EmbeddingNetwork, stage: Stage) -> list:
    """Beyond the weights: types and settings of modules, trained parameters."""
    modules = [
        (name, type(module).__module__, type(module).__qualname__, settings)
        for name, module in network.named_modules()
        for settings in [{k: v for k, v in vars(module).items() if k[0] != "_"}]
    ]
    moved = {id(p) for player in stage.players for p in player.parameters}
    parameters = [
        (name, p.requires_grad, id(p) in moved)
        for name, p in network.named_parameters()
    ]
    return [modules, parameters]


def _snapshot(run: Run) -> dict[str, Any]:
    """Weights and generators, as NumPy arrays."""
    weights = {k: w.detach().cpu() for k, w in run.network.state_dict().items()}
    generators = {
        "shuffle": run.generator.get_state(),
        "noise": run.noise.get_state(),
    }
    if run.draws_globally:
        generators["torch"] = torch.get_rng_state()
        if run.device.type == "cuda":
            generators["cuda"] = torch.cuda.get_rng_state(run.device)
    return {
        "weights": {name: w.numpy().copy() for name, w in weights.items()},
        "generators": {name: state.numpy() for name, state in generators.items()},
    }


def _restore(run: Run, state: dict[str, Any]) -> None:
    weights = {name: torch.from_numpy(w) for name, w in state["weights"].items()}
    run.network.load_state_dict(weights)
    generators = {n: torch.from_numpy(s) for n, s in state["generators"].items()}
    run.generator.set_state(generators["shuffle"])
    run.noise.set_state(generators["noise"])
    if "torch" in generators:
        torch.set_rng_state(generators["torch"])
    if "cuda" in generators:
        torch.cuda.set_rng_state(generators["cuda"], run.device)
