"""Accuracy of a clustering, and scorers that need no labels."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_array, issparse
from sklearn.impute import SimpleImputer
from sklearn.metrics import (
    calinski_harabasz_score,
    davies_bouldin_score,
    silhouette_score,
)
from sklearn.metrics.cluster import contingency_matrix
from sklearn.pipeline import Pipeline
from sklearn.utils import check_random_state, column_or_1d, resample
from sklearn.utils.validation import check_consistent_length

__all__ = [
    "calinski_harabasz_scorer",
    "clustering_accuracy_score",
    "davies_bouldin_scorer",
    "make_unsupervised_scorer",
    "silhouette_scorer",
]


def clustering_accuracy_score(
    labels_true: Any, labels_pred: Any, *, noise_label: Any = -1
) -> float:
    """Fraction of correct rows under the best matching of clusters to classes.

    Each cluster is matched to at most one class and each class to at most one
    cluster (Hungarian method), so their numbers may differ; rows of an unmatched
    cluster count as wrong.

    Parameters
    ----------
    labels_true : array-like of shape (n_samples,)
        Classes; numbers or strings.
    labels_pred : array-like of shape (n_samples,)
        Clusters; numbers or strings.
    noise_label : object, default=-1
        Rows with this predicted label belong to no cluster and count as wrong. None
        treats every label as a cluster.

    Returns
    -------
    accuracy : float
        Between 0 and 1, larger is better.

    Examples
    --------
    >>> from skdeepcluster.metrics import clustering_accuracy_score
    >>> clustering_accuracy_score(["a", "a", "b", "b"], [1, 1, 0, 1])
    0.75
    """
    labels_true, labels_pred = column_or_1d(labels_true), column_or_1d(labels_pred)
    check_consistent_length(labels_true, labels_pred)
    n_samples = len(labels_true)
    if n_samples == 0:
        raise ValueError("clustering_accuracy_score needs at least one row.")
    if noise_label is not None:
        # Element by element, because a string never equals the number -1.
        clustered = np.array([label != noise_label for label in labels_pred.tolist()])
        labels_true, labels_pred = labels_true[clustered], labels_pred[clustered]
    if len(labels_true) == 0:
        return 0.0
    table = contingency_matrix(labels_true, labels_pred)
    classes, clusters = linear_sum_assignment(table, maximize=True)
    return float(table[classes, clusters].sum() / n_samples)


@dataclass(frozen=True)
class UnsupervisedScorer:
    """Scorer ``(estimator, X, y=None)`` of a clustering with an internal metric.

    Made by :func:`make_unsupervised_scorer`; can be passed as ``scoring=`` to grid
    searches and to ``cross_val_score``, for a clusterer or for Pipelines and searches
    that end with one.
    """

    metric: Callable[..., float]
    sign: int
    worst: float
    space: str
    sample_size: int | None

    def __call__(self, estimator: Any, X: Any, y: Any = None) -> float:
        """Score the clustering of ``X``; larger is better, ``y`` is not used."""
        estimator, X = _unwrapped(estimator, X)
        labels = np.asarray(estimator.predict(X))
        points = estimator.transform(X) if self.space == "embedding" else X
        points = csr_array(points) if issparse(points) else np.asarray(points)
        values: Any = points.data if issparse(points) else points
        if values.dtype.kind == "f" and np.isnan(values).any():
            # The clusterer may take missing views; the metrics do not.
            points = SimpleImputer(keep_empty_features=True).fit_transform(points)
        if self.sample_size is not None and len(labels) > self.sample_size:
            # Always the same rows, so that the comparison of candidates is fair.
            points, labels = resample(
                points,
                labels,
                replace=False,
                n_samples=self.sample_size,
                random_state=check_random_state(0),
            )
        if not 2 <= len(np.unique(labels)) <= len(labels) - 1:
            return self.worst
        if issparse(points) and self.metric is not silhouette_score:
            points = points.toarray()  # the others take no sparse rows
        return float(self.sign * self.metric(points, labels))


def _unwrapped(estimator: Any, X: Any) -> tuple[Any, Any]:
    """The clusterer within Pipelines and searches, and the rows that reach it."""
    while True:
        if hasattr(estimator, "best_estimator_"):
            estimator = estimator.best_estimator_
        elif isinstance(estimator, Pipeline):
            for step in estimator[:-1]:
                X = step.transform(X) if hasattr(step, "transform") else X
            estimator = estimator[-1]
        else:
            return estimator, X


_METRICS: dict[str, tuple[Callable[..., float], int, float]] = {
    "silhouette": (silhouette_score, 1, -1.0),
    "calinski_harabasz": (calinski_harabasz_score, 1, 0.0),
    # Unbounded; finite, so that a mean over folds stays finite.
    "davies_bouldin": (davies_bouldin_score, -1, -float(np.finfo(np.float32).max)),
}


def make_unsupervised_scorer(
    metric: str, *, space: str = "input", sample_size: int | None = 5000
) -> UnsupervisedScorer:
    """Make a scorer that evaluates a fitted clusterer without labels.

    ``make_scorer(silhouette_score)`` of scikit-learn passes labels where the
    metric expects rows; this scorer passes the rows, transformed by the earlier steps
    of a Pipeline, and returns the worst value instead of an error if there are fewer
    than two clusters. Missing values, if the clusterer takes them, count as column
    means.

    Parameters
    ----------
    metric : {"silhouette", "calinski_harabasz", "davies_bouldin"}
        The sign of Davies-Bouldin is flipped, so that larger is better.
    space : {"input", "embedding"}, default="input"
        Where distances are measured: on the rows that the clusterer receives, or on
        its ``transform``. Embeddings of different models are not on the same scale and
        most objectives favour compact ones, so compare models in "input".
    sample_size : int or None, default=5000
        Larger tables are scored on this many rows, always the same ones, because the
        silhouette needs all pairs.

    Returns
    -------
    scorer : callable (estimator, X, y=None) -> float

    Examples
    --------
    >>> from sklearn.cluster import KMeans
    >>> from sklearn.datasets import make_blobs
    >>> from sklearn.model_selection import GridSearchCV
    >>> from skdeepcluster.metrics import make_unsupervised_scorer
    >>> X, _ = make_blobs(centers=3, random_state=0)
    >>> scoring = make_unsupervised_scorer("silhouette")
    >>> grid = GridSearchCV(KMeans(random_state=0), {"n_clusters": [2, 3, 8]},
    ...                     scoring=scoring).fit(X)
    >>> grid.best_params_
    {'n_clusters': 3}
    """
    if metric not in _METRICS:
        raise ValueError(f"metric={metric!r} should be one of {sorted(_METRICS)}.")
    if space not in ("input", "embedding"):
        raise ValueError(f"space={space!r} should be 'input' or 'embedding'.")
    return UnsupervisedScorer(*_METRICS[metric], space, sample_size)


silhouette_scorer = make_unsupervised_scorer("silhouette")
calinski_harabasz_scorer = make_unsupervised_scorer("calinski_harabasz")
davies_bouldin_scorer = make_unsupervised_scorer("davies_bouldin")
