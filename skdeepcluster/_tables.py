"""Tables that scikit-learn would refuse with words about something else."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from scipy.sparse import issparse

#: Dates convert to numbers, but nobody means these numbers.
_NUMBERS, _DATES = "biuf", "mM"

#: Rows that are looked at together.
_ROWS = 2048


def check_table(X: Any) -> None:
    """Raise where ``X`` is several tables, or a frame with columns of text.

    Raises
    ------
    TypeError
        If it is a dict or a list of tables.
    ValueError
        If columns of a frame hold no numbers; it names them.
    """
    if issparse(X):  # one kind is a dict; scikit-learn has words for all
        return
    several = isinstance(X, Mapping) or (
        isinstance(X, list | tuple) and any(hasattr(table, "columns") for table in X)
    )
    if several:
        raise TypeError(
            f"X is a {type(X).__name__} of tables, where one table is expected: "
            "skdeepcluster.views.stack_views puts tables of the same rows side by "
            "side, stack_modalities those of different rows below one another."
        )
    wrong = [repr(name) for name, column in _columns(X) if not _holds_numbers(column)]
    if wrong:
        shown = ", ".join(wrong[:5]) + (", ..." if wrong[5:] else "")
        raise ValueError(
            f"Columns {shown} of X hold no numbers: drop them, or encode them, for "
            "example by a ColumnTransformer with a OneHotEncoder."
        )


def _columns(X: Any) -> Iterator[tuple[Any, Any]]:
    """Names and columns of a frame of pandas or polars; of others nothing."""
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
    """Raise where a table that may hold NaN holds infinities.

    scikit-learn asks each value of the whole table at once; of a memory map that
    takes a quarter of its size.
    """
    if X.dtype.kind != "f":
        return
    for start in range(0, len(X), _ROWS):
        if np.isinf(X[start : start + _ROWS]).any():
            raise ValueError(
                f"Input X contains infinity or a value too large for {X.dtype!r}."
            )
