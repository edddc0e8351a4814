"""A folder of checkpoints: written so that nothing is lost, read with care."""

import contextlib
import time
from pathlib import Path
from typing import Any

from skdeepcluster.training.state_file import read_state, write_state
from skdeepcluster.training.warned import warn_once

#: Incremented when the content of the files changes.
_FORMAT = 2

#: Largest share of the time that writing takes.
_SHARE = 0.05

#: Checkpoints within a stage that are kept: if the last is damaged, there is one more.
_N_KEPT = 2

_SUFFIX = ".safetensors"


class CheckpointFolder:
    """The files of one fit.

    Parameters
    ----------
    path : Path
    about : dict or None
        Stored in each file, and required of each that is read, unless it is None.
    """

    def __init__(self, path: Path, about: dict[str, Any] | None) -> None:
        self.path = path
        self.about = None if about is None else {"format": _FORMAT, **about}
        self._due = 0.0

    @property
    def is_due(self) -> bool:
        """Whether the last file is old enough for the next one."""
        return time.perf_counter() >= self._due

    def write(self, name: str, state: dict[str, Any]) -> None:
        """Write a file; where that is impossible, warn, and the fit goes on."""
        started = time.perf_counter()
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            write_state(self._file(name), {"about": self.about, **state})
        except OSError as error:
            warn_of_failure(self.path, error)
        ended = time.perf_counter()
        self._due = ended + (ended - started) / _SHARE

    def write_epoch(self, name: str, state: dict[str, Any]) -> None:
        """Write a file of an epoch; older ones are removed."""
        self.write(name, state)
        for old in self.names("run-*-epoch-")[:-_N_KEPT]:
            self.remove(old)

    def read(self, name: str) -> dict[str, Any] | None:
        """The content of a file; None if there is none, or if it is damaged."""
        path = self._file(name)
        try:
            state = read_state(path)
            if self.about not in (None, state["about"]):
                raise ValueError("is of another fit")
        except FileNotFoundError:
            return None
        except Exception as error:  # damage can lead to any error
            warn_of_damage(path, error)
            return None
        return state

    def names(self, start: str) -> list[str]:
        """Names of the files that begin so, in their order."""
        found = self.path.glob(f"{start}*{_SUFFIX}")
        return sorted(path.name.removesuffix(_SUFFIX) for path in found)

    def remove(self, start: str) -> None:
        """Remove the files whose names begin so."""
        for name in self.names(start):
            with contextlib.suppress(OSError):
                self._file(name).unlink()

    def remove_unfinished(self) -> None:
        """Remove what a killed process has left half written."""
        for path in self.path.glob(".*.part"):
            path.unlink(missing_ok=True)

    def _file(self, name: str) -> Path:
        return self.path / f"{name}{_SUFFIX}"


def warn_of_failure(place: Path, error: OSError) -> None:
    """Warn that a fit goes on without checkpoints."""
    warn_once(
        f"A checkpoint cannot be written to {place}: {error.strerror or error}. The "
        "fit goes on, but what it trains from here on is lost if it is interrupted."
    )


def warn_of_damage(path: Path, error: Exception) -> None:
    """Warn that a file is passed over."""
    reason = str(error).replace(f"{path} ", "")
    warn_once(
        f"The checkpoint {path} is passed over, so that more is trained anew ({reason})"
    )
