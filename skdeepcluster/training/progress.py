"""Progress of a fit on standard output."""

import multiprocessing
import sys
import threading


class Progress:
    """Reports progress to standard output.

    Parameters
    ----------
    title : str
        The name of what is fitted.
    verbose : int
        At 1, a terminal or a notebook shows one line that is updated every epoch, and
        keeps one line per stage; any other output, such as a log or a worker process of
        a search, gets only the lines of the stages. Above 1, every epoch gets a line,
        with all terms of the loss.
    """

    def __init__(self, title: str, verbose: int) -> None:
        self.title = title
        self.verbose = verbose
        self._live = verbose == 1 and _can_overwrite()
        self._width = 0
        self._seconds = 0.0
        self._last = ""

    def epoch(
        self,
        stage: str,
        epoch: int,
        epochs: int,
        means: dict[str, float],
        seconds: float,
    ) -> None:
        """Report the end of an epoch."""
        self._seconds += seconds
        self._last = f"{epoch}/{epochs}  {_value(means)}"
        if self.verbose > 1:
            terms = "  ".join(f"{name} {value:.4g}" for name, value in means.items())
            self._print(f"{stage} epoch {epoch}/{epochs}  {terms}  {seconds:.2f} s")
        elif self._live:
            left = _clock(self._seconds / epoch * (epochs - epoch))
            self._print(f"{stage} {self._last}  at most {left} left", end="")

    def stage(self, stage: str) -> None:
        """Report the end of a stage."""
        if self.verbose == 1 and self._last:
            self._print(f"{stage} {self._last}  took {_clock(self._seconds)}")
        self._seconds, self._last = 0.0, ""

    def _print(self, text: str, end: str = "\n") -> None:
        line = f"[{self.title}] {text}"
        if self._live:
            # Overwrite the line, to its end.
            line, self._width = "\r" + line.ljust(self._width), len(line)
            self._width = 0 if end else self._width
        print(line, end=end, flush=True)


def _value(means: dict[str, float]) -> str:
    name = "objective" if "objective" in means else "loss"
    return f"{name} {means[name]:.4g}"


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _can_overwrite() -> bool:
    """Whether a line can be overwritten, since only this process writes there."""
    return (
        (getattr(sys.stdout, "isatty", bool)() or _in_notebook())
        and multiprocessing.current_process().name == "MainProcess"
        and threading.current_thread() is threading.main_thread()
    )


def _in_notebook() -> bool:
    """Whether a Jupyter kernel shows the output: no terminal, but it can overwrite."""
    return type(sys.stdout).__module__.startswith("ipykernel.")
