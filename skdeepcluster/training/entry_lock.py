"""Locks across threads and processes: of a memory's entries, and of folders."""

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from skdeepcluster.training.file_lock import (
    are_there_locks,
    open_to_lock,
    release,
    try_lock,
)

#: Seconds between two attempts, and after which the entry is computed twice instead.
_INTERVAL, _LONGEST_WAIT = 0.05, 3600.0

#: Attempts to get a lock that should be free: others may look at it for a moment.
_ATTEMPTS = 10


@contextlib.contextmanager
def entry_lock(memory: Any, key: str, pause: Callable[[], None]) -> Iterator[None]:
    """Hold the lock of an entry inside the block, where the system has such locks.

    It only avoids computing an entry twice, so that nothing depends on it: without a
    folder on this machine, or after an hour, the block runs without it. The system
    releases the locks of processes that die.

    Parameters
    ----------
    memory : joblib.Memory
    key : str
        Of the entry.
    pause : callable () -> None
        Called again and again while waiting, to let threads work that may hold the
        lock.
    """
    path = _path(memory, key)
    handle = None if path is None else _acquired(path, pause)
    try:
        yield
    finally:
        if path is not None and handle is not None:
            release(handle, path)


@contextlib.contextmanager
def lock_if_free(path: Path) -> Iterator[bool]:
    """Hold the lock of a file inside the block; False if another has it.

    True without a lock, where the system has none. The file is removed afterwards.

    Raises
    ------
    OSError
        If the file cannot be made.
    """
    handle = None
    if are_there_locks():
        for _ in range(_ATTEMPTS):
            handle = open_to_lock(path)
            if _is_held(handle, path):
                break
            os.close(handle)
            time.sleep(_INTERVAL)
        else:
            yield False
            return
    try:
        yield True
    finally:
        if handle is not None:
            release(handle, path)


def _is_held(handle: int, path: Path) -> bool:
    """Take the lock of an open file, and make sure that it still is this one."""
    try:
        if not try_lock(handle):
            return False
    except OSError:  # a file system without locks
        return True
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _path(memory: Any, key: str) -> Path | None:
    """Where the lock file is; None if the memory has no folder."""
    folder = getattr(getattr(memory, "store_backend", None), "location", None)
    if not (are_there_locks() and isinstance(folder, str) and os.path.isdir(folder)):
        return None
    return Path(folder) / f"skdeepcluster-{key}.lock"


def _acquired(path: Path, pause: Callable[[], None]) -> int | None:
    """An open file with the lock, or None."""
    try:
        handle = open_to_lock(path)
    except OSError:  # a folder to read from only
        return None
    end = time.monotonic() + _LONGEST_WAIT
    while time.monotonic() < end:
        try:
            if try_lock(handle):
                return handle
            pause()
            time.sleep(_INTERVAL)
        except OSError:  # a file system without locks
            break
    os.close(handle)
    return None
