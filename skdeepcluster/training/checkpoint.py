"""Checkpoints of a fit, from which an equal fit goes on."""

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from skdeepcluster.training.checkpoint_folder import (
    CheckpointFolder,
    warn_of_failure,
)
from skdeepcluster.training.entry_lock import lock_if_free
from skdeepcluster.training.identity import Identity, differences, digest_of
from skdeepcluster.training.processes import Processes
from skdeepcluster.training.run_checkpoint import RunCheckpoint
from skdeepcluster.training.shared_folder import SharedFolder
from skdeepcluster.training.tensor_file import check_safetensors
from skdeepcluster.training.termination import Termination
from skdeepcluster.training.warned import warn_once

#: Name of the file that describes the fit.
_HEADER = "fit"

#: The parameter that is the number of epochs of a recipe's last stage.
_LENGTH = "max_iter"


class NoCheckpoint:
    """A fit without checkpoints.

    Parameters
    ----------
    seeds : list of int
        One per restart.
    """

    def __init__(self, seeds: list[int]) -> None:
        self.seeds = seeds

    def of_run(self, number: int) -> RunCheckpoint | None:
        """The checkpoints of a restart, numbered from 1."""
        return None


class FitCheckpoint(NoCheckpoint):
    """The checkpoints of a fit and of its restarts, in a folder of their own.

    Of finished restarts, only the best keeps the weights of its stages.

    Parameters
    ----------
    seeds : list of int
    folder : CheckpointFolder or SharedFolder
    of_other_lengths : list of CheckpointFolder or SharedFolder
        Those of finished fits that differ in nothing but their epochs.

    Attributes
    ----------
    termination : Termination
        Waits for checkpoints, unless several processes share them.
    """

    def __init__(
        self,
        seeds: list[int],
        folder: CheckpointFolder | SharedFolder,
        of_other_lengths: Sequence[CheckpointFolder | SharedFolder] = (),
    ) -> None:
        super().__init__(seeds)
        self.folder = folder
        self.of_other_lengths = of_other_lengths
        self.termination = Termination()
        self._objectives: dict[int, float] = {}
        for number in range(1, len(seeds) + 1):
            end = folder.read(RunCheckpoint.end_name(number))
            if end is not None:
                self._objectives[number] = end["objective"]
        self._remove_beaten()

    def of_run(self, number: int) -> RunCheckpoint:
        return RunCheckpoint(self, number)

    def objective_if_beaten(self, number: int) -> float | None:
        """The objective of a finished restart that is not the best; else None."""
        if number not in self._objectives or number == self._best():
            return None
        return self._objectives[number]

    def add_objective(self, number: int, objective: float) -> None:
        """Remember a finished restart."""
        self._objectives[number] = objective
        self._remove_beaten()

    def _remove_beaten(self) -> None:
        for finished in self._objectives:
            if finished != self._best():
                self.folder.remove(RunCheckpoint.stages_name(finished))

    def _best(self) -> int:
        return min(sorted(self._objectives), key=self._objectives.__getitem__)


@contextlib.contextmanager
def open_checkpoint(
    path: str | os.PathLike,
    title: str,
    identity: Identity,
    seeds: list[int],
    keep: bool,
) -> Iterator[NoCheckpoint]:
    """The checkpoints of a fit: those of an equal one, or new ones.

    Without any, with a warning, if the folder cannot be used or another process has
    it. If the block raises, they stay.

    Parameters
    ----------
    path : str or path
        The folder in which this fit gets its own.
    title : str
        With which the name of that begins.
    identity : dict
        What determines the fit.
    seeds : list of int
        One per restart; those of the fit that goes on replace them.
    keep : bool
        Whether a finished fit keeps the weights of its stages.

    Raises
    ------
    ValueError
        If the same fit was begun with other versions of the libraries.
    ImportError
        If safetensors is not installed.
    """
    check_safetensors("checkpoints")
    digest = digest_of(identity)
    place = Path(os.fsdecode(path)).absolute() / f"{title}-{digest}"
    with contextlib.ExitStack() as stack:
        stack.callback(_remove_if_empty, place)
        try:
            place.mkdir(parents=True, exist_ok=True)
            is_free = stack.enter_context(lock_if_free(place / "lock"))
            checkpoint = _begin(place, identity, seeds) if is_free else None
        except OSError as error:
            warn_of_failure(place, error)
            checkpoint = None
            is_free = True
        if not is_free:
            warn_once(
                f"An equal fit is running, which uses the checkpoints in {place}; this "
                "one has none."
            )
        if checkpoint is None:
            yield NoCheckpoint(seeds)
        else:
            cleaned = _cleaned(checkpoint.folder, keep, len(checkpoint.seeds))
            with checkpoint.termination, cleaned:
                yield checkpoint


@contextlib.contextmanager
def shared_checkpoint(
    own: contextlib.AbstractContextManager[NoCheckpoint], processes: Processes
) -> Iterator[NoCheckpoint]:
    """The checkpoints of a fit of several processes, which the first one opens.

    Parameters
    ----------
    own : context manager
        Those of a fit in one process; only the first process enters it.
    processes : Processes
    """
    with own if processes.rank == 0 else contextlib.nullcontext() as opened:
        folders: list[Any] = []
        if isinstance(opened, FitCheckpoint):
            folders = [opened.folder, *opened.of_other_lengths]
        seeds, n_folders = processes.agree(opened and (opened.seeds, len(folders)))
        if n_folders:
            folders = folders or [None] * n_folders
            own_folder, *others = (SharedFolder(each, processes) for each in folders)
            yield FitCheckpoint(seeds, own_folder, others)
        else:
            yield NoCheckpoint(seeds)


def _remove_if_empty(place: Path) -> None:
    with contextlib.suppress(OSError):
        place.rmdir()


@contextlib.contextmanager
def _cleaned(
    folder: CheckpointFolder | SharedFolder, keep: bool, n_restarts: int
) -> Iterator[None]:
    """Remove what nobody needs after the fit; nothing, if it was interrupted."""
    try:
        yield
        if len(folder.names("end-")) == n_restarts:
            folder.remove("run-*-epoch-" if keep else "")
    finally:
        if not folder.names("run-"):  # nothing to go on from
            folder.remove("")


def _begin(place: Path, identity: Identity, seeds: list[int]) -> FitCheckpoint:
    """Go on with the fit in a folder whose lock is held, or begin it there."""
    folder = CheckpointFolder(place, {"fit": digest_of(identity)})
    folder.remove_unfinished()
    header = folder.read(_HEADER)
    of_other_lengths = [*_of_other_lengths(place, identity)]
    if header is None:
        _check_others(place, identity, begins_anew=not of_other_lengths)
        folder.remove("")  # seeds are not known
        header = {"identity": identity, "seeds": seeds}
        folder.write(_HEADER, header)
    return FitCheckpoint(header["seeds"], folder, of_other_lengths)


def _others(place: Path) -> Iterator[Path]:
    """Folders of other fits of the estimator."""
    title = place.name.rpartition("-")[0]
    for other in sorted(place.parent.glob(f"{title}-*")):
        if other != place:
            yield other


def _of_other_lengths(place: Path, identity: Identity) -> Iterator[CheckpointFolder]:
    """Finished fits with which this one, if longer, goes on."""
    for other in _others(place):
        folder = CheckpointFolder(other, None)
        if not folder.names("run-*-last"):
            continue
        with contextlib.suppress(OSError, KeyError, TypeError):
            header = folder.read(_HEADER)
            if header is None or not _is_finished(folder, header):
                continue
            if _without_length(header["identity"]) == _without_length(identity):
                about = {"fit": digest_of(header["identity"])}
                yield CheckpointFolder(other, about)


def _without_length(identity: Identity) -> Identity:
    parameters = {k: v for k, v in identity["parameters"].items() if k != _LENGTH}
    return {**identity, "parameters": parameters}


def _is_finished(folder: CheckpointFolder, header: dict[str, Any]) -> bool:
    return len(folder.names("end-")) == len(header["seeds"])


def _check_others(place: Path, identity: Identity, begins_anew: bool) -> None:
    """Say why an unfinished fit in another folder is not continued.

    Raises
    ------
    ValueError
        If only versions differ.
    """
    found = []
    for other in _others(place):
        begun = _unfinished(other)
        if begun is None:
            continue
        differing = differences(begun, identity, "parameters", "data")
        if not differing:
            by = ", ".join(differences(begun, identity, "versions"))
            raise ValueError(
                f"The unfinished fit in {other} was made with other versions: {by}. "
                "Going on would mix their results. Install those versions again, or "
                "delete the folder to begin anew."
            )
        shown = ", ".join(differing[:3]) + (", ..." if len(differing) > 3 else "")
        found.append(
            (len(differing), f"The unfinished fit in {other} differs: {shown}")
        )
    if found and begins_anew:
        warn_once(
            f"This fit begins anew. {min(found)[1]}. To go on with that one, fit with "
            "its parameters and data; else delete its folder."
        )


def _unfinished(place: Path) -> Identity | None:
    """The identity of the fit in a folder, if it is neither finished nor running."""
    folder = CheckpointFolder(place, None)
    with contextlib.suppress(OSError, KeyError, TypeError):
        header = folder.read(_HEADER)
        if header is None or _is_finished(folder, header):
            return None
        with lock_if_free(place / "lock") as is_free:
            return header["identity"] if is_free else None
    return None
