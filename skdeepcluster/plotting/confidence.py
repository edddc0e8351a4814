"""Confidence of a clusterer in its assignments."""

from typing import Any

import numpy as np

from skdeepcluster.plotting.axes import cluster_colors, prepare


class ConfidenceDisplay:
    """Distribution of the soft assignments of each cluster's rows to that cluster.

    Boxes extend from quartile to quartile, whiskers to the 5th and 95th percentile. A
    low box means that rows are assigned to the cluster with little confidence. Made by
    :meth:`from_estimator` or :meth:`from_predictions`.

    Parameters
    ----------
    confidence : ndarray of shape (n_samples,)
        Largest assignment of each row.
    labels : ndarray of shape (n_samples,)
        The cluster of each row.
    n_clusters : int

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    boxes_ : dict of int to matplotlib Patch
        One per cluster that has rows.
    """

    def __init__(
        self, confidence: np.ndarray, labels: np.ndarray, n_clusters: int
    ) -> None:
        self.confidence = confidence
        self.labels = labels
        self.n_clusters = n_clusters

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: Any, *, ax: Any = None, **kwargs: Any
    ) -> "ConfidenceDisplay":
        """Draw the confidence of a fitted clusterer, or a Pipeline, on given rows.

        Parameters
        ----------
        estimator : estimator
            With ``predict_proba``.
        X : array-like of shape (n_samples, n_features)
        ax : matplotlib Axes, optional
        **kwargs
            For ``Axes.boxplot``.
        """
        return cls.from_predictions(estimator.predict_proba(X), ax=ax, **kwargs)

    @classmethod
    def from_predictions(
        cls, proba: Any, *, ax: Any = None, **kwargs: Any
    ) -> "ConfidenceDisplay":
        """Draw given assignments.

        Parameters
        ----------
        proba : array-like of shape (n_samples, n_clusters)
        ax : matplotlib Axes, optional
        **kwargs
            For ``Axes.boxplot``.
        """
        proba = np.asarray(proba)
        display = cls(proba.max(1), proba.argmax(1), proba.shape[1])
        return display.plot(ax=ax, **kwargs)

    def plot(self, *, ax: Any = None, **kwargs: Any) -> "ConfidenceDisplay":
        """Draw on ``ax``.

        Parameters
        ----------
        ax : matplotlib Axes, optional
        **kwargs
            For ``Axes.boxplot``.
        """
        ax = prepare(self, ax)
        clusters = [int(c) for c in np.unique(self.labels)]
        rows = [self.confidence[self.labels == c] for c in clusters]
        style: dict[str, Any] = {
            "whis": (5, 95),
            "showfliers": False,
            "patch_artist": True,
            "widths": 0.7,
            "medianprops": {"color": "black"},
        }
        drawn = ax.boxplot(rows, positions=clusters, **(style | kwargs))
        self.boxes_ = dict(zip(clusters, drawn["boxes"], strict=True))
        colors = cluster_colors(self.n_clusters)
        for cluster, box in self.boxes_.items():
            if hasattr(box, "set_facecolor"):
                box.set_facecolor(colors[cluster])
        counts = np.bincount(self.labels, minlength=self.n_clusters)
        names = [f"{c}\n({n})" for c, n in enumerate(counts)]
        ax.set_xticks(range(self.n_clusters), names, fontsize=8)
        ax.set(
            xlim=(-0.7, self.n_clusters - 0.3),
            ylim=(0, 1.03),
            xlabel="cluster (rows)",
            ylabel="probability of the assigned cluster",
        )
        # The value at which all clusters are equally likely.
        ax.axhline(1 / self.n_clusters, color="0.6", linestyle=":", linewidth=1)
        return self
