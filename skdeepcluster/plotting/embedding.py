"""Rows in two dimensions, coloured by cluster."""

from typing import Any

import numpy as np
from sklearn.decomposition import PCA
from sklearn.utils import column_or_1d
from sklearn.utils.validation import check_consistent_length

from skdeepcluster.plotting.axes import cluster_colors, prepare
from skdeepcluster.training import random_source

#: More names do not fit next to the plot.
_LARGEST_LEGEND = 20


class EmbeddingDisplay:
    """Scatter plot of an embedding in two dimensions, one colour per cluster.

    Made by :meth:`from_estimator` or :meth:`from_predictions`.

    Parameters
    ----------
    points : ndarray of shape (n_samples, 2)
    labels : ndarray of shape (n_samples,)

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    scatters_ : dict of label to matplotlib PathCollection

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.preprocessing import scale
    >>> from skdeepcluster import IDEC
    >>> from skdeepcluster.plotting import EmbeddingDisplay
    >>> X = scale(load_iris().data)
    >>> idec = IDEC(3, hidden_layer_sizes=(16,), random_state=0).fit(X)
    >>> display = EmbeddingDisplay.from_estimator(idec, X)  # doctest: +SKIP
    """

    def __init__(self, points: np.ndarray, labels: np.ndarray) -> None:
        self.points = points
        self.labels = labels

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        *,
        labels: Any = None,
        reducer: Any = None,
        sample_size: int | None = 5000,
        random_state: Any = 0,
        ax: Any = None,
        **kwargs: Any,
    ) -> "EmbeddingDisplay":
        """Embed rows with a fitted estimator, or a Pipeline, and draw them.

        Parameters
        ----------
        estimator : estimator
            With ``transform``.
        X : array-like of shape (n_samples, n_features)
        labels : array-like of shape (n_samples,), optional
            Labels that determine the colours; None is ``estimator.predict(X)``.
        reducer : transformer, optional
            Maps the embedding to two dimensions; None is PCA. It is fitted here.
        sample_size : int or None, default=5000
            If there are more rows, a random sample of this size is drawn.
        random_state : int, RandomState instance or None, default=0
            Determines the sample.
        ax : matplotlib Axes, optional
        **kwargs
            For ``Axes.scatter``.
        """
        labels = estimator.predict(X) if labels is None else labels
        embedding = np.asarray(estimator.transform(X))
        return cls.from_predictions(
            embedding,
            labels,
            reducer=reducer,
            sample_size=sample_size,
            random_state=random_state,
            ax=ax,
            **kwargs,
        )

    @classmethod
    def from_predictions(
        cls,
        embedding: Any,
        labels: Any,
        *,
        reducer: Any = None,
        sample_size: int | None = 5000,
        random_state: Any = 0,
        ax: Any = None,
        **kwargs: Any,
    ) -> "EmbeddingDisplay":
        """Draw a given embedding.

        Parameters
        ----------
        embedding : array-like of shape (n_samples, n_components)
        labels : array-like of shape (n_samples,)
        reducer, sample_size, random_state, ax, **kwargs
            As in :meth:`from_estimator`.
        """
        points, labels = np.asarray(embedding), column_or_1d(labels)
        check_consistent_length(points, labels)
        if sample_size is not None and len(points) > sample_size:
            source = random_source(random_state)
            kept = np.sort(source.choice(len(points), sample_size, replace=False))
            points, labels = points[kept], labels[kept]
        if reducer is not None:
            points = reducer.fit_transform(points)
        elif points.shape[1] == 1:
            points = np.hstack([points, np.zeros_like(points)])
        elif points.shape[1] > 2 and len(points) > 1:
            # Exact, and so without random numbers.
            points = PCA(2, svd_solver="full").fit_transform(points)
        return cls(np.asarray(points)[:, :2], labels).plot(ax=ax, **kwargs)

    def plot(self, *, ax: Any = None, **kwargs: Any) -> "EmbeddingDisplay":
        """Draw on ``ax``.

        Parameters
        ----------
        ax : matplotlib Axes, optional
        **kwargs
            For ``Axes.scatter``.
        """
        ax = prepare(self, ax)
        names = np.unique(self.labels)
        colors = cluster_colors(len(names))
        if names.dtype.kind in "iu" and names.min() >= 0:
            # A cluster has the same colour in every plot.
            colors = cluster_colors(int(names.max()) + 1)[names]
        size = float(np.clip(8000 / len(self.points), 3, 25))
        style = {"s": size, "linewidths": 0} | kwargs
        self.scatters_ = {}
        for name, color in zip(names, colors, strict=True):
            members = self.points[self.labels == name]
            self.scatters_[name] = ax.scatter(*members.T, **({"color": color} | style))
        if len(names) <= _LARGEST_LEGEND:
            place = {"loc": "center left", "bbox_to_anchor": (1, 0.5)}
            legend = ax.legend(
                list(self.scatters_.values()),
                [str(name) for name in names],
                title="cluster",
                frameon=False,
                fontsize=8,
                **place,
            )
            for handle in legend.legend_handles:
                handle.set_sizes([25])
        ax.set(xticks=[], yticks=[])
        return self
