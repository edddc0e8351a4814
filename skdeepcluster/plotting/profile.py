"""What distinguishes each cluster."""

from typing import Any

import numpy as np

from skdeepcluster.plotting.axes import prepare
from skdeepcluster.profile import cluster_profile

#: Colours end at this difference, in standard deviations.
_LIMIT = 1.5


class ProfileDisplay:
    """Heat map of the columns that distinguish the clusters.

    Colours are the differences between a cluster and all rows in standard deviations,
    numbers are the means of the cluster in the unit of the column, or shares. Columns
    are in the order of the cluster that they distinguish most. Made by
    :meth:`from_estimator` or :meth:`from_predictions`.

    Parameters
    ----------
    profile : DataFrame
        Made by :func:`skdeepcluster.profile.cluster_profile`.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    im_ : matplotlib AxesImage
    text_ : ndarray of shape (n_columns, n_clusters) of matplotlib Text
    columns_ : list of str
        The columns that are drawn.

    Examples
    --------
    >>> from sklearn.cluster import KMeans
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skdeepcluster.plotting import ProfileDisplay
    >>> X, _ = load_wine(return_X_y=True, as_frame=True)
    >>> pipe = make_pipeline(StandardScaler(), KMeans(3, random_state=0)).fit(X)
    >>> display = ProfileDisplay.from_estimator(pipe, X)  # doctest: +SKIP
    """

    def __init__(self, profile: Any) -> None:
        self.profile = profile

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        *,
        n_columns: int = 20,
        ax: Any = None,
        **kwargs: Any,
    ) -> "ProfileDisplay":
        """Draw the clusters of rows under a fitted clusterer, or a Pipeline.

        Parameters
        ----------
        estimator : estimator
            With ``predict``.
        X : array-like of shape (n_samples, n_features)
            What the estimator takes, typically a frame.
        n_columns : int, default=20
            Columns to draw: those with the largest difference in any cluster.
        ax : matplotlib Axes, optional
        **kwargs
            For ``Axes.imshow``.
        """
        profile = cluster_profile(estimator, X)
        return cls(profile).plot(n_columns=n_columns, ax=ax, **kwargs)

    @classmethod
    def from_predictions(
        cls, X: Any, labels: Any, *, n_columns: int = 20, ax: Any = None, **kwargs: Any
    ) -> "ProfileDisplay":
        """Draw given clusters.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        labels : array-like of shape (n_samples,)
        n_columns, ax, **kwargs
            As in :meth:`from_estimator`.
        """
        profile = cluster_profile(None, X, labels=labels)
        return cls(profile).plot(n_columns=n_columns, ax=ax, **kwargs)

    def plot(
        self, *, n_columns: int = 20, ax: Any = None, **kwargs: Any
    ) -> "ProfileDisplay":
        """Draw on ``ax``.

        Parameters
        ----------
        n_columns : int, default=20
        ax : matplotlib Axes, optional
        **kwargs
            For ``Axes.imshow``.
        """
        ax = prepare(self, ax)
        clusters = self.profile.drop(index="all")
        difference = clusters["difference"].T
        size = difference.abs().to_numpy()
        kept = np.sort(np.argsort(-size.max(axis=1), kind="stable")[:n_columns])
        order = kept[np.lexsort((-size.max(axis=1)[kept], size.argmax(axis=1)[kept]))]
        difference = difference.iloc[order]
        self.columns_ = [*difference.index]
        style = {"cmap": "RdBu_r", "vmin": -_LIMIT, "vmax": _LIMIT, "aspect": "auto"}
        self.im_ = ax.imshow(difference.to_numpy(), **(style | kwargs))
        self.text_ = np.empty(difference.shape, dtype=object)
        for row, name in enumerate(self.columns_):
            means = [*clusters["mean"].iloc[:, order[row]]]
            is_share = "=" in name or name.endswith(" is missing")
            for column, mean in enumerate(means):
                strong = abs(difference.iloc[row, column]) > 0.7 * _LIMIT
                self.text_[row, column] = ax.text(
                    column,
                    row,
                    _short(mean, is_share),
                    ha="center",
                    va="center",
                    fontsize=8,
                    color="white" if strong else "black",
                )
        shares = clusters["cluster"]["share"]
        names = [f"{name}\n{share:.0%}" for name, share in shares.items()]
        ax.set_xticks(range(len(names)), names)
        ax.set_yticks(range(len(self.columns_)), self.columns_)
        ax.set(xlabel="cluster (share of rows)")
        ax.figure.colorbar(self.im_, ax=ax, label="difference (standard deviations)")
        return self


def _short(mean: Any, is_share: bool) -> str:
    if hasattr(mean, "strftime"):
        return mean.strftime("%Y-%m-%d") if mean == mean else ""
    if np.isnan(mean):
        return ""
    if is_share:
        return f"{mean:.0%}"
    return f"{mean:.0f}" if abs(mean) >= 1000 else f"{mean:.3g}"
