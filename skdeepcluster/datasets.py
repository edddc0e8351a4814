"""Generators of synthetic tables with several views or modalities."""

from numbers import Integral, Real

import numpy as np
from sklearn.utils.validation import check_scalar

from skdeepcluster.training import random_source
from skdeepcluster.views import resolve_views, stack_views

_POSITIVE = {"target_type": Integral, "min_val": 1}


def make_multiview_blobs(
    n_samples: int = 500,
    n_features: int = 5,
    *,
    n_clusters: int = 3,
    n_views: int = 2,
    n_noise_views: int = 0,
    cluster_std: float = 1.0,
    missing: float = 0.0,
    random_state: int | np.random.RandomState | None = None,
) -> tuple[np.ndarray, np.ndarray, list[int]]:
    """Generate blobs that no single view can separate.

    In each view, two of the clusters share a centre, and different ones in the next
    view, so that all clusters are separated only by the views together (with at least
    three clusters and two views).

    Parameters
    ----------
    n_samples : int, default=500
    n_features : int, default=5
        Columns of each view.
    n_clusters : int, default=3
        Of equal size, up to one row.
    n_views : int, default=2
        Views with clusters.
    n_noise_views : int, default=0
        Further views, after the others, that contain only noise.
    cluster_std : float, default=1.0
        Standard deviation of a cluster; centres are in a box of side 20.
    missing : float, default=0.0
        Fraction of rows, in [0, 1], that lack one view, drawn at random; its values
        are NaN.
    random_state : int, RandomState instance or None, default=None

    Returns
    -------
    X : ndarray of shape (n_samples, (n_views + n_noise_views) * n_features)
    y : ndarray of shape (n_samples,)
        Cluster of each row.
    views : list of int
        Width of each view, for the parameter ``views`` of an estimator.

    Examples
    --------
    >>> from skdeepcluster.datasets import make_multiview_blobs
    >>> X, y, views = make_multiview_blobs(n_noise_views=1, random_state=0)
    >>> X.shape, views
    ((500, 15), [5, 5, 5])
    """
    _check_counts(
        n_samples=n_samples,
        n_features=n_features,
        n_clusters=n_clusters,
        n_views=n_views,
    )
    check_scalar(n_noise_views, "n_noise_views", Integral, min_val=0)
    _check_reals(cluster_std=cluster_std)
    _check_reals(missing=missing)
    if missing > 1:
        raise ValueError(f"missing={missing!r} should be at most 1.")
    if missing and n_views + n_noise_views == 1:
        raise ValueError("With a single view, no row can lack it: missing should be 0.")
    generator = random_source(random_state)
    y = generator.permutation(np.arange(n_samples) % n_clusters)
    tables = []
    for view in range(n_views + n_noise_views):
        table = generator.normal(scale=cluster_std, size=(n_samples, n_features))
        if view < n_views:
            centers = generator.uniform(-10, 10, size=(n_clusters, n_features))
            if n_views > 1 and n_clusters > 2:
                centers[view % n_clusters] = centers[(view + 1) % n_clusters]
            table += centers[y]
        tables.append(table)
    X, views = stack_views(tables)
    incomplete = generator.choice(n_samples, round(missing * n_samples), replace=False)
    lost = generator.randint(len(views), size=len(incomplete))
    for row, view in zip(incomplete, lost, strict=True):
        X[row, view * n_features : (view + 1) * n_features] = np.nan
    return X, y, views


def make_mixed_modal(
    n_samples: int = 500,
    n_features: int = 6,
    *,
    n_clusters: int = 4,
    n_views: int = 2,
    cluster_std: float = 1.0,
    paired: float = 0.0,
    random_state: int | np.random.RandomState | None = None,
) -> tuple[np.ndarray, np.ndarray, list[int]]:
    """Generate blobs whose rows are each observed in one of several modalities.

    All modalities show the same blobs, some wide and some narrow, each in different
    coordinates: rotated, shifted and slightly bent. The relative positions of the
    clusters are about the same in all modalities, which makes an alignment without
    pairs possible; with few clusters they may be nearly symmetric, and then clusters
    cannot be matched.

    Parameters
    ----------
    n_samples : int, default=500
    n_features : int, default=6
        Columns of each modality.
    n_clusters : int, default=4
        Of equal size, up to one row.
    n_views : int, default=2
        Modalities.
    cluster_std : float, default=1.0
        Mean standard deviation of a cluster; centres are in a box of side 20.
    paired : float, default=0.0
        Fraction of rows, in [0, 1], that are observed in all modalities.
    random_state : int, RandomState instance or None, default=None

    Returns
    -------
    X : ndarray of shape (n_samples, n_views * n_features)
        NaN in the columns of the modalities that a row lacks.
    y : ndarray of shape (n_samples,)
        Cluster of each row.
    views : list of int
        Width of each modality, for the parameter ``views`` of an estimator.

    Examples
    --------
    >>> from skdeepcluster.datasets import make_mixed_modal
    >>> X, y, views = make_mixed_modal(random_state=0)
    >>> X.shape, views
    ((500, 12), [6, 6])
    """
    _check_counts(
        n_samples=n_samples,
        n_features=n_features,
        n_clusters=n_clusters,
        n_views=n_views,
    )
    _check_reals(cluster_std=cluster_std)
    _check_reals(paired=paired)
    if paired > 1:
        raise ValueError(f"paired={paired!r} should be at most 1.")
    generator = random_source(random_state)
    y = generator.permutation(np.arange(n_samples) % n_clusters)
    centers = generator.uniform(-10, 10, size=(n_clusters, n_features))
    spreads = generator.uniform(0.5, 1.5, size=n_clusters) * cluster_std
    noise = generator.normal(size=(n_samples, n_features))
    table = centers[y] + spreads[y, None] * noise
    tables = []
    for _ in range(n_views):
        rotation, _ = np.linalg.qr(generator.normal(size=(n_features, n_features)))
        bent = 20 * np.tanh(table @ rotation / 20)
        tables.append(bent + generator.uniform(-10, 10, size=n_features))
    X, views = stack_views(tables)
    incomplete = generator.permutation(n_samples)[round(paired * n_samples) :]
    seen = generator.randint(n_views, size=n_samples)
    for view, columns in enumerate(resolve_views(views, X.shape[1]).values()):
        without = incomplete[seen[incomplete] != view]
        X[without[:, None], columns] = np.nan
    return X, y, views


def _check_counts(**counts: int) -> None:
    for name, value in counts.items():
        if isinstance(value, bool):
            raise TypeError(f"{name}={value!r} should be an integer.")
        check_scalar(value, name, **_POSITIVE)


def _check_reals(**values: float) -> None:
    for name, value in values.items():
        check_scalar(value, name, Real, min_val=0)
        if not np.isfinite(value):
            raise ValueError(f"{name}={value!r} should be finite.")
