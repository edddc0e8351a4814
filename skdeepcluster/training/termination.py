"""SIGTERM, which spot machines and schedulers send before they end a process."""

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType


class Termination:
    """Context in which SIGTERM waits until what was trained is saved.

    Then it does what it did: it ends the process, or calls the handler that was there.
    It does so at once if nothing would be gained, and if it comes a second time. Only
    the main thread receives signals, and nothing changes where SIGTERM is ignored, or
    handled outside Python.

    Attributes
    ----------
    waits : bool
        Whether there are epochs to be saved.
    received : bool
        Whether it has come, and waits.
    """

    def __init__(self) -> None:
        self.waits = False
        self.received = False
        self._previous: object = None

    def __enter__(self) -> "Termination":
        self._process = os.getpid()
        if threading.current_thread() is threading.main_thread():
            previous = signal.getsignal(signal.SIGTERM)
            if callable(previous) or previous is signal.SIG_DFL:
                self._previous = previous
                signal.signal(signal.SIGTERM, self._notice)
        return self

    def __exit__(self, *error: object) -> None:
        if signal.getsignal(signal.SIGTERM) == self._notice:
            signal.signal(signal.SIGTERM, self._previous)  # type: ignore[arg-type]
        if self.received:
            self._act()

    @contextlib.contextmanager
    def waiting(self) -> Iterator[None]:
        """Context at the end of which everything is saved."""
        self.waits = True
        try:
            yield
        finally:
            self.waits = False
            if self.received:
                self._act()

    def _notice(self, number: int, frame: FrameType | None) -> None:
        forked = os.getpid() != self._process  # the parent saves
        if self.waits and not self.received and not forked:
            self.received = True
        else:
            self._act(frame)

    def _act(self, frame: FrameType | None = None) -> None:
        self.received = False
        if callable(self._previous):
            self._previous(signal.SIGTERM, frame)
        else:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.raise_signal(signal.SIGTERM)
