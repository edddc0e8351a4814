"""Columns of which neighbours in the other columns tell something."""

import numpy as np
import torch
from torch import Tensor

from skdeepcluster.base.categories import column_groups, has_two_values

#: Distinct rows that are compared, at least and at most, and neighbours of each.
_FEWEST_ROWS = 50
_ROWS = 1000
_NEIGHBORS = 15

#: Searches for neighbours, each without some of the columns.
_SEARCHES = 64

#: Quantiles by which a column of numbers is cut into intervals.
_BINS = 8

#: Standard errors up to which agreement may be chance.
_ERRORS = 3.0

#: The same for the mean of numbers that would be left out: with many columns of which
#: each tells little, they tell much together.
_ERRORS_TOGETHER = 6.0

#: Bimodality coefficient above which a column has clusters of its own; the uniform
#: distribution has 5/9.
_BIMODAL = 0.58

#: Share of the variance below which columns mislead no one.
_SHARE = 0.001


def supported_columns(sample: np.ndarray) -> np.ndarray:
    """Columns that have something in common with others, or clusters of their own.

    A row's neighbours are found without the column in question, and each column, or
    category that is coded in several, counts alike in that search. If they agree with
    the row in this column no more than by chance, it is independent of the others:
    noise, to the neighbours of a row. A yes/no column of this kind cuts every cluster
    into two, because rows with the same answer are nearer.

    Parameters
    ----------
    sample : ndarray of shape (n_samples, n_features)

    Returns
    -------
    supported : ndarray of bool of shape (n_features,)
        True for all columns where the others hold next to no variance, where fewer than
        two have something in common, and where fewer than 50 rows are distinct; for all
        numbers unless half of them are noise, as a few do little harm, and one may tell
        a small cluster from the rest, and where those that would be left out agree with
        neighbours all together.
    """
    supported = np.ones(sample.shape[1], dtype=bool)
    if len(sample) > _ROWS:
        index = np.random.RandomState(0).choice(len(sample), _ROWS, replace=False)
        sample = sample[index]
    sample = np.asarray(sample, dtype=np.float64)
    variance = sample.var(0)
    # Copies of a row are neighbours that agree in every column.
    sample = np.unique(sample, axis=0)
    if len(sample) < _FEWEST_ROWS:
        return supported
    groups = column_groups(sample)
    errors = standard_errors_above_chance(sample, groups)
    if (errors > _ERRORS).sum() < 2:
        return supported
    plain = np.array([not _is_bimodal(sample[:, columns]) for columns in groups])
    left_out = (errors <= _ERRORS) & plain
    first = sample[:, [columns[0] for columns in groups]]
    numbers = np.array([not has_two_values(v) and np.ptp(v) > 0 for v in first.T])
    noise = errors[left_out & numbers]
    together = noise.sum() > _ERRORS_TOGETHER * np.sqrt(len(noise))
    if together or 2 * len(noise) < numbers.sum():
        left_out &= ~numbers
    for group in np.flatnonzero(left_out):
        supported[groups[group]] = False
    if variance[~supported].sum() < _SHARE * variance.sum():
        supported[:] = True
    return supported


def standard_errors_above_chance(
    sample: np.ndarray, groups: list[list[int]]
) -> np.ndarray:
    """How far rows agree with their neighbours in the other columns, in each group.

    The larger of two measures: the correlation between the row's value and those of
    its neighbours, and how often these fall into the same interval.

    Parameters
    ----------
    sample : ndarray of shape (n_samples, n_features)
    groups : list of list of int
        Columns that are judged, and left out of the search, together.

    Returns
    -------
    errors : ndarray of shape (n_groups,)
        In standard errors of what independent columns would have.
    """
    n_rows = len(sample)
    k = min(_NEIGHBORS, n_rows - 1)
    table = torch.from_numpy(sample - sample.mean(0))
    for columns in groups:  # each counts alike
        scale = table[:, columns].square().sum(1).mean().sqrt()
        table[:, columns] /= scale or 1.0
    distances = _squared_distances(table).fill_diagonal_(torch.inf)
    errors = np.zeros(len(groups))
    order = np.random.RandomState(0).permutation(len(groups))
    for left_out in np.array_split(order, min(_SEARCHES, len(groups))):
        own = table[:, [column for group in left_out for column in groups[group]]]
        nearest = (distances - _squared_distances(own)).topk(k, largest=False).indices
        for group in left_out:
            values = table[:, groups[group]]
            correlation = (values * values[nearest].mean(1)).sum(1).mean().item()
            codes = _intervals(sample[:, groups[group]])
            same = (codes[:, None] == codes[nearest.numpy()]).mean()
            chance = np.square(np.bincount(codes) / n_rows).sum()
            spread = np.sqrt(chance * (1 - chance))
            agreement = (same - chance) / spread if spread > 0 else 0.0
            # Pairs are n_rows * k, of which many are neighbours of each other.
            errors[group] = max(correlation, agreement) * np.sqrt(n_rows * k / 2)
    return errors


def _squared_distances(table: Tensor) -> Tensor:
    return torch.cdist(table, table).square()


def _intervals(values: np.ndarray) -> np.ndarray:
    """A code of each row: of its category, its value or the interval of its number."""
    codes = np.unique(values, axis=0, return_inverse=True)[1].ravel()
    if values.shape[1] > 1 or codes.max() < _BINS:
        return codes
    edges = np.quantile(values, np.arange(1, _BINS) / _BINS)
    return np.searchsorted(np.unique(edges), values[:, 0], side="right")


def _is_bimodal(values: np.ndarray) -> bool:
    """Whether a column of numbers has clusters of its own (Sarle's coefficient)."""
    column = values[:, 0]
    if values.shape[1] > 1 or has_two_values(column):
        return False
    column = np.clip(column, *np.quantile(column, [0.01, 0.99]))  # outliers
    deviation = column - column.mean()
    scale = np.sqrt(np.square(deviation).mean())
    if scale == 0:
        return False
    skewness, kurtosis = (((deviation / scale) ** power).mean() for power in (3, 4))
    return bool((skewness**2 + 1) / kurtosis > _BIMODAL)
