"""Choosing settings without labels."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import combinations, product
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.metrics import adjusted_rand_score
from sklearn.utils import _safe_indexing
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import _num_samples

from skdeepcluster.metrics import silhouette_scorer
from skdeepcluster.training import random_source

__all__ = ["ClusterNumbers", "choose_n_clusters", "stability_score"]


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
    if not callable(metric):
        raise TypeError(f"metric={metric!r} should be a callable (labels, labels).")
    draws = _draws(X, n_resamples, share, random_state)
    labelings = Parallel(n_jobs=n_jobs)(
        delayed(_labels)(clone(estimator), X, rows, seed) for rows, seed in draws
    )
    return _agreement(labelings, metric)


@dataclass(frozen=True)
class ClusterNumbers:
    """Criteria by number of clusters, and the number to choose.

    Made by :func:`choose_n_clusters`.

    Attributes
    ----------
    n_clusters : ndarray of int of shape (n_candidates,)
        The numbers that were tried, in increasing order.
    stability : ndarray of shape (n_candidates,)
        As :func:`stability_score`: agreement of clusterings of different rows.
    silhouette : ndarray of shape (n_candidates,)
        Mean of :func:`~skdeepcluster.metrics.silhouette_scorer` over the clones.
    score : ndarray of shape (n_candidates,)
        Mean of the estimator's own ``score``, NaN if it has none. That of most
        estimators increases with the number of clusters by itself.
    best_n_clusters : int
        The largest number whose stability is within ``tolerance`` of the largest.
    best_params : dict
        It, for ``estimator.set_params``.
    """

    n_clusters: np.ndarray
    stability: np.ndarray
    silhouette: np.ndarray
    score: np.ndarray
    best_n_clusters: int
    best_params: dict[str, int]

    def to_frame(self) -> Any:
        """One row per number, with columns stability, silhouette, score, chosen.

        Returns
        -------
        frame : DataFrame
            Its index is ``n_clusters``. It needs pandas.
        """
        from pandas import DataFrame, Index

        columns = {
            "stability": self.stability,
            "silhouette": self.silhouette,
            "score": self.score,
            "chosen": self.n_clusters == self.best_n_clusters,
        }
        return DataFrame(columns, index=Index(self.n_clusters, name="n_clusters"))


def choose_n_clusters(
    estimator: Any,
    X: Any,
    n_clusters: Iterable[int],
    *,
    param_name: str | None = None,
    n_resamples: int = 5,
    share: float = 0.8,
    tolerance: float = 0.05,
    n_jobs: int | None = None,
    random_state: Any = 0,
) -> ClusterNumbers:
    """Compare numbers of clusters without labels: stability, silhouette, score.

    For each number, clones are fitted to random subsets of the rows, the same for all
    numbers; all criteria are measured on all rows. Chosen is the largest number whose
    stability is close to the best: more clusters than there are come out differently
    each time, but fewer may be stable too, where whole clusters are merged. The three
    criteria often disagree, and small clusters are hard to count; look at them side by
    side (``to_frame``, :class:`~skdeepcluster.plotting.ClusterNumbersDisplay`).

    Parameters
    ----------
    estimator : estimator
        With ``predict``; a Pipeline that ends with one works too. It is cloned.
    X : array-like of shape (n_samples, n_features)
    n_clusters : iterable of int
        The numbers to try, each at least 2, such as ``range(2, 11)``.
    param_name : str, optional
        The parameter that holds the number; None finds ``n_clusters`` or
        ``n_components`` (of mixtures), in the last step of a Pipeline.
    n_resamples : int, default=5
        Number of clones that are fitted for each number, at least 2.
    share : float, default=0.8
        Fraction of the rows to which each is fitted, in (0, 1].
    tolerance : float, default=0.05
        How much less stable than the best a number may be.
    n_jobs : int or None, default=None
        Number of clones fitted in parallel.
    random_state : int, RandomState instance or None, default=0
        Determines subsets and seeds.

    Returns
    -------
    numbers : ClusterNumbers

    Raises
    ------
    ValueError
        If there is nothing to try, or the estimator has no such parameter.

    See Also
    --------
    stability_score : The stability of one estimator, as a scorer.
    skdeepcluster.NeighborClustering : Finds the number itself (``n_clusters=None``).

    Examples
    --------
    >>> from sklearn.cluster import KMeans
    >>> from sklearn.datasets import make_blobs
    >>> from skdeepcluster.model_selection import choose_n_clusters
    >>> X, _ = make_blobs(centers=[[9, 0, 0], [0, 9, 0], [0, 0, 9]], random_state=1)
    >>> kmeans = KMeans(n_init=10)
    >>> numbers = choose_n_clusters(kmeans, X, range(2, 6))
    >>> numbers.best_params
    {'n_clusters': 3}
    >>> labels = kmeans.set_params(**numbers.best_params).fit_predict(X)
    """
    candidates = sorted(set(n_clusters))
    if not candidates:
        raise ValueError("n_clusters is empty: there is no number to try.")
    if not isinstance(candidates[0], Integral) or candidates[0] < 2:
        raise ValueError(
            f"n_clusters should hold integers from 2 on, got {candidates[0]!r}."
        )
    if not tolerance >= 0:
        raise ValueError(f"tolerance={tolerance!r} should be at least 0.")
    if param_name is None:
        param_name = _number_parameter(estimator)
    draws = _draws(X, n_resamples, share, random_state)
    results = Parallel(n_jobs=n_jobs)(
        delayed(_criteria)(
            clone(estimator).set_params(**{param_name: number}), X, rows, seed
        )
        for number, (rows, seed) in product(candidates, draws)
    )
    groups = [results[i : i + len(draws)] for i in range(0, len(results), len(draws))]
    stability = np.array(
        [_agreement([r[0] for r in g], adjusted_rand_score) for g in groups]
    )
    silhouette, score = np.array([[r[1:] for r in g] for g in groups]).mean(axis=1).T
    close = np.flatnonzero(stability >= stability.max() - tolerance)
    best = int(candidates[close.max()])
    return ClusterNumbers(
        np.array(candidates), stability, silhouette, score, best, {param_name: best}
    )


# -- clones of resamples ---------------------------------------------------------------


def _draws(
    X: Any, n_resamples: int, share: float, random_state: Any
) -> list[tuple[np.ndarray, int]]:
    """Rows and seed of each clone."""
    if not isinstance(n_resamples, Integral) or n_resamples < 2:
        raise ValueError(f"n_resamples={n_resamples!r} should be an int, at least 2.")
    if not 0 < share <= 1:
        raise ValueError(f"share={share} should be in (0, 1].")
    random_state = random_source(random_state)
    n_samples = _num_samples(X)
    n_kept = max(1, round(share * n_samples))
    return [
        (
            np.sort(random_state.choice(n_samples, n_kept, replace=False)),
            int(random_state.randint(np.iinfo(np.int32).max)),
        )
        for _ in range(n_resamples)
    ]


def _agreement(
    labelings: list[np.ndarray], metric: Callable[[Any, Any], float]
) -> float:
    return float(np.mean([metric(a, b) for a, b in combinations(labelings, 2)]))


def _number_parameter(estimator: Any) -> str:
    """The parameter of the last step that holds the number of clusters."""
    name, last = "", estimator
    while hasattr(last, "steps"):
        step, last = last.steps[-1]
        name += f"{step}__"
    for parameter in ("n_clusters", "n_components"):
        if parameter in last.get_params(deep=False):
            return name + parameter
    raise ValueError(
        f"{type(last).__name__} has no parameter n_clusters: give the name of the "
        "parameter that holds the number of clusters as param_name."
    )


def _criteria(
    estimator: Any, X: Any, rows: np.ndarray, seed: int
) -> tuple[np.ndarray, float, float]:
    """Clusters, silhouette and score of all rows, from a clone fitted to some."""
    labels = _labels(estimator, X, rows, seed)
    score = estimator.score(X) if hasattr(estimator, "score") else np.nan
    return labels, silhouette_scorer(estimator, X), float(score)


def _labels(estimator: Any, X: Any, rows: np.ndarray, seed: int) -> np.ndarray:
    """Clusters of all rows from a clone fitted to some of them."""
    seeds = {
        name: seed
        for name in estimator.get_params()
        if name == "random_state" or name.endswith("__random_state")
    }
    estimator.set_params(**seeds).fit(_safe_indexing(X, rows))
    return np.asarray(estimator.predict(X))
