"""Generators of synthetic tables: of several views, of modalities, of mixed columns."""

from numbers import Integral, Real
from typing import Any

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


def make_mixed_table(
    n_samples: int = 1000,
    *,
    n_clusters: int = 5,
    separation: float = 1.1,
    missing: float = 0.03,
    duplicates: float = 0.02,
    outliers: int = 1,
    random_state: int | np.random.RandomState | None = None,
) -> tuple[Any, np.ndarray]:
    """Generate a table of customers as a file might hold it, with planted segments.

    Twelve numbers of several scales, half of them skewed, four categories, one truth
    value and one date depend on the segment, each a little. Sizes of segments fall by
    two fifths from one to the next. The table also has what such tables have: an
    identifier, a constant column, holes, rows that occur twice, and an income with four
    zeros too many.

    Parameters
    ----------
    n_samples : int, default=1000
    n_clusters : int, default=5
        Number of segments, at most ``n_samples``.
    separation : float, default=1.1
        Standard deviation of the segments' centres in each number, where the rows of a
        segment have about 1 before they are brought to scale.
    missing : float, default=0.03
        Fraction of values, in [0, 1), that are missing, drawn at random. Segments,
        identifier and constant are complete.
    duplicates : float, default=0.02
        Fraction of rows, in [0, 1), that repeat another row.
    outliers : int, default=1
        Number of rows whose income is 10 000 times as large.
    random_state : int, RandomState instance or None, default=None

    Returns
    -------
    frame : DataFrame of shape (n_samples, 20)
    y : ndarray of shape (n_samples,)
        Segment of each row, the largest first.

    Raises
    ------
    ImportError
        If pandas is not installed.

    See Also
    --------
    skdeepcluster.compose.table_encoder : Makes numbers of such a table.

    Examples
    --------
    >>> from skdeepcluster.datasets import make_mixed_table
    >>> frame, y = make_mixed_table(random_state=0)
    >>> frame.shape
    (1000, 20)
    >>> frame[["region", "plan"]].nunique().to_dict()
    {'region': 4, 'plan': 3}
    """
    try:
        import pandas as pd
    except ImportError as error:
        raise ImportError("make_mixed_table needs pandas: pip install pandas.") from (
            error
        )
    _check_counts(n_samples=n_samples, n_clusters=n_clusters)
    check_scalar(outliers, "outliers", Integral, min_val=0, max_val=n_samples)
    _check_reals(separation=separation, missing=missing, duplicates=duplicates)
    for name, value in {"missing": missing, "duplicates": duplicates}.items():
        if value >= 1:
            raise ValueError(f"{name}={value!r} should be below 1.")
    if n_clusters > n_samples:
        raise ValueError(f"n_clusters={n_clusters} should be <= n_samples={n_samples}.")
    generator = random_source(random_state)
    y = generator.permutation(_falling_sizes(n_samples, n_clusters))
    columns = {
        "customer_id": np.array([f"C{number:06d}" for number in range(n_samples)]),
        "currency": np.full(n_samples, "EUR"),
        **_numbers(y, n_clusters, separation, generator),
        **_categories(y, n_clusters, generator),
    }
    days = generator.normal(1000, 300, n_clusters)[y] + generator.normal(0, 300, len(y))
    first = pd.Timestamp("2018-01-01")
    columns["joined"] = first + pd.to_timedelta(np.maximum(days, 0).round(), unit="D")
    frame = pd.DataFrame(columns)
    rows = generator.choice(n_samples, outliers, replace=False)
    frame.loc[rows, "income"] *= 10_000
    frame["newsletter"] = frame["newsletter"].astype(object)  # takes holes
    for name in frame.columns[2:]:
        frame.loc[generator.uniform(size=n_samples) < missing, name] = None
    copies = generator.permutation(n_samples)
    n_copies = round(duplicates * n_samples)
    kept = copies[n_copies:]
    rows = np.arange(n_samples)
    rows[copies[:n_copies]] = generator.choice(kept, n_copies)
    return frame.iloc[rows].reset_index(drop=True), y[rows]


#: Numbers of customers: unit, typical value, and whether they are skewed. The others
#: vary by a unit around it; of the skewed ones the logarithm does, by one half.
_NUMBERS = {
    "age": (12.0, 45.0, False),
    "income": (1.0, 38_000.0, True),
    "orders": (1.0, 8.0, True),
    "basket": (1.0, 55.0, True),
    "visits": (6.0, 30.0, False),
    "days_since_order": (1.0, 40.0, True),
    "share_returned": (0.05, 0.2, False),
    "discount": (3.0, 12.0, False),
    "minutes_online": (1.0, 90.0, True),
    "distance": (1.0, 7_500.0, True),
    "rating": (0.6, 3.5, False),
    "balance": (900.0, 250.0, False),
}

_WHOLE = ("age", "orders", "visits", "days_since_order")

_VALUES = {
    "region": ("north", "south", "east", "west"),
    "channel": ("shop", "web", "app", "phone", "partner"),
    "plan": ("basic", "plus", "premium"),
    "payment": ("card", "invoice", "transfer", "cash"),
    "newsletter": (False, True),
}


def _falling_sizes(n_samples: int, n_clusters: int) -> np.ndarray:
    """Labels, in order; each cluster has .6 times the rows of the one before."""
    weights = 0.6 ** np.arange(n_clusters)
    ends = np.cumsum(weights / weights.sum()) * (n_samples - n_clusters)
    ends = ends.round() + np.arange(1, n_clusters + 1)  # one row at least
    return np.searchsorted(ends, np.arange(n_samples), side="right")


def _numbers(
    y: np.ndarray, n_clusters: int, separation: float, generator: np.random.RandomState
) -> dict[str, np.ndarray]:
    columns = {}
    for name, (unit, typical, is_skewed) in _NUMBERS.items():
        centers = generator.normal(scale=separation, size=n_clusters)
        scores = centers[y] + generator.normal(size=len(y))
        values = typical * np.exp(scores / 2) if is_skewed else typical + unit * scores
        columns[name] = values.round() if name in _WHOLE else values
    return columns


def _categories(
    y: np.ndarray, n_clusters: int, generator: np.random.RandomState
) -> dict[str, np.ndarray]:
    columns = {}
    for name, values in _VALUES.items():
        chances = generator.dirichlet(np.full(len(values), 0.5), size=n_clusters)
        draws = generator.uniform(size=(len(y), 1)) > chances.cumsum(axis=1)[y]
        number = np.minimum(draws.sum(axis=1), len(values) - 1)
        columns[name] = np.array(values, dtype=object)[number]
    return columns


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
