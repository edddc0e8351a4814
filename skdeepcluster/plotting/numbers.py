"""Criteria by number of clusters."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from skdeepcluster.model_selection import ClusterNumbers, choose_n_clusters
from skdeepcluster.plotting.axes import prepare


class ClusterNumbersDisplay:
    """Stability, silhouette and score by number of clusters, and the chosen number.

    Stability and silhouette are drawn as they are, the score between 0 and 1 from its
    smallest to its largest value. Made by :meth:`from_estimator`, or of what
    :func:`~skdeepcluster.model_selection.choose_n_clusters` returns.

    Parameters
    ----------
    numbers : ClusterNumbers

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    lines_ : dict of str to matplotlib Line2D
        One for each criterion.

    Examples
    --------
    >>> from sklearn.cluster import KMeans
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.preprocessing import scale
    >>> from skdeepcluster.model_selection import choose_n_clusters
    >>> from skdeepcluster.plotting import ClusterNumbersDisplay
    >>> numbers = choose_n_clusters(KMeans(), scale(load_wine().data), range(2, 6))
    >>> display = ClusterNumbersDisplay(numbers).plot()  # doctest: +SKIP
    """

    def __init__(self, numbers: ClusterNumbers) -> None:
        self.numbers = numbers

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        n_clusters: Iterable[int],
        *,
        n_jobs: int | None = None,
        random_state: Any = 0,
        ax: Any = None,
        **kwargs: Any,
    ) -> "ClusterNumbersDisplay":
        """Fit clones with each number of clusters, and draw the criteria.

        Parameters
        ----------
        estimator : estimator
            With ``predict``; it is cloned.
        X : array-like of shape (n_samples, n_features)
        n_clusters : iterable of int
            The numbers to try.
        n_jobs, random_state
            As in :func:`~skdeepcluster.model_selection.choose_n_clusters`.
        ax : matplotlib Axes, optional
        **kwargs
            For ``Axes.plot``.
        """
        numbers = choose_n_clusters(
            estimator, X, n_clusters, n_jobs=n_jobs, random_state=random_state
        )
        return cls(numbers).plot(ax=ax, **kwargs)

    def plot(self, *, ax: Any = None, **kwargs: Any) -> "ClusterNumbersDisplay":
        """Draw on ``ax``.

        Parameters
        ----------
        ax : matplotlib Axes, optional
        **kwargs
            For ``Axes.plot``.
        """
        ax = prepare(self, ax)
        numbers = self.numbers
        curves = {"stability": numbers.stability, "silhouette": numbers.silhouette}
        if np.isfinite(numbers.score).all():
            span = np.ptp(numbers.score) or 1.0
            curves["score (rescaled)"] = (numbers.score - numbers.score.min()) / span
        self.lines_ = {}
        for name, values in curves.items():
            faint = {"alpha": 0.5} if name.startswith("score") else {}
            style = {"marker": "o", "label": name} | faint
            (self.lines_[name],) = ax.plot(
                numbers.n_clusters, values, **(style | kwargs)
            )
        best = numbers.best_n_clusters
        ax.axvline(best, color="0.6", linestyle=":", label=f"chosen: {best}")
        ax.set(xlabel="n_clusters", xticks=numbers.n_clusters)
        ax.legend(frameon=False, fontsize=8)
        return self
