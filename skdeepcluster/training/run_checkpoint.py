"""Checkpoints of one run of a recipe, which is replayed when a fit goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from skdeepcluster.training.callback_state import callback_states, restore_callbacks
from skdeepcluster.training.run import Run
from skdeepcluster.training.snapshot import restore, snapshot, tensors_of
from skdeepcluster.training.stage import Stage
from skdeepcluster.training.warned import warn_once

if TYPE_CHECKING:
    from skdeepcluster.training.checkpoint import FitCheckpoint
    from skdeepcluster.training.net import StageNet


class RunCheckpoint:
    """The states of a run at the ends of its stages, and of the last epochs.

    A run that goes on repeats the code between the stages, which may change the
    structure of the network; a stage that was finished is restored instead of trained,
    also from fits of another length, as far as they have trained the same.

    Parameters
    ----------
    fit : FitCheckpoint
    number : int
        Of the restart, from 1.
    """

    def __init__(self, fit: FitCheckpoint, number: int) -> None:
        self._fit = fit
        self._folder = fit.folder
        self._number = number
        self._n_stages = 0
        self._start = 0

    @staticmethod
    def end_name(number: int) -> str:
        """Name of the file that is written at the end of a restart."""
        return f"end-{number:04}"

    @staticmethod
    def stages_name(number: int) -> str:
        """With which the names of the files of its stages begin."""
        return f"run-{number:04}-stage"

    # -- restarts ----------------------------------------------------------------------

    def objective_if_beaten(self, callbacks: Any) -> float | None:
        """The objective of a finished run that is not the best; else None.

        ``callbacks`` are then as after this run.
        """
        objective = self._fit.objective_if_beaten(self._number)
        if objective is not None:
            end = self._folder.read(self.end_name(self._number))
            restore_callbacks(callbacks, end["callbacks"] if end else [])
        return objective

    def finish(self, objective: float, callbacks: Any) -> None:
        """Remember that the run is finished."""
        state = {"objective": objective, "callbacks": callback_states(callbacks)}
        self._write(self.end_name(self._number), state)
        self._fit.add_objective(self._number, objective)

    # -- stages ------------------------------------------------------------------------

    def restore_stage(self, run: Run, stage: Stage) -> bool:
        """Begin a stage; restore its end and return True if it was finished."""
        self._n_stages += 1
        self._start = len(run.history)
        state = self._read(f"{self._name}-end", run, stage)
        for folder in self._fit.of_other_lengths if state is None else ():
            state = folder.read(f"{self._name}-end")
            if state is not None and self._suits(state, run, stage):
                break
            state = None
        if state is None:
            return False
        self._restore(run, state)
        run.stopped = state["stopped"]
        run.restored_best = state["restored_best"]
        return True

    def save_stage(self, run: Run, stage: Stage) -> None:
        """Save the end of a stage."""
        flags = {"stopped": run.stopped, "restored_best": run.restored_best}
        self._write(f"{self._name}-end", self._state(run, stage) | flags)

    def restore_epoch(self, net: StageNet) -> int:
        """Restore the last epoch of an unfinished stage; return its number, or 0."""
        for name in reversed(self._folder.names(f"{self._name}-epoch-")):
            state = self._read(name, net.run, net.stage)
            if state is not None:
                break
        else:
            state = self._longest_beginning(net.run, net.stage)
        if state is None:
            return 0
        self._restore(net.run, state)
        net.load_training_state(state["training"])
        return state["epoch"]

    def save_epoch(self, net: StageNet, epoch: int) -> None:
        """Save the end of an epoch, unless the last checkpoint is recent."""
        termination = self._fit.termination
        if self._folder.is_due or termination.received:
            with termination.waiting():
                self._folder.write_epoch(
                    f"{self._name}-epoch-{epoch:06}", self._state_within(net, epoch)
                )
        else:
            termination.waits = True

    def save_last(self, net: StageNet, epoch: int) -> None:
        """Save the last epoch of a stage, before anything follows on it."""
        self._folder.write(f"{self._name}-last", self._state_within(net, epoch))

    def _longest_beginning(self, run: Run, stage: Stage) -> dict[str, Any] | None:
        """The last epoch of a fit of another length, if this one contains it."""
        longest = None
        for folder in self._fit.of_other_lengths if stage.extendable else ():
            state = folder.read(f"{self._name}-last")
            if (
                state is not None
                and self._suits(state, run, stage, any_length=True)
                and state["epoch"] <= stage.epochs
                and (longest is None or longest["epoch"] < state["epoch"])
            ):
                longest = state
        return longest

    @property
    def _name(self) -> str:
        return f"{self.stages_name(self._number)}-{self._n_stages:03}"

    # -- state -------------------------------------------------------------------------

    def _state(self, run: Run, stage: Stage) -> dict[str, Any]:
        numbers = run.random_state.get_state(legacy=False)
        key = numbers["state"]["key"].astype(np.int64)  # torch knows no uint32
        return {
            "run": self._about(stage),
            "history": run.history[self._start :],
            "random_state": {**numbers, "state": {**numbers["state"], "key": key}},
            "callbacks": callback_states(run.callbacks),
            **snapshot(run),
        }

    def _state_within(self, net: StageNet, epoch: int) -> dict[str, Any]:
        more = {"epoch": epoch, "training": net.training_state()}
        return self._state(net.run, net.stage) | more

    def _write(self, name: str, state: dict[str, Any]) -> None:
        with self._fit.termination.waiting():
            self._folder.write(name, state)

    def _restore(self, run: Run, state: dict[str, Any]) -> None:
        restore(run, state)
        numbers = state["random_state"]
        numbers["state"]["key"] = numbers["state"]["key"].astype(np.uint32)
        run.random_state.set_state(numbers)
        run.history[self._start :] = state["history"]
        restore_callbacks(run.callbacks, state["callbacks"])

    def _about(self, stage: Stage) -> list:
        return [self._fit.seeds[self._number - 1], stage.name, stage.epochs]

    def _read(self, name: str, run: Run, stage: Stage) -> dict[str, Any] | None:
        """The state in a file, if it suits the stage and the network."""
        state = self._folder.read(name)
        if state is not None and not self._suits(state, run, stage):
            warn_once(
                f"The checkpoint {name} in {self._folder.path} does not suit the stage "
                f"{stage.name!r}, which is trained anew."
            )
            return None
        return state

    def _suits(
        self, state: dict[str, Any], run: Run, stage: Stage, any_length: bool = False
    ) -> bool:
        kept = {k: (w.shape, str(w.dtype)) for k, w in state["weights"].items()}
        here = {
            k: (tuple(w.shape), str(w.dtype).removeprefix("torch."))
            for k, w in tensors_of(run.network).items()
        }
        compared = slice(2 if any_length else None)  # without the number of epochs
        return state["run"][compared] == self._about(stage)[compared] and kept == here
