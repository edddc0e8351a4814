"""What each cluster is, in the columns of the table as it was given."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import issparse
from sklearn.pipeline import Pipeline
from sklearn.utils import column_or_1d
from sklearn.utils.validation import check_consistent_length

from skdeepcluster.compose.columns import kind_of_values, names_rows
from skdeepcluster.compose.values import as_days, as_numbers
from skdeepcluster.training import warnings_once

__all__ = ["cluster_profile"]

#: Quantiles between which numbers are compared, so that a few extreme rows do not hide
#: what distinguishes the others.
_QUANTILES = 0.01, 0.99

#: Sparse rows that are made dense at a time.
_DENSE_ROWS = 1000


@warnings_once()  # of labels, embedding and confidence, one is enough
def cluster_profile(
    estimator: Any,
    X: Any,
    *,
    labels: Any = None,
    n_typical: int = 3,
    n_distinguishing: int = 5,
    max_categories: int = 10,
) -> Any:
    """Describe the clusters of a table, in the columns that the table has.

    The table is what the estimator takes: with a Pipeline, the raw frame, whose columns
    are described as they are, categories, dates and holes included.

    Parameters
    ----------
    estimator : estimator
        A fitted clusterer with ``predict``, such as those of this package and
        :class:`~sklearn.cluster.KMeans`, or a Pipeline that ends with one. None if
        ``labels`` are given.
    X : array-like of shape (n_samples, n_features)
        Frame, array or sparse matrix.
    labels : array-like of shape (n_samples,), optional
        Cluster of each row; None is ``estimator.predict(X)``.
    n_typical : int, default=3
        Number of typical rows of each cluster.
    n_distinguishing : int, default=5
        Number of distinguishing columns of each cluster.
    max_categories : int, default=10
        Most frequent categories of a column that are described. Of text whose values
        are mostly different (identifiers, remarks), none is.

    Returns
    -------
    profile : DataFrame of shape (n_clusters + 1, n_values)
        One row per cluster, and ``"all"`` for all rows, so that a cluster is read in
        ``profile.loc[2]`` and compared with the others column by column. The columns
        have two levels, so that ``profile["mean"]`` and ``profile["difference"]`` are
        frames of one kind of number, ready for ``.T``, ``.style`` or a plot.

        ``"cluster"``
            ``size`` and ``share`` of the rows; mean ``confidence`` (the largest
            ``predict_proba``), if the estimator has it; ``distinguishing``, the columns
            with the largest differences, the largest first; and ``typical``, the index
            of the rows nearest to the mean of the cluster, for ``X.loc`` (numbers of
            rows if X is no frame): in the embedding of estimators of this package, in
            standard scores of the columns for others.
        ``"mean"``
            Mean of each number and date without its holes. For each category, named
            ``column=value``, the share of rows that have it; for columns with holes,
            named ``column is missing``, the share of these.
        ``"difference"``
            Mean of the cluster less that of all rows, in standard deviations of all
            rows. Numbers are clipped at their 1 % and 99 % quantiles for this.

    Raises
    ------
    ImportError
        If pandas is not installed.

    See Also
    --------
    skdeepcluster.plotting.ProfileDisplay : Draws the differences.

    Examples
    --------
    >>> from sklearn.cluster import KMeans
    >>> from sklearn.pipeline import make_pipeline
    >>> from skdeepcluster.compose import table_encoder
    >>> from skdeepcluster.datasets import make_mixed_table
    >>> from skdeepcluster.profile import cluster_profile
    >>> frame, _ = make_mixed_table(200, n_clusters=3, random_state=0)
    >>> pipe = make_pipeline(table_encoder(), KMeans(3, n_init=10, random_state=0))
    >>> profile = cluster_profile(pipe.fit(frame), frame)
    >>> list(profile.index)
    [0, 1, 2, 'all']
    >>> list(profile["mean"].filter(like="region"))[:2]
    ['region=north', 'region=west']
    """
    try:
        import pandas as pd
    except ImportError as error:
        raise ImportError("cluster_profile needs pandas: pip install pandas.") from (
            error
        )
    if labels is None:
        labels = estimator.predict(X)
    labels = column_or_1d(np.asarray(labels))
    frame = _as_frame(X, estimator)
    check_consistent_length(frame, labels)
    names, numbers = np.unique(labels, return_inverse=True)
    means, differences = {}, {}
    for feature in _features(frame, max_categories):
        means[feature.name] = feature.shown(_means(feature.values, numbers))
        differences[feature.name] = _differences(feature, numbers)
    size = np.append(np.bincount(numbers), len(labels))
    cluster: dict[str, Any] = {"size": size, "share": size / len(labels)}
    if hasattr(estimator, "predict_proba"):
        cluster["confidence"] = _means(_confidence(estimator, X), numbers)
    table = np.array([*differences.values()]).T.reshape(len(names) + 1, -1)
    cluster["distinguishing"] = _largest(table, [*differences], n_distinguishing)
    if _embeds(estimator):
        points = np.asarray(estimator.transform(X), dtype=float)
    else:
        points = _standard_scores([f.values for f in _features(frame, max_categories)])
    typical = _typical(points, numbers, n_typical)
    cluster["typical"] = [tuple(frame.index[rows].tolist()) for rows in typical]
    blocks = {"cluster": cluster, "mean": means, "difference": differences}
    index = pd.Index([*names.tolist(), "all"], name="cluster")
    return pd.concat(
        {kind: pd.DataFrame(block, index=index) for kind, block in blocks.items()},
        axis=1,
    )


# -- the values that are averaged ------------------------------------------------------


class _Feature(NamedTuple):
    """Values of a column, or whether it has one of them, as floats with NaN."""

    name: str
    values: np.ndarray
    kind: str

    def shown(self, means: np.ndarray) -> Any:
        """Means in the unit of the column."""
        if self.kind != "date":
            return means
        return np.datetime64(0, "s") + (means * 86_400e3).astype("timedelta64[ms]")


def _features(frame: Any, max_categories: int) -> Iterator[_Feature]:
    for place, name in enumerate(frame.columns):
        column = frame.iloc[:, [place]]
        kind = kind_of_values(column.iloc[:, 0])
        if kind == "category":
            texts = column.iloc[:, 0].astype(object)
            counts = texts.value_counts()
            n_shown = 0 if names_rows(texts) else max_categories
            for value in counts.index[:n_shown]:
                has = (texts == value).fillna(False).to_numpy(dtype=float)
                yield _Feature(f"{name}={value}", has, "share")
        else:
            read = as_days if kind == "date" else as_numbers
            is_span = column.iloc[:, 0].dtype.kind == "m"
            values = read(column).to_numpy()[:, 0]
            yield _Feature(str(name), values, "number" if is_span else kind)
        missing = column.isna().to_numpy(dtype=float)[:, 0]
        if missing.any():
            yield _Feature(f"{name} is missing", missing, "share")


def _means(values: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """Means of each cluster, and of all rows, without holes."""
    there = ~np.isnan(values)
    n_clusters = numbers.max() + 1
    weights = values[there]
    sums = np.bincount(numbers[there], weights, n_clusters)
    counts = np.bincount(numbers[there], minlength=n_clusters)
    with np.errstate(invalid="ignore"):  # a cluster may have holes only
        return np.append(sums, sums.sum()) / np.append(counts, counts.sum())


def _differences(feature: _Feature, numbers: np.ndarray) -> np.ndarray:
    values = feature.values
    there = values[~np.isnan(values)]
    if feature.kind != "share" and len(there):
        low, high = np.quantile(there, _QUANTILES)
        if low < high:  # else hardly any value differs from the others
            values = np.clip(values, low, high)
            there = np.clip(there, low, high)
    means = _means(values, numbers)
    spread = there.std() if len(there) else 0.0
    return np.nan_to_num((means - means[-1]) / (spread or 1.0))


# -- the rest --------------------------------------------------------------------------


def _largest(
    differences: np.ndarray, names: list[str], n: int
) -> list[tuple[str, ...]]:
    """Names of the largest differences of each cluster; none for all rows."""
    orders = np.argsort(-np.abs(differences[:-1]), axis=1, kind="stable")[:, :n]
    return [*(tuple(names[i] for i in order) for order in orders), ()]


def _embeds(estimator: Any) -> bool:
    """Whether ``transform`` gives points; that of k-means gives distances."""
    estimator = getattr(estimator, "best_estimator_", estimator)  # of a search
    last = estimator[-1] if isinstance(estimator, Pipeline) else estimator
    return hasattr(last, "module_")


def _standard_scores(columns: list[np.ndarray]) -> np.ndarray:
    """Rows as points, for estimators that do not embed them; holes are at zero."""
    scores = [np.zeros_like(values) for values in columns]
    for score, values in zip(scores, columns, strict=True):
        there = ~np.isnan(values)
        if there.any():
            clipped = np.clip(values[there], *np.quantile(values[there], _QUANTILES))
            score[there] = (clipped - clipped.mean()) / (clipped.std() or 1.0)
    return np.stack(scores, axis=1)


def _typical(points: np.ndarray, numbers: np.ndarray, n: int) -> list[np.ndarray]:
    """The rows nearest to the mean of each cluster, and of all rows."""
    groups = [np.flatnonzero(numbers == c) for c in range(numbers.max() + 1)]
    nearest = []
    for rows in [*groups, np.arange(len(points))]:
        distances = np.linalg.norm(points[rows] - points[rows].mean(axis=0), axis=1)
        nearest.append(rows[np.argsort(distances, kind="stable")[:n]])
    return nearest


def _confidence(estimator: Any, X: Any) -> np.ndarray:
    """The largest membership of each row; a Pipeline may have made rows sparse."""
    if isinstance(estimator, Pipeline) and len(estimator) > 1:
        X, estimator = estimator[:-1].transform(X), estimator[-1]
    if not issparse(X):
        return np.asarray(estimator.predict_proba(X), float).max(axis=1)
    starts = range(0, X.shape[0], _DENSE_ROWS)
    pieces = (X[start : start + _DENSE_ROWS].toarray() for start in starts)
    return np.concatenate([_confidence(estimator, piece) for piece in pieces])


def _as_frame(X: Any, estimator: Any) -> Any:
    import pandas as pd

    if isinstance(X, pd.DataFrame):
        return X
    if hasattr(X, "get_columns"):  # polars
        return pd.DataFrame({name: X[name].to_list() for name in X.columns})
    array = np.asarray(X.toarray() if hasattr(X, "toarray") else X)
    names = getattr(estimator, "feature_names_in_", ())
    if len(names) != array.shape[1]:
        names = [f"x{i}" for i in range(array.shape[1])]
    return pd.DataFrame(array, columns=names)
