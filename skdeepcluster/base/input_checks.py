"""Input checks beyond scikit-learn's, and checks with clearer messages."""

import warnings
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from scipy.sparse import issparse
from sklearn import get_config

from skdeepcluster.training import Source, blocks

#: Dates convert to numbers, but these are never meant as features.
_NUMBERS, _DATES, _TEXT = "biuf", "mM", "SUT"
_FROM_DATES = (
    " Dates become numbers by (dates - dates.min()) / numpy.timedelta64(1, 'D'), spans "
    "by spans / numpy.timedelta64(1, 'D')."
)

#: Number of distinct float32 values that the range of a column should contain.
_FEWEST_STEPS = 256


def check_table(X: Any) -> None:
    """Raise if ``X`` is several tables, or not made of numbers.

    Raises
    ------
    TypeError
        If it is a dict or a list of tables, an AnnData, or a Dataset of Hugging Face.
    ValueError
        If values are text, dates or records, or if names of columns occur twice; the
        message names the columns.
    """
    if issparse(X):  # some are dicts; scikit-learn reports all of them
        return
    if hasattr(X, "obsm") and hasattr(X, "X"):
        raise TypeError(
            f"X is an {type(X).__name__}, which holds several tables: pass one of "
            "them, such as adata.X, adata.layers[name] or adata.obsm[name]."
        )
    if hasattr(X, "column_names") and hasattr(X, "to_parquet"):
        raise TypeError(
            "X is a Dataset of Hugging Face, whose rows are dicts: pass X.to_pandas(), "
            "or, where it is large, X.to_parquet('folder/0.parquet') and "
            "pyarrow.dataset.dataset('folder')."
        )
    if isinstance(X, Mapping | list | tuple):
        _check_single(X)
    elif isinstance(X, np.ndarray):
        _check_dtype(X)
    columns = list(_columns(X))
    wrong = [(name, column) for name, column in columns if not _holds_numbers(column)]
    if wrong:
        dates = any(_holds_dates(column) for _, column in wrong)
        raise ValueError(
            f"Columns {_shown([name for name, _ in wrong])} of X are not numeric: drop "
            "them, or make numbers of them, for example with skdeepcluster.compose."
            "table_encoder() as the first step of a Pipeline."
            f"{_FROM_DATES if dates else ''}"
        )
    counts = Counter(name for name, _ in columns)
    twice = [name for name, count in counts.items() if count > 1]
    if twice:
        raise ValueError(
            f"X has several columns called {_shown(twice)}: rename them, or keep the "
            "first of each (X.loc[:, ~X.columns.duplicated()])."
        )


def _check_single(X: Any) -> None:
    """Raise if a dict or a sequence consists of tables."""
    frames = isinstance(X, Mapping) or any(hasattr(table, "columns") for table in X)
    arrays = not frames and any(getattr(table, "ndim", 0) > 1 for table in X)
    if frames or arrays:
        images = " For images pass numpy.stack(X).reshape(len(X), -1)."
        raise TypeError(
            f"X is a {type(X).__name__} of tables, but one table is expected: "
            "skdeepcluster.views.stack_views puts tables of the same rows side by "
            "side, stack_modalities puts tables of different rows below each other."
            f"{images if arrays else ''}"
        )


def _check_dtype(X: np.ndarray) -> None:
    """Raise if an array holds text, dates or records."""
    if X.dtype.names:
        raise ValueError(
            f"X is an array of records with the fields {_shown(X.dtype.names)}. Pass "
            "numpy.lib.recfunctions.structured_to_unstructured(X)."
        )
    if X.dtype.kind in _DATES:
        raise ValueError(f"X holds dates or spans of time.{_FROM_DATES}")
    if X.dtype.kind in _TEXT or (X.dtype == object and _has_text(X)):
        raise ValueError(
            "X holds text, but numbers are expected: pass numpy.asarray(X, "
            "dtype=float) if it is digits; encode categories, for example with a "
            "OneHotEncoder in a ColumnTransformer."
        )


def _has_text(X: np.ndarray) -> bool:
    """Whether an array of objects has text that is no number."""
    try:
        X.astype(np.float64)
    except ValueError:
        return True
    except TypeError:  # scikit-learn reports other objects
        return False
    return False


def rows_of_list(X: Any) -> Any:
    """Lists of rows as an array, with NaN for None; anything else as it is.

    Raises
    ------
    ValueError
        If rows differ in length.
    """
    if not isinstance(X, list | tuple):
        return X
    try:
        array = np.asarray(X)
    except ValueError:
        lengths = [len(row) if hasattr(row, "__len__") else 1 for row in X]
        odd = next((i for i, n in enumerate(lengths) if n != lengths[0]), None)
        if odd is None:  # something else is wrong with the rows
            raise
        raise ValueError(
            f"Rows of X have different numbers of values: row 0 has {lengths[0]}, row "
            f"{odd} has {lengths[odd]}. Fill the missing ones with None."
        ) from None
    _check_dtype(array)
    if array.dtype != object:
        return array
    missing = np.frompyfunc(lambda v: v is None or type(v).__name__ == "NAType", 1, 1)
    array[missing(array).astype(bool)] = np.nan
    return array


def _columns(X: Any) -> Iterator[tuple[Any, Any]]:
    """Names and columns of a pandas or polars frame; empty for anything else."""
    if not hasattr(X, "columns"):
        return
    if hasattr(X, "items"):
        yield from X.items()
    elif hasattr(X, "get_columns"):
        yield from ((column.name, column) for column in X.get_columns())


def _holds_dates(column: Any) -> bool:
    return getattr(column.dtype, "kind", "O") in _DATES


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


def check_finite(X: Any, names: Sequence[Any], *, nan: str = "") -> None:
    """Raise if a table contains infinities, or NaN unless it is allowed.

    scikit-learn checks the whole table at once, which for a memory map allocates
    a quarter of its size.

    Parameters
    ----------
    X : table of shape (n_samples, n_features)
        An array, a sparse matrix by rows, or sliceable.
    names : sequence
        Name or number of each column.
    nan : str
        What the message says about NaN; empty where it is allowed.
    """
    if np.dtype(X.dtype).kind != "f" or get_config()["assume_finite"]:
        return
    if issparse(X) and np.isfinite(X.data).all():
        return
    for start, chunk in blocks(X):
        with np.errstate(over="ignore", invalid="ignore"):
            if np.isfinite(chunk.sum()):  # the quickest check
                continue
        if np.isinf(chunk).any():
            row, column = np.argwhere(np.isinf(chunk))[0]
            raise ValueError(
                f"Input X contains infinity or a value too large for {X.dtype!r}: the "
                f"first in row {start + row}, column {names[int(column)]!r}."
            )
        if nan and np.isnan(chunk).any():
            row = start + int(np.isnan(chunk).any(1).argmax())
            columns = [names[c] for c in np.flatnonzero(_with_nan(X)).tolist()]
            raise ValueError(
                f"Input X contains NaN in {_columns_called(columns)}, first in row "
                f"{row}. {nan}"
            )


def _with_nan(X: Any) -> np.ndarray:
    """Which columns contain NaN."""
    found = np.zeros(X.shape[1], dtype=bool)
    for _, chunk in blocks(X):
        found |= np.isnan(chunk).any(0)
    return found


def check_no_overflow(
    result: torch.Tensor, source: Source | None = None, nan: str = ""
) -> None:
    """Raise if a row of a network's result is not finite, naming the row.

    Parameters
    ----------
    result : Tensor of shape (n_samples, n_values)
    source : Source, optional
        The rows that the network was given.
    nan : str, default=""
        What to do about missing values in it; "" if they are allowed.
    """
    # Checking a sum takes a fifth of the time of checking each value.
    if result.sum().isfinite():
        return
    broken = ~result.isfinite().all(1)
    if not broken.any():
        return
    row = int(broken.nonzero()[0])
    if nan and source is not None and np.isnan(source.cut(row, row + 1)).any():
        raise ValueError(f"Row {row} of X contains NaN. {nan}")
    raise ValueError(
        f"Row {row} of X contains values too large for float32 arithmetic."
    )


def warn_of_lost_digits(source: Source) -> None:
    """Warn if columns are so far from zero that float32 cannot distinguish rows."""
    dtype = np.dtype(source.table.dtype)
    if (dtype.kind != "f" and dtype.itemsize < 4) or dtype == np.float32:
        return
    low, high = source.column_ranges()
    with np.errstate(over="ignore", invalid="ignore"):
        farthest = np.maximum(np.abs(low), np.abs(high)).astype(np.float32)
        lost = np.spacing(farthest) * _FEWEST_STEPS > high - low
    lost &= high > low
    small = farthest < np.finfo(np.float32).tiny
    for columns, problem in (
        (
            lost & small,
            "so close to zero that float32 cannot represent them. Pass "
            "X / numpy.abs(X).max(axis=0).",
        ),
        (
            lost & ~small,
            "so far from zero that most of their digits are lost in float32. Subtract "
            "their mean first (StandardScaler).",
        ),
    ):
        if columns.any():
            called = _columns_called(np.flatnonzero(columns).tolist())
            warnings.warn(
                f"Values in {called} of X are {problem}", UserWarning, stacklevel=2
            )


def _columns_called(names: Sequence[Any]) -> str:
    return f"column{'s' if len(names) > 1 else ''} {_shown(names)}"


def _shown(names: Sequence[Any]) -> str:
    """The first few, for a message."""
    return ", ".join(map(repr, names[:5])) + (", ..." if len(names) > 5 else "")
