"""Initial clusters, and re-seeding of empty clusters."""

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from torch import Tensor

from skdeepcluster.networks import CenteredNetwork
from skdeepcluster.training.hints import Hints
from skdeepcluster.training.processes import on_first
from skdeepcluster.training.rows import Rows
from skdeepcluster.training.sources import CHUNK_SIZE, dense

#: k-means restarts, as published for DEC.
_KMEANS_RESTARTS = 20

#: With more rows than this, centres are estimated on a sample of this size.
_MOST_KMEANS_ROWS = 100_000

#: Class that torch's cross-entropy ignores.
_IGNORED_CLASS = -100

#: Rows that k-means is fitted on if it only gives initial labels.
_KMEANS_ROWS = 10_000


def check_clusterer(init: Any, n_clusters: int) -> None:
    """Raise unless a clusterer given as ``init`` can find ``n_clusters``."""
    if isinstance(init, type):
        raise TypeError(f"init should be an instance: {init.__name__}(...).")
    n_found = getattr(init, "n_clusters", None)
    if n_found is not None and n_found != n_clusters:
        raise ValueError(
            f"init={init!r} finds {n_found} clusters, but n_clusters={n_clusters}; "
            "make them equal."
        )


def initial_centers(
    init: Any,
    z: Tensor,
    n_clusters: int,
    random_state: np.random.RandomState,
    hints: Hints | None = None,
) -> np.ndarray:
    """Initial centres in the embedding ``z``, as specified by ``init``.

    Parameters
    ----------
    init : "k-means++", clusterer, or array of shape (n_clusters, n_components)
    z : Tensor of shape (n_samples, n_components)
    hints : Hints, optional
        k-means starts at the means of labelled rows, if every cluster has any (Basu et
        al., "Semi-supervised clustering by seeding", 2002).

    Returns
    -------
    centers : ndarray of shape (n_clusters, n_components), float32
    """
    if not isinstance(init, str) and not hasattr(init, "fit_predict"):
        return np.asarray(init, dtype=np.float32)
    points = z.cpu().numpy()
    if isinstance(init, str):
        seeds = None
        if hints is not None:
            seeds = hints.means(z[hints.rows].cpu().numpy(), n_clusters)
        return _kmeans_centers(points, n_clusters, random_state, seeds)
    labels = _found_labels(init, points, n_clusters, random_state)
    centers = [points[labels == label].mean(axis=0) for label in range(n_clusters)]
    return np.stack(centers).astype(np.float32)


def initial_labels(
    init: Any,
    rows: Rows,
    n_clusters: int,
    random_state: np.random.RandomState,
    hints: Hints | None = None,
) -> Tensor:
    """Initial clusters of the input rows, as specified by ``init``.

    k-means is fitted on a sample if the table is large.

    Parameters
    ----------
    init : "k-means++" or clusterer
    rows : Rows
    hints : Hints, optional
        Labels that are known, in place of those that are found; see also
        :func:`initial_centers`.

    Returns
    -------
    labels : Tensor of shape (n_samples,)
        -100, which torch's cross-entropy ignores, for noise.
    """
    if isinstance(init, str):
        labels = _kmeans_labels(rows, n_clusters, random_state, hints)
    else:
        labels = _clusterer_labels(init, rows, n_clusters, random_state)
    return labels if hints is None else hints.correct(labels, n_clusters)


def _clusterer_labels(
    init: Any, rows: Rows, n_clusters: int, random_state: np.random.RandomState
) -> Tensor:
    table = rows.table()  # KMeans(copy_x=False) would write into the caller's
    table = table if rows.is_sparse else dense(table)
    stored: Any = table.data if rows.is_sparse else table
    table = table.copy() if stored.flags.writeable else table
    labels = _found_labels(init, table, n_clusters, random_state)
    labels = np.where(labels < 0, _IGNORED_CLASS, labels)
    return torch.from_numpy(labels).to(rows.device)


def _kmeans_labels(
    rows: Rows,
    n_clusters: int,
    random_state: np.random.RandomState,
    hints: Hints | None,
) -> Tensor:
    # Squares of very small or large numbers are no float32 numbers. By a power of two,
    # so that others lose no digits.
    unit = math.ldexp(1.0, math.frexp(rows.root_mean_square(rows.mean()))[1])
    sample = rows.sample(_KMEANS_ROWS, random_state) / unit
    seeds = None
    if hints is not None:
        seeds = hints.means((rows.take(hints.rows) / unit).cpu().numpy(), n_clusters)
    centers = _kmeans_centers(sample.cpu().numpy(), n_clusters, random_state, seeds)
    points = torch.from_numpy(centers).to(rows.device)
    origin = points.mean(0)  # far from zero, float32 has too few digits for distances
    points = points - origin
    return rows.map(lambda x: torch.cdist(x / unit - origin, points).argmin(1))


def _kmeans_centers(
    points: np.ndarray,
    n_clusters: int,
    random_state: np.random.RandomState,
    seeds: np.ndarray | None = None,
) -> np.ndarray:
    if len(points) > _MOST_KMEANS_ROWS:
        kept = random_state.choice(len(points), _MOST_KMEANS_ROWS, replace=False)
        points = points[np.sort(kept)]
    kmeans = KMeans(
        n_clusters,
        init="k-means++" if seeds is None else seeds,
        n_init=_KMEANS_RESTARTS if seeds is None else 1,
        random_state=random_state.randint(np.iinfo(np.int32).max),
    )
    fitted = on_first(quietly, kmeans.fit, points)
    return fitted.cluster_centers_.astype(np.float32)


def quietly(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call without scikit-learn's warnings of convergence.

    If rows have fewer distinct values than there are clusters, k-means says so at each
    of its fits; the estimator says once that clusters are empty.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return function(*args, **kwargs)


def _found_labels(
    init: Any,
    points: Any,
    n_clusters: int,
    random_state: np.random.RandomState,
) -> np.ndarray:
    """Labels 0 to n_clusters - 1 from a clusterer, negative for noise."""
    n_rows = points.shape[0]
    try:
        labels = np.asarray(_seeded_clone(init, random_state).fit_predict(points))
    except (ValueError, TypeError) as error:
        raise ValueError(
            f"init={init!r} failed on {n_rows} rows: {error}. Change its "
            "parameters, or take init='k-means++'."
        ) from error
    if labels.shape != (n_rows,):
        raise ValueError(
            f"init={init!r} gave labels of shape {labels.shape} for {n_rows} rows."
        )
    values = [label for label in np.unique(labels) if label != -1]
    if not values:
        raise ValueError(
            f"init={init!r} found no cluster: all rows are noise to it. Change its "
            "parameters (HDBSCAN: a smaller min_cluster_size), or take "
            "init='k-means++'."
        )
    if len(values) != n_clusters:
        raise ValueError(
            f"init={init!r} found {len(values)} clusters (noise not counted), but "
            f"n_clusters={n_clusters}. Set its number of clusters to n_clusters, or "
            "n_clusters to the number it finds; rows may have too few distinct values."
        )
    return np.where(labels == -1, -1, np.searchsorted(values, labels))


def _seeded_clone(clusterer: Any, random_state: np.random.RandomState) -> Any:
    clusterer = clone(clusterer)
    unset = [
        name
        for name, value in clusterer.get_params().items()
        if name.split("__")[-1] == "random_state" and value is None
    ]
    seeds = random_state.randint(np.iinfo(np.int32).max, size=len(unset))
    return clusterer.set_params(**dict(zip(unset, seeds.tolist(), strict=True)))


def reseed_empty_clusters(network: CenteredNetwork, z: Tensor) -> Tensor:
    """Move each empty cluster to the row farthest from its nearest centre.

    Parameters
    ----------
    network : CenteredNetwork
    z : Tensor of shape (n_samples, n_components)

    Returns
    -------
    q : Tensor of shape (n_samples, n_clusters)
        Assignments afterwards; a cluster may still be empty if there are fewer
        distinct embeddings than clusters.
    """
    q = _in_pieces(network.assign_embedding, z)
    n_clusters = q.shape[1]
    for _ in range(n_clusters):
        sizes = torch.bincount(q.argmax(1), minlength=n_clusters)
        empty = torch.nonzero(sizes == 0).flatten().tolist()
        if not empty:
            break
        worst = _in_pieces(network.distance_to_center, z).argmax()
        network.move_cluster(empty[0], z[worst])
        q = _in_pieces(network.assign_embedding, z)
    return q


def _in_pieces(function: Callable[[Tensor], Tensor], z: Tensor) -> Tensor:
    """Apply a row-wise function in chunks, so that distances fit into memory."""
    result: Tensor | None = None
    with torch.no_grad():
        for start in range(0, len(z), CHUNK_SIZE):
            piece = function(z[start : start + CHUNK_SIZE])
            if result is None:  # filled in place: a list of pieces takes it all twice
                result = piece.new_empty(len(z), *piece.shape[1:])
            result[start : start + len(piece)] = piece
    assert result is not None, "a table has at least one row"
    return result
