"""Hints as users give them: checked, and as groups of rows."""

from typing import Any, NoReturn

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components


def checked_labels(labels: Any, n_rows: int, n_clusters: int | None) -> np.ndarray:
    """Labels as integers, -1 where nothing is known."""
    if labels is None:
        return np.full(n_rows, -1)
    labels = _integers(labels, "partial_labels", "Mark rows of unknown cluster by -1.")
    if labels.shape != (n_rows,):
        raise ValueError(
            f"partial_labels has shape {labels.shape}; expected (n_samples,) = "
            f"({n_rows},): the cluster of each row of X, and -1 where it is not known."
        )
    most = (n_rows if n_clusters is None else n_clusters) - 1
    wrong = np.flatnonzero((labels < -1) | (labels > most))
    if len(wrong):
        raise ValueError(
            f"partial_labels of row {wrong[0]} is {labels[wrong[0]]}; expected a "
            f"cluster from 0 to {most}, or -1 where it is not known. LabelEncoder "
            "numbers other labels."
        )
    return labels


def checked_links(links: Any, name: str, n_rows: int) -> np.ndarray:
    """Pairs of positions; none where nothing is given."""
    links = [] if links is None else links
    links = _integers(links, name, "Links are pairs of positions of rows.")
    if links.size == 0:
        return np.empty((0, 2), int)
    if links.ndim != 2 or links.shape[1] != 2:
        raise ValueError(
            f"{name} has shape {links.shape}; expected (n_pairs, 2): the positions in "
            "X of the two rows of each pair."
        )
    wrong = np.flatnonzero(((links < 0) | (links >= n_rows)).any(1))
    if len(wrong):
        raise ValueError(
            f"{name}[{wrong[0]}] is {links[wrong[0]].tolist()}, but X has rows 0 to "
            f"{n_rows - 1}. Links are positions in the X of this call, not labels of "
            "an index."
        )
    return links


def _integers(values: Any, name: str, advice: str) -> np.ndarray:
    try:
        array = np.asarray(values)
    except ValueError:
        raise ValueError(
            f"{name} should hold integers, got lists of different lengths. {advice}"
        ) from None
    if array.size == 0:
        return np.empty(array.shape, np.int64)
    if array.dtype.kind == "f" and np.isfinite(array).all():
        whole = array.astype(np.int64)
        array = whole if (whole == array).all() else array
    if array.dtype.kind not in "iu":
        raise ValueError(
            f"{name} should hold integers, got values of dtype {array.dtype}. {advice}"
        )
    return array.astype(np.int64)


def components(n_rows: int, links: np.ndarray) -> np.ndarray:
    """Number of the group of each row that links make, directly or through others."""
    ones = np.ones(len(links), bool)
    matrix = coo_array((ones, (links[:, 0], links[:, 1])), shape=(n_rows, n_rows))
    return connected_components(matrix, directed=False)[1].astype(np.int64)


def spread(labels: np.ndarray, linked: np.ndarray) -> np.ndarray:
    """Labels of groups of linked rows, from those of single rows."""
    rows = np.flatnonzero(labels >= 0)
    of_group = np.full(linked.max() + 1, -1)
    of_group[linked[rows]] = labels[rows]
    odd = rows[of_group[linked[rows]] != labels[rows]]
    if len(odd):
        same = rows[(linked[rows] == linked[odd[0]])]
        other = same[labels[same] != labels[odd[0]]][0]
        _contradiction(
            odd[0],
            other,
            f"must_link joins them, perhaps through others, and partial_labels are "
            f"{labels[min(odd[0], other)]} and {labels[max(odd[0], other)]}",
        )
    return of_group[linked]


def check_apart(apart: np.ndarray, groups: np.ndarray, labels: np.ndarray) -> None:
    """Raise if two rows that are apart are in one group."""
    wrong = apart[groups[apart[:, 0]] == groups[apart[:, 1]]]
    if len(wrong):
        i, j = wrong[0]
        reason = "must_link joins them, perhaps through others"
        if i == j:
            reason = "they are one row"
        elif labels[i] >= 0:
            reason = f"both have the label {labels[i]}, perhaps through must_link"
        _contradiction(i, j, f"cannot_link says that they are apart, and {reason}")


def _contradiction(i: int, j: int, reason: str) -> NoReturn:
    first, second = sorted((int(i), int(j)))
    raise ValueError(
        f"Hints on rows {first} and {second} contradict each other: {reason}. Remove "
        "one of them."
    )
