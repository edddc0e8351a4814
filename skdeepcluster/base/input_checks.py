"""Input checks beyond scikit-learn's, and checks with clearer messages."""

import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from scipy.sparse import issparse

#: Dates convert to numbers, but these are never meant as features.
_NUMBERS, _DATES = "biuf", "mM"

#: Number of distinct float32 values that the range of a column should contain.
_FEWEST_STEPS = 256

#: Rows that are checked at a time.
_ROWS = 2048


def check_table(X: Any) -> None:
    """Raise if ``X`` is several tables, or a frame with columns of text.

    Raises
    ------
    TypeError
        If it is a dict or a list of tables.
    ValueError
        If columns of a frame are not numeric; the message names them.
    """
    if issparse(X):  # some are dicts; scikit-learn reports all of them
        return
    several = isinstance(X, Mapping) or (
        isinstance(X, list | tuple) and any(hasattr(table, "columns") for table in X)
    )
    if several:
        raise TypeError(
            f"X is a {type(X).__name__} of tables, but one table is expected: "
            "skdeepcluster.views.stack_views puts tables of the same rows side by "
            "side, stack_modalities puts tables of different rows below each other."
        )
    wrong = [repr(name) for name, column in _columns(X) if not _holds_numbers(column)]
    if wrong:
        shown = ", ".join(wrong[:5]) + (", ..." if wrong[5:] else "")
        raise ValueError(
            f"Columns {shown} of X are not numeric: drop them, or encode them, for "
            "example with a OneHotEncoder in a ColumnTransformer."
        )


def _columns(X: Any) -> Iterator[tuple[Any, Any]]:
    """Names and columns of a pandas or polars frame; empty for anything else."""
    if not hasattr(X, "columns"):
        return
    if hasattr(X, "items"):
        yield from X.items()
    elif hasattr(X, "get_columns"):
        yield from ((column.name, column) for column in X.get_columns())


def _holds_numbers(column: Any) -> bool:
    kind = getattr(column.dtype, "kind", "O")
    if kind in _NUMBERS or kind in _DATES:
        return kind in _NUMBERS
    if getattr(column.dtype, "is_temporal", bool)():
        return False
    try:
        np.asarray(column, dtype=np.float64)
    except (ValueError, TypeError):
        return False
    return True


def check_no_infinity(X: np.ndarray) -> None:
    """Raise if a table that may contain NaN contains infinities.

    scikit-learn checks the whole table at once, which for a memory map allocates
    a quarter of its size.
    """
    if X.dtype.kind != "f":
        return
    for start in range(0, len(X), _ROWS):
        if np.isinf(X[start : start + _ROWS]).any():
            raise ValueError(
                f"Input X contains infinity or a value too large for {X.dtype!r}."
            )


def check_no_overflow(result: torch.Tensor) -> None:
    """Raise if a row of a network's result is not finite, naming the row."""
    # Checking a sum takes a fifth of the time of checking each value.
    if not result.sum().isfinite():
        broken = ~result.isfinite().all(1)
        if broken.any():
            raise ValueError(
                f"Row {int(broken.nonzero()[0])} of X contains values too large for "
                "float32 arithmetic."
            )


def warn_of_lost_digits(X: np.ndarray) -> None:
    """Warn if columns are so far from zero that float32 cannot distinguish rows."""
    if (X.dtype.kind != "f" and X.dtype.itemsize < 4) or X.dtype == np.float32:
        return
    low, high = np.fmin.reduce(X, axis=0), np.fmax.reduce(X, axis=0)
    with np.errstate(over="ignore", invalid="ignore"):
        farthest = np.maximum(np.abs(low), np.abs(high)).astype(np.float32)
        lost = np.spacing(farthest) * _FEWEST_STEPS > high - low
    columns = np.flatnonzero(lost & (high > low)).tolist()
    if columns:
        shown = ", ".join(map(str, columns[:5])) + (", ..." if columns[5:] else "")
        warnings.warn(
            f"Columns {shown} of X are so far from zero that most of their digits are "
            "lost in float32. Subtract their mean first (StandardScaler).",
            UserWarning,
            stacklevel=2,
        )
