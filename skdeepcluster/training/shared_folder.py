"""A folder of checkpoints that several processes use by way of the first of them."""

from __future__ import annotations

from typing import Any

from skdeepcluster.training.checkpoint_folder import CheckpointFolder
from skdeepcluster.training.processes import Processes


class SharedFolder:
    """What :class:`CheckpointFolder` is, in every process alike.

    Parameters
    ----------
    folder : CheckpointFolder or None
        Of the first process; None in the others.
    processes : Processes
    """

    def __init__(self, folder: CheckpointFolder | None, processes: Processes) -> None:
        self._folder = folder
        self._processes = processes
        self.path = processes.agree(folder and folder.path)

    @property
    def is_due(self) -> bool:
        """Whether the last file is old enough for the next one."""
        return self._processes.agree(self._folder and self._folder.is_due)

    def write(self, name: str, state: dict[str, Any]) -> None:
        """Write a file."""
        if self._folder is not None:
            self._folder.write(name, state)

    def write_epoch(self, name: str, state: dict[str, Any]) -> None:
        """Write a file of an epoch; older ones are removed."""
        if self._folder is not None:
            self._folder.write_epoch(name, state)

    def read(self, name: str) -> dict[str, Any] | None:
        """The content of a file; None if there is none, or if it is damaged."""
        return self._processes.agree(self._folder and self._folder.read(name))

    def names(self, start: str) -> list[str]:
        """Names of the files that begin so, in their order."""
        return self._processes.agree(self._folder and self._folder.names(start))

    def remove(self, start: str) -> None:
        """Remove the files whose names begin so."""
        if self._folder is not None:
            self._folder.remove(start)
