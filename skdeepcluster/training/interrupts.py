"""Interrupts from the keyboard: told from those of callbacks, and kept training."""

import signal
import threading
from types import FrameType

from sklearn.exceptions import ConvergenceWarning

from skdeepcluster.training.warned import warn_once


class Interruption:
    """What a fit does when it is interrupted.

    Parameters
    ----------
    keeps : bool
        Whether it ends as if a callback had stopped it, with what was trained.

    Attributes
    ----------
    stage : str or None
        The stage that was interrupted.
    """

    def __init__(self, keeps: bool = False) -> None:
        self.keeps = keeps
        self.stage: str | None = None

    def end(self, stage: str, epoch: int) -> None:
        """Note that training ends in a stage, and warn."""
        self.stage = stage
        warn_once(
            f"The fit was interrupted in stage {stage!r} after {epoch} epochs. "
            "on_interrupt='keep' keeps what was trained; stages that would follow are "
            "left out.",
            ConvergenceWarning,
        )


class Interrupts:
    """Context in which interrupts from the keyboard are noticed.

    They still do what they did. Only the main thread receives them, and nothing changes
    where they are ignored, or handled outside Python.

    Attributes
    ----------
    received : bool
        Whether one was raised in the block, even if it was caught there.
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
        assert callable(self._previous)
        try:
            self._previous(number, frame)  # which may let it wait
        except BaseException:
            self.received = True
            raise
