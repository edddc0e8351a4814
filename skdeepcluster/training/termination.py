"""Ctrl-C and SIGTERM, which wait until what was trained is saved."""

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType

#: The second is what spot machines and schedulers send before they end a process.
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Termination:
    """Context in which Ctrl-C and SIGTERM wait until what was trained is saved.

    Then they do what they did: raise KeyboardInterrupt, end the process, or call the
    handler that was there. They do so at once if nothing would be gained, and if a
    second one comes. Only the main thread receives signals, and nothing changes where
    they are ignored, or handled outside Python.

    Attributes
    ----------
    waits : bool
        Whether there are epochs to be saved.
    received : int or None
        The signal that has come, and waits.
    """

    def __init__(self) -> None:
        self.waits = False
        self.received: int | None = None
        self._previous: dict[int, object] = {}

    def __enter__(self) -> "Termination":
        self._process = os.getpid()
        if threading.current_thread() is threading.main_thread():
            for number in _SIGNALS:
                previous = signal.getsignal(number)
                if callable(previous) or previous is signal.SIG_DFL:
                    self._previous[number] = previous
                    signal.signal(number, self._notice)
        return self

    def __exit__(self, *error: object) -> None:
        for number, previous in self._previous.items():
            if signal.getsignal(number) == self._notice:
                signal.signal(number, previous)  # type: ignore[arg-type]
        self._act_if_received()

    @contextlib.contextmanager
    def waiting(self) -> Iterator[None]:
        """Context at the end of which everything is saved."""
        self.waits = True
        try:
            yield
        finally:
            self.waits = False
            self._act_if_received()

    def _notice(self, number: int, frame: FrameType | None) -> None:
        forked = os.getpid() != self._process  # the parent saves
        if self.waits and self.received is None and not forked:
            self.received = number
        else:
            self._act(number, frame)

    def _act_if_received(self) -> None:
        if self.received is not None:
            self._act(self.received)

    def _act(self, number: int, frame: FrameType | None = None) -> None:
        self.received = None
        self.waits = False
        previous = self._previous[number]
        if callable(previous):
            previous(number, frame)
        else:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
