"""Distribution of the values of label features."""

from typing import Any

import numpy as np
from sklearn.preprocessing import normalize

from skdeepcluster.plotting.axes import prepare


class LabelFeatureDisplay:
    """Histogram of the values of label features, as in the paper of DAC.

    A label feature is the soft assignment of a row, normalised to unit length; a row
    that is assigned with certainty has only the values 0 and 1. To compare, draw a
    second display on the ``ax_`` of the first. Made by :meth:`from_estimator` or
    :meth:`from_predictions`.

    Parameters
    ----------
    features : ndarray of shape (n_samples, n_clusters)

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    counts_, edges_ : ndarray
        Number of values in each bin, and the edges of the bins.
    """

    def __init__(self, features: np.ndarray) -> None:
        self.features = features

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: Any, *, ax: Any = None, **kwargs: Any
    ) -> "LabelFeatureDisplay":
        """Draw the label features of rows under a fitted clusterer.

        Parameters
        ----------
        estimator : estimator
            With ``predict_proba``, typically :class:`~skdeepcluster.DAC`.
        X : array-like of shape (n_samples, n_features)
        ax : matplotlib Axes, optional
        **kwargs
            For ``Axes.hist``, such as ``label``.
        """
        return cls.from_predictions(estimator.predict_proba(X), ax=ax, **kwargs)

    @classmethod
    def from_predictions(
        cls, proba: Any, *, ax: Any = None, **kwargs: Any
    ) -> "LabelFeatureDisplay":
        """Draw the label features of given assignments.

        Parameters
        ----------
        proba : array-like of shape (n_samples, n_clusters)
        ax : matplotlib Axes, optional
        **kwargs
            For ``Axes.hist``, such as ``label``.
        """
        return cls(normalize(np.asarray(proba))).plot(ax=ax, **kwargs)

    def plot(self, *, ax: Any = None, **kwargs: Any) -> "LabelFeatureDisplay":
        """Draw on ``ax``.

        Parameters
        ----------
        ax : matplotlib Axes, optional
        **kwargs
            For ``Axes.hist``, such as ``label``.
        """
        ax = prepare(self, ax)
        style = {"bins": np.linspace(0, 1, 41), "alpha": 0.6}
        self.counts_, self.edges_, _ = ax.hist(
            self.features.ravel(), **(style | kwargs)
        )
        ax.set(xlabel="value of a label feature", ylabel="count", yscale="log")
        if "label" in kwargs:
            ax.legend(frameon=False)
        return self
