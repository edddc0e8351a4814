"""Choosing settings without labels."""

from collections.abc import Callable
from itertools import combinations
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.metrics import adjusted_rand_score
from sklearn.utils import _safe_indexing
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import _num_samples

from skdeepcluster.training import random_source

__all__ = ["stability_score"]


def stability_score(
    estimator: Any,
    X: Any,
    y: Any = None,
    *,
    n_resamples: int = 5,
    share: float = 0.8,
    metric: Callable[[Any, Any], float] = adjusted_rand_score,
    n_jobs: int | None = None,
    random_state: Any = 0,
) -> float:
    """Agreement between clusterings from different resamples and different seeds.

    Clones are fitted to random subsets of the rows, each with a different seed, and
    predict the clusters of all rows; the score is the mean of ``metric`` over all pairs
    of clones. With a wrong number of clusters, the result differs each time. A coarser
    clustering that merges whole clusters may be equally stable: if the score is high
    for several numbers of clusters, prefer the largest.

    The signature is that of a scorer, so ``GridSearchCV(..., scoring=stability_score)``
    works. Candidates are then refitted to the rows of a test fold only; with
    ``cv=[(rows, rows)]`` and ``rows = np.arange(len(X))`` this is the whole table.

    Parameters
    ----------
    estimator : estimator
        With ``predict``; a Pipeline that ends with one works too. It is cloned,
        and need not be fitted.
    X : array-like of shape (n_samples, n_features)
    y : ignored
    n_resamples : int, default=5
        Number of clones that are fitted, at least 2.
    share : float, default=0.8
        Fraction of the rows to which each is fitted, in (0, 1]. With 1 only seeds
        differ.
    metric : callable (labels, labels) -> float, default=adjusted_rand_score
        It should be adjusted for chance, so that small numbers of clusters are not
        favoured.
    n_jobs : int or None, default=None
        Number of clones fitted in parallel.
    random_state : int, RandomState instance or None, default=0
        Determines subsets and seeds; with an int, all candidates get the same ones.
        None draws new ones.

    Returns
    -------
    score : float
        1 if all agree, about 0 if they agree no more than by chance.

    References
    ----------
    Ben-Hur, Elisseeff, Guyon, "A stability based method for discovering structure
    in clustered data", Pacific Symposium on Biocomputing 2002.

    Examples
    --------
    >>> from sklearn.cluster import KMeans
    >>> from sklearn.datasets import make_blobs
    >>> from skdeepcluster.model_selection import stability_score
    >>> X, _ = make_blobs(centers=3, cluster_std=.5, random_state=3)
    >>> bool(stability_score(KMeans(3, n_init=10), X)
    ...      > stability_score(KMeans(6, n_init=10), X))
    True
    """
    if not isinstance(n_resamples, Integral) or n_resamples < 2:
        raise ValueError(f"n_resamples={n_resamples!r} should be an int, at least 2.")
    if not callable(metric):
        raise TypeError(f"metric={metric!r} should be a callable (labels, labels).")
    if not 0 < share <= 1:
        raise ValueError(f"share={share} should be in (0, 1].")
    random_state = random_source(random_state)
    n_samples = _num_samples(X)
    n_kept = max(1, round(share * n_samples))
    draws = [
        (
            np.sort(random_state.choice(n_samples, n_kept, replace=False)),
            int(random_state.randint(np.iinfo(np.int32).max)),
        )
        for _ in range(n_resamples)
    ]
    labelings = Parallel(n_jobs=n_jobs)(
        delayed(_labels)(clone(estimator), X, rows, seed) for rows, seed in draws
    )
    return float(np.mean([metric(a, b) for a, b in combinations(labelings, 2)]))


def _labels(estimator: Any, X: Any, rows: np.ndarray, seed: int) -> np.ndarray:
    """Clusters of all rows from a clone fitted to some of them."""
    seeds = {
        name: seed
        for name in estimator.get_params()
        if name == "random_state" or name.endswith("__random_state")
    }
    estimator.set_params(**seeds).fit(_safe_indexing(X, rows))
    return np.asarray(estimator.predict(X))
