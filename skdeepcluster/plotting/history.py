"""Terms of the loss over epochs."""

from typing import Any

import numpy as np

from skdeepcluster.plotting.axes import last_step, prepare


class HistoryDisplay:
    """Terms of the training loss by epoch, stage after stage.

    Made by :meth:`from_estimator` or :meth:`from_predictions`.

    Parameters
    ----------
    history : list of dict
        ``history_`` of a fitted estimator.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    lines_ : dict of str to matplotlib Line2D
        One per term.
    bounds_ : dict of str to int
        Epochs before each stage.
    """

    def __init__(self, history: list[dict[str, Any]]) -> None:
        self.history = history

    @classmethod
    def from_estimator(
        cls, estimator: Any, *, terms: Any = None, ax: Any = None, **kwargs: Any
    ) -> "HistoryDisplay":
        """Draw the history of a fitted estimator, or of a Pipeline's last step.

        Parameters
        ----------
        estimator : estimator
        terms : str or list of str, optional
            The terms to draw; None is all except their sum and the objective that
            ``restore_best`` adds.
        ax : matplotlib Axes, optional
        **kwargs
            For ``Axes.plot``.
        """
        history = last_step(estimator, "history_").history_
        return cls.from_predictions(history, terms=terms, ax=ax, **kwargs)

    @classmethod
    def from_predictions(
        cls, history: Any, *, terms: Any = None, ax: Any = None, **kwargs: Any
    ) -> "HistoryDisplay":
        """Draw a given history.

        Parameters
        ----------
        history : list of dict
            One dict per epoch, with ``stage`` and one number per term.
        terms, ax, **kwargs
            As in :meth:`from_estimator`.
        """
        return cls(list(history)).plot(terms=terms, ax=ax, **kwargs)

    def plot(
        self, *, terms: Any = None, ax: Any = None, **kwargs: Any
    ) -> "HistoryDisplay":
        """Draw on ``ax``.

        Parameters
        ----------
        terms : str or list of str, optional
        ax : matplotlib Axes, optional
        **kwargs
            For ``Axes.plot``.
        """
        if not self.history:
            raise ValueError("The history is empty: no epoch was trained.")
        terms = self._terms() if terms is None else terms
        terms = [terms] if isinstance(terms, str) else terms
        curves = {term: self._values(term) for term in terms}
        ax = prepare(self, ax)
        self.lines_ = {}
        epochs = np.arange(1, len(self.history) + 1)
        for term, values in curves.items():
            style = {"label": term, "marker": "." if _has_lone_points(values) else None}
            (self.lines_[term],) = ax.plot(epochs, values, **(style | kwargs))
        drawn = np.concatenate([line.get_ydata() for line in self.lines_.values()])
        positive = np.nanmin(drawn) > 0
        ax.set(xlabel="epoch", ylabel="loss", yscale="log" if positive else "linear")
        self._mark_stages(ax)
        ax.legend(frameon=False, fontsize=8)
        return self

    def _values(self, term: str) -> np.ndarray:
        """A term by epoch, NaN where a stage does not have it."""
        values = np.array([row.get(term, np.nan) for row in self.history], float)
        if np.isnan(values).all():
            known = ", ".join(self._terms())
            raise ValueError(f"No epoch has a term {term!r}; there are {known}.")
        return values

    def _terms(self) -> list[str]:
        others = {"stage", "epoch", "seconds", "loss", "objective"}
        terms = dict.fromkeys(t for row in self.history for t in row)
        return [term for term in terms if term not in others] or ["loss"]

    def _mark_stages(self, ax: Any) -> None:
        stages = [row["stage"] for row in self.history]
        self.bounds_ = {stage: stages.index(stage) for stage in dict.fromkeys(stages)}
        for i, (stage, start) in enumerate(self.bounds_.items()):
            if i:
                ax.axvline(start + 0.5, color="0.7", linestyle=":", linewidth=1)
            ax.annotate(
                stage,
                (start + 0.5, 1),
                xycoords=("data", "axes fraction"),
                # Labels do not overlap even if a stage is short.
                xytext=(2, 2 + 9 * (i % 2)),
                textcoords="offset points",
                fontsize=8,
                color="0.4",
            )


def _has_lone_points(values: np.ndarray) -> bool:
    """Whether a value has no neighbour to draw a line to."""
    there = np.pad(~np.isnan(values), 1)
    return bool((there[1:-1] & ~there[:-2] & ~there[2:]).any())
