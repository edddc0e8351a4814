"""Locks of open files, by the means of the system."""

import contextlib
import os
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]
try:
    import msvcrt
except ImportError:  # all others
    msvcrt = None  # type: ignore[assignment]


def are_there_locks() -> bool:
    """Whether the system has locks of files."""
    return fcntl is not None or msvcrt is not None


def open_to_lock(path: Path) -> int:
    """The file, which is made if there is none.

    Raises
    ------
    OSError
        If it cannot be made.
    """
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o666)


def try_lock(handle: int) -> bool:
    """Take the lock of an open file; False if another has it.

    Raises
    ------
    OSError
        If the file system has no locks.
    """
    try:
        if fcntl is not None:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            _change_msvcrt_lock(handle, "LK_NBLCK")
    except (BlockingIOError, PermissionError):
        return False
    return True


def release(handle: int, path: Path) -> None:
    """Give the lock back, close the file and remove it."""
    if fcntl is not None:
        _remove(path)  # who waits for it goes on with its handle
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(handle, fcntl.LOCK_UN)  # closing leaves it to forked processes
        os.close(handle)
    else:  # Windows removes no open file
        with contextlib.suppress(OSError):  # it may never have been locked
            _change_msvcrt_lock(handle, "LK_UNLCK")
        os.close(handle)
        _remove(path)


def _change_msvcrt_lock(handle: int, mode: str) -> None:
    """Lock or unlock the first byte, which need not exist."""
    os.lseek(handle, 0, os.SEEK_SET)
    msvcrt.locking(handle, getattr(msvcrt, mode), 1)  # type: ignore[attr-defined, unused-ignore]


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):  # such as in a folder that has vanished
        path.unlink()
