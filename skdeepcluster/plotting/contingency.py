"""Clusters against known classes."""

from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.metrics.cluster import contingency_matrix
from sklearn.utils import column_or_1d

from skdeepcluster.plotting.axes import prepare

#: Larger tables have colours without numbers.
_LARGEST_WITH_NUMBERS = 20


class ContingencyDisplay:
    """Number of rows of each class in each cluster, with matched clusters in order.

    The order is that of the matching used by the clustering accuracy, so that correct
    rows are on the diagonal; unmatched classes and clusters come last. Made by
    :meth:`from_estimator` or :meth:`from_predictions`.

    Parameters
    ----------
    table : ndarray of shape (n_classes, n_clusters)
        Counts.
    classes, clusters : sequence
        Names of its rows and columns.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    im_ : matplotlib AxesImage
    text_ : ndarray of shape (n_classes, n_clusters) of matplotlib Text, or None
    """

    def __init__(self, table: np.ndarray, classes: Any, clusters: Any) -> None:
        self.table = table
        self.classes = classes
        self.clusters = clusters

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: Any, y: Any, *, ax: Any = None, **kwargs: Any
    ) -> "ContingencyDisplay":
        """Compare the clusters of rows with their classes.

        Parameters
        ----------
        estimator : estimator
            With ``predict``.
        X : array-like of shape (n_samples, n_features)
        y : array-like of shape (n_samples,)
            Classes; numbers or strings.
        ax : matplotlib Axes, optional
        **kwargs
            For ``Axes.imshow``.
        """
        return cls.from_predictions(y, estimator.predict(X), ax=ax, **kwargs)

    @classmethod
    def from_predictions(
        cls, labels_true: Any, labels_pred: Any, *, ax: Any = None, **kwargs: Any
    ) -> "ContingencyDisplay":
        """Compare given labels.

        Parameters
        ----------
        labels_true, labels_pred : array-like of shape (n_samples,)
        ax : matplotlib Axes, optional
        **kwargs
            For ``Axes.imshow``.
        """
        labels_true, labels_pred = column_or_1d(labels_true), column_or_1d(labels_pred)
        table = contingency_matrix(labels_true, labels_pred)
        classes, matched = linear_sum_assignment(table, maximize=True)
        # The matched classes are already in order.
        rows, columns = (
            [*kept, *np.setdiff1d(np.arange(n), kept)]
            for kept, n in zip((classes, matched), table.shape, strict=True)
        )
        names = np.unique(labels_true)[rows], np.unique(labels_pred)[columns]
        return cls(table[np.ix_(rows, columns)], *names).plot(ax=ax, **kwargs)

    def plot(self, *, ax: Any = None, **kwargs: Any) -> "ContingencyDisplay":
        """Draw on ``ax``.

        Parameters
        ----------
        ax : matplotlib Axes, optional
        **kwargs
            For ``Axes.imshow``.
        """
        ax = prepare(self, ax)
        # Fractions of each class, so that rare classes are visible.
        shares = self.table / np.maximum(self.table.sum(1, keepdims=True), 1)
        style = {"cmap": "Blues", "vmin": 0, "vmax": 1, "aspect": "auto"}
        self.im_ = ax.imshow(shares, **(style | kwargs))
        self.text_ = None
        if max(self.table.shape) <= _LARGEST_WITH_NUMBERS:
            self.text_ = np.empty(self.table.shape, dtype=object)
            for place, count in np.ndenumerate(self.table):
                self.text_[place] = ax.text(
                    *place[::-1],
                    str(count) if count else "",
                    ha="center",
                    va="center",
                    fontsize=8,
                    color="white" if shares[place] > 0.5 else "black",
                )
        ax.set_xticks(range(len(self.clusters)), map(str, self.clusters))
        ax.set_yticks(range(len(self.classes)), map(str, self.classes))
        ax.set(xlabel="cluster", ylabel="class")
        return self
