"""Which columns of a table are which view.

A *view* is a group of columns from one source: pixels, sensor readings, word counts.
Estimators for several views take one table and a parameter ``views``; the functions
here translate between that and one table per view. A view that a row lacks is NaN over
all its columns.
"""

from collections.abc import Mapping, Sequence
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.impute import SimpleImputer
from sklearn.utils import Tags, check_array
from sklearn.utils.validation import check_is_fitted, validate_data

from skdeepcluster.base.compat import _get_feature_names
from skdeepcluster.base.doc_link import page_of
from skdeepcluster.base.input_checks import check_table, rows_of_list
from skdeepcluster.base.state import rollback_on_error
from skdeepcluster.views.columns import (
    blocks,
    by_name,
    by_prefix,
    check_apart,
    listed_columns,
)


def resolve_views(
    views: Any, n_features: int, feature_names: Sequence[str] | None = None
) -> dict[str, np.ndarray]:
    """Find the columns of each view.

    Parameters
    ----------
    views : int, "prefix", list or dict
        An int splits the columns into that many blocks of nearly equal width. A list
        holds the width of each block, or for each view a slice, column numbers, a
        boolean mask or column names. A dict maps the name of each view to one of these.
        "prefix" takes the part of each column's name before ``__``.
    n_features : int
    feature_names : sequence of str, optional
        Names of the columns, if the table has them.

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
        columns = by_prefix(views, names)
    elif isinstance(views, Integral) and not isinstance(views, bool):
        columns = blocks(int(views), n_features)
    else:
        columns = listed_columns(by_name(views), n_features, names)
    check_apart(columns, names)
    return columns


def split_views(X: Any, views: Any) -> dict[str, Any]:
    """Split a table into one table per view.

    Parameters
    ----------
    X : array-like or DataFrame of shape (n_samples, n_features)
    views : int, "prefix", list or dict
        As :func:`resolve_views` takes it.

    Returns
    -------
    tables : dict of str to ndarray or DataFrame
        DataFrames if X is a pandas DataFrame, else arrays; NaN where a row lacks the
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
    """Put tables of the same rows side by side.

    Parameters
    ----------
    tables : sequence of array-like, or dict of str to array-like
        Each of shape (n_samples, n_features of the view); row i is the same object
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
    tables = tables if isinstance(tables, Mapping) else list(tables)
    _check_indexes(tables)
    arrays = _arrays(tables)
    heights = {name: len(array) for name, array in arrays.items()}
    if len(set(heights.values())) > 1:
        raise ValueError(
            f"Tables have different numbers of rows: {heights}. Row i should be the "
            "same object in each; for tables of different rows use stack_modalities."
        )
    return np.concatenate(list(arrays.values()), axis=1), _widths(tables, arrays)


def stack_modalities(tables: Any) -> tuple[np.ndarray, Any]:
    """Put tables of different rows below each other, NaN where a row lacks a view.

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
    tables = tables if isinstance(tables, Mapping) else list(tables)
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


class ViewImputer(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Fill single missing values, but not views that a row lacks as a whole.

    :class:`~sklearn.impute.SimpleImputer` would fill those too, and thus invent a
    view that was not observed.

    Parameters
    ----------
    views : int, "prefix", list or dict, default=2
        As :func:`resolve_views` takes it.

    Attributes
    ----------
    views_ : dict of str to ndarray of int
        Columns of each view.
    statistics_ : ndarray of shape (n_features,)
        Mean of each column, 0 if the column had no value.
    n_features_in_ : int
        Number of features seen in fit.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the features, if X had string column names.

    Examples
    --------
    >>> import numpy as np
    >>> from skdeepcluster.views import ViewImputer
    >>> X = [[1.0, 2.0, 5.0], [3.0, np.nan, 7.0], [np.nan, np.nan, 6.0]]
    >>> ViewImputer([2, 1]).fit_transform(X)
    array([[ 1.,  2.,  5.],
           [ 3.,  2.,  7.],
           [nan, nan,  6.]])
    """

    _doc_link_module = "skdeepcluster"
    _doc_link_template = page_of("views.ViewImputer")

    def __init__(self, views: Any = 2) -> None:
        self.views = views

    def fit(self, X: Any, y: Any = None) -> "ViewImputer":
        """Learn the mean of each column.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : ignored

        Returns
        -------
        self : ViewImputer
        """
        with rollback_on_error(self):
            X = self._validate(X, reset=True)
            names = getattr(self, "feature_names_in_", None)
            self.views_ = resolve_views(self.views, X.shape[1], names)
            # Sums of float32 columns may overflow.
            imputer = SimpleImputer(keep_empty_features=True).fit(X.astype(np.float64))
            self.statistics_ = imputer.statistics_.astype(X.dtype)
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Fill the missing values of views that a row has in part.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        filled : ndarray of shape (n_samples, n_features)
        """
        check_is_fitted(self)
        X = self._validate(X, reset=False)
        for columns in self.views_.values():
            missing = np.isnan(X[:, columns])
            row, column = np.nonzero(missing & ~missing.all(1, keepdims=True))
            X[row, columns[column]] = self.statistics_[columns[column]]
        return X

    def _validate(self, X: Any, *, reset: bool) -> np.ndarray:
        check_table(X)
        X = rows_of_list(X)
        return validate_data(
            self,
            X,
            reset=reset,
            dtype=[np.float64, np.float32],
            ensure_all_finite="allow-nan",
            copy=True,
        )

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def _arrays(tables: Any) -> dict[str, np.ndarray]:
    arrays = {
        view: check_array(
            table, ensure_all_finite="allow-nan", input_name=f"Table {view!r}"
        )
        for view, table in by_name(tables).items()
    }
    # A list that contains None becomes an array of objects.
    return {
        view: array.astype(float) if array.dtype == object else array
        for view, array in arrays.items()
    }


def _widths(tables: Any, arrays: dict[str, np.ndarray]) -> Any:
    widths = {view: array.shape[1] for view, array in arrays.items()}
    return widths if isinstance(tables, Mapping) else list(widths.values())


def _check_indexes(tables: Any) -> None:
    """Raise if pandas frames have different indexes, so that rows do not match."""
    indexes = {v: t.index for v, t in by_name(tables).items() if hasattr(t, "iloc")}
    if not indexes:
        return
    one, expected = next(iter(indexes.items()))
    for view, index in indexes.items():
        if len(index) == len(expected) and not index.equals(expected):
            raise ValueError(
                f"Table {view!r} has a different index from {one!r}: row i should be "
                "the same object in each. Join the frames, for example with "
                "pandas.concat(tables, axis=1), which leaves NaN where a table lacks a "
                "row, or reset the indexes."
            )
