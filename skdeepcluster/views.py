"""Which columns of a table are which view.

A *view* is a group of columns from one source: pixels, sensor readings, word counts.
Estimators for several views take one table and a parameter ``views``; the functions
here translate between that and one table a view. A view that a row lacks is NaN over
all its columns.
"""

from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.utils import check_array

from skdeepcluster._compat import _get_feature_names

#: What a column name has between the name of its view and its own, as
#: ``ColumnTransformer`` writes it.
SEPARATOR = "__"


def resolve_views(
    views: Any, n_features: int, feature_names: Sequence[str] | None = None
) -> dict[str, np.ndarray]:
    """Columns of each view.

    Parameters
    ----------
    views : int, "prefix", list or dict
        An int cuts the columns into that many blocks of nearly equal width. A list
        holds the width of each block, or for each view a slice, column numbers, a
        boolean mask or column names. A dict holds the same by name. "prefix" takes
        the part of each column's name before ``__``.
    n_features : int
    feature_names : sequence of str, optional
        Names of the columns, where the table has them.

    Returns
    -------
    columns : dict of str to ndarray of int
        Disjoint and not empty; views of a list are called ``view0``, ``view1``, ...

    Raises
    ------
    TypeError, ValueError
        If ``views`` has none of these forms or does not fit the table.

    Examples
    --------
    >>> from skdeepcluster.views import resolve_views
    >>> resolve_views({"a": slice(0, 2), "b": [3]}, n_features=4)
    {'a': array([0, 1]), 'b': array([3])}
    """
    names = None if feature_names is None else list(feature_names)
    if isinstance(views, str):
        columns = _by_prefix(views, names)
    elif isinstance(views, Integral) and not isinstance(views, bool):
        columns = _blocks(int(views), n_features)
    else:
        columns = _listed(_by_name(views), n_features, names)
    _check_apart(columns, names)
    return columns


def split_views(X: Any, views: Any) -> dict[str, Any]:
    """One table a view.

    Parameters
    ----------
    X : array-like or DataFrame of shape (n_samples, n_features)
    views : int, "prefix", list or dict
        As :func:`resolve_views` takes it.

    Returns
    -------
    tables : dict of str to ndarray or DataFrame
        DataFrames where X is a pandas one, else arrays; NaN where a row lacks the
        view.

    Examples
    --------
    >>> import numpy as np
    >>> from skdeepcluster.views import split_views
    >>> split_views(np.arange(6).reshape(2, 3), [1, 2])["view1"]
    array([[1, 2],
           [4, 5]])
    """
    names = _get_feature_names(X)
    if not hasattr(X, "iloc"):
        X = check_array(X, dtype=None, ensure_all_finite="allow-nan")
    columns = resolve_views(views, X.shape[1], names)
    return {
        name: X.iloc[:, c] if hasattr(X, "iloc") else X[:, c]
        for name, c in columns.items()
    }


def stack_views(tables: Any) -> tuple[np.ndarray, Any]:
    """Tables of the same rows, side by side.

    Parameters
    ----------
    tables : sequence of array-like, or dict of str to array-like
        Each of shape (n_samples, n_features of the view), row i the same object
        in each.

    Returns
    -------
    X : ndarray of shape (n_samples, n_features)
    views : list of int, or dict of str to int
        Widths, to be passed to an estimator.

    Examples
    --------
    >>> import numpy as np
    >>> from skdeepcluster.views import stack_views
    >>> X, views = stack_views({"image": np.ones((3, 4)), "text": np.zeros((3, 2))})
    >>> X.shape, views
    ((3, 6), {'image': 4, 'text': 2})
    """
    arrays = _arrays(tables)
    heights = {name: len(array) for name, array in arrays.items()}
    if len(set(heights.values())) > 1:
        raise ValueError(
            f"Tables have different numbers of rows: {heights}. Row i should be the "
            "same object in each; for tables of different rows use stack_modalities."
        )
    return np.concatenate(list(arrays.values()), axis=1), _widths(tables, arrays)


def stack_modalities(tables: Any) -> tuple[np.ndarray, Any]:
    """Tables of different rows below one another, NaN where a row lacks a view.

    Parameters
    ----------
    tables : sequence of array-like, or dict of str to array-like
        Each of shape (n_samples of the view, n_features of the view).

    Returns
    -------
    X : ndarray of shape (n_samples, n_features)
        The rows of the first table, then those of the second, and so on.
    views : list of int, or dict of str to int
        Widths, to be passed to an estimator.

    Examples
    --------
    >>> from skdeepcluster.views import stack_modalities
    >>> stack_modalities([[[1.0, 2.0]], [[3.0], [4.0]]])[0]
    array([[ 1.,  2., nan],
           [nan, nan,  3.],
           [nan, nan,  4.]])
    """
    arrays = _arrays(tables)
    n_rows = sum(len(array) for array in arrays.values())
    n_columns = sum(array.shape[1] for array in arrays.values())
    dtype = np.result_type(np.float32, *arrays.values())
    X = np.full((n_rows, n_columns), np.nan, dtype)
    row = column = 0
    for array in arrays.values():
        height, width = array.shape
        X[row : row + height, column : column + width] = array
        row, column = row + height, column + width
    return X, _widths(tables, arrays)


# -- the forms of ``views`` ------------------------------------------------------------


def _by_prefix(views: str, names: list[str] | None) -> dict[str, np.ndarray]:
    if views != "prefix":
        raise ValueError(
            f"views={views!r} is no word for views; did you mean 'prefix'?"
        )
    if names is None:
        raise ValueError(
            "views='prefix' reads the names of columns: pass a DataFrame with string "
            "column names, for example from a transformer with "
            "set_output(transform='pandas')."
        )
    columns: dict[str, list[int]] = {}
    for i, name in enumerate(names):
        view, separator, _ = name.partition(SEPARATOR)
        if not separator:
            raise ValueError(
                f"views='prefix': column {name!r} has no prefix. Names should be like "
                f"'view{SEPARATOR}column'; a dict of lists of names leaves columns out."
            )
        columns.setdefault(view, []).append(i)
    return {view: np.array(c) for view, c in columns.items()}


def _blocks(n_views: int, n_features: int) -> dict[str, np.ndarray]:
    if not 1 <= n_views <= n_features:
        raise ValueError(
            f"views={n_views} blocks cannot be cut from n_features={n_features} "
            "columns; give at least 1 view and at most one a column."
        )
    blocks = np.array_split(np.arange(n_features), n_views)
    return {f"view{i}": block for i, block in enumerate(blocks)}


def _by_name(views: Any) -> dict[str, Any]:
    """A dict of whatever each view is given by."""
    if isinstance(views, Mapping):
        items = dict(views)
    elif isinstance(views, Iterable):
        items = {f"view{i}": view for i, view in enumerate(views)}
    else:
        raise TypeError(
            "views should be an int, 'prefix', a list (of widths, slices, column "
            f"numbers or names) or a dict of such; got {views!r}."
        )
    if not items:
        raise ValueError("views is empty: name at least one view.")
    return items


def _listed(
    items: dict[str, Any], n_features: int, names: list[str] | None
) -> dict[str, np.ndarray]:
    are_widths = [_is_width(item) for item in items.values()]
    if all(are_widths):
        return _from_widths(items, n_features)
    if any(are_widths):
        raise TypeError(
            f"views={items!r} mixes widths with lists of columns. For a view of one "
            "column write a list: [3]."
        )
    return {view: _columns(view, c, n_features, names) for view, c in items.items()}


def _is_width(item: Any) -> bool:
    return isinstance(item, Integral) and not isinstance(item, bool)


def _from_widths(items: dict[str, int], n_features: int) -> dict[str, np.ndarray]:
    widths = list(items.values())
    for view, width in items.items():
        if width < 1:
            raise ValueError(f"View {view!r} has width {width}; it should be positive.")
    if sum(widths) != n_features:
        raise ValueError(
            f"Widths {widths} add up to {sum(widths)} where X has n_features="
            f"{n_features}. To leave columns out, give slices."
        )
    ends = np.cumsum(widths)
    return {
        view: np.arange(end - width, end)
        for (view, width), end in zip(items.items(), ends, strict=True)
    }


def _columns(
    view: str, given: Any, n_features: int, names: list[str] | None
) -> np.ndarray:
    """Numbers of the columns of one view."""
    if isinstance(given, str):
        raise TypeError(
            f"View {view!r} is given as {given!r}; write a list of column names."
        )
    if isinstance(given, slice):
        bounds = [b for b in (given.start, given.stop, given.step) if b is not None]
        if not all(isinstance(bound, Integral) for bound in bounds):
            raise TypeError(f"View {view!r}: {given} should hold column numbers.")
        beyond = [b for b in bounds[:2] if abs(b) > n_features]
        if beyond:
            raise _out_of_range(view, beyond, n_features)
        return _not_empty(view, np.arange(n_features)[given], given)
    listed: np.ndarray = np.asarray(given)
    if listed.ndim != 1:
        raise TypeError(
            f"View {view!r} should be a slice or a list of column numbers or names, "
            f"got {given!r}."
        )
    _not_empty(view, listed, given)
    if listed.dtype == bool:
        if len(listed) != n_features:
            raise ValueError(
                f"View {view!r}: the mask has {len(listed)} entries where X has "
                f"n_features={n_features}."
            )
        return _not_empty(view, np.flatnonzero(listed), given)
    if np.issubdtype(listed.dtype, np.integer):
        outside = listed[(listed < -n_features) | (listed >= n_features)].tolist()
        if outside:
            raise _out_of_range(view, outside, n_features)
        return listed % n_features
    named: list[Any] = listed.tolist()
    if not all(isinstance(column, str) for column in named):
        raise TypeError(f"View {view!r} mixes kinds of columns: {given!r}.")
    return _named(view, named, names)


def _named(view: str, given: list[str], names: list[str] | None) -> np.ndarray:
    if names is None:
        raise ValueError(
            f"View {view!r} names columns, but X has no column names. Pass a DataFrame "
            "with string column names, or give column numbers."
        )
    unknown = [column for column in given if column not in names]
    if unknown:
        raise ValueError(f"View {view!r}: {unknown} are no columns of X.")
    return np.array([names.index(column) for column in given])


# -- checks ----------------------------------------------------------------------------


def _not_empty(view: str, columns: np.ndarray, given: Any) -> np.ndarray:
    if not len(columns):
        raise ValueError(f"View {view!r} is empty: {given!r} takes no column.")
    return columns


def _out_of_range(view: str, columns: list[int], n_features: int) -> ValueError:
    return ValueError(
        f"View {view!r}: {columns} lie outside the columns 0 to {n_features - 1} of X "
        f"(n_features={n_features})."
    )


def _check_apart(columns: dict[str, np.ndarray], names: list[str] | None) -> None:
    """Raise where a column is taken twice."""
    owner: dict[int, str] = {}
    for view, numbers in columns.items():
        for number in numbers.tolist():
            if number in owner:
                column = number if names is None else repr(names[number])
                raise ValueError(
                    f"Column {column} is in view {owner[number]!r} and again in view "
                    f"{view!r}; views should not share columns."
                )
            owner[number] = view


# -- tables ----------------------------------------------------------------------------


def _arrays(tables: Any) -> dict[str, np.ndarray]:
    return {
        view: check_array(
            table, ensure_all_finite="allow-nan", input_name=f"Table {view!r}"
        )
        for view, table in _by_name(tables).items()
    }


def _widths(tables: Any, arrays: dict[str, np.ndarray]) -> Any:
    widths = {view: array.shape[1] for view, array in arrays.items()}
    return widths if isinstance(tables, Mapping) else list(widths.values())
