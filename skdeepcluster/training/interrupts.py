"""Telling an interrupt from the keyboard from one that a callback raises."""

import signal
import threading
from types import FrameType


class Interrupts:
    """Context in which interrupts from the keyboard are noticed.

    They still do what they did. Only the main thread receives them, and nothing changes
    where they are ignored, or handled outside Python.

    Attributes
    ----------
    received : bool
        Whether there was one in the block.
    """

    def __init__(self) -> None:
        self.received = False

    def __enter__(self) -> "Interrupts":
        self._previous = None
        if threading.current_thread() is threading.main_thread():
            previous = signal.getsignal(signal.SIGINT)
            if callable(previous):
                self._previous = previous
                signal.signal(signal.SIGINT, self._notice)
        return self

    def __exit__(self, *error: object) -> None:
        ours = self._previous is not None
        if ours and signal.getsignal(signal.SIGINT) == self._notice:
            signal.signal(signal.SIGINT, self._previous)

    def _notice(self, number: int, frame: FrameType | None) -> None:
        self.received = True
        assert callable(self._previous)
        self._previous(number, frame)
