"""The tables that estimators accept, in the form that they read."""

from typing import Any

import numpy as np
import torch
from sklearn.utils.validation import validate_data

from skdeepcluster.base.images import how_to_flatten
from skdeepcluster.base.input_checks import check_finite, check_table, rows_of_list
from skdeepcluster.training import (
    ParquetTable,
    is_dataset,
    is_memory_map,
    is_sliceable,
    read_if_small,
)


def validate_table(estimator: Any, X: Any, *, reset: bool, nan: str) -> Any:
    """The table as an array, as a sparse matrix by rows, or in its file.

    Parameters
    ----------
    estimator : object
        Its number and names of features are set, or compared with those of ``X``.
    X : table
    reset : bool
        Whether to set them.
    nan : str
        What the message says about NaN; empty where it is allowed.

    Raises
    ------
    TypeError
        If ``X`` is several tables.
    ValueError
        If it is no table of finite real numbers, or has other features.
    """
    check_table(X)
    X = rows_of_list(X)
    if isinstance(X, torch.Tensor):
        X = X.detach().cpu()
        X = (X.float() if X.dtype == torch.bfloat16 else X).numpy()
    if isinstance(X, np.ndarray) and X.ndim > 2:
        advice = how_to_flatten(
            X.shape, takes_windows=hasattr(estimator, "window_shape")
        )
        raise ValueError(
            f"X has {X.ndim} dimensions; {type(estimator).__name__} takes tables of "
            f"shape (n_samples, n_features). {advice}"
        )
    if is_dataset(X):
        X = ParquetTable(X)
        names_only = X.without_rows()
        validate_data(estimator, names_only, reset=reset, skip_check_array=True)
        X = read_if_small(X)
    else:
        if is_sliceable(X):
            X = read_if_small(X)
        X = validate_data(
            estimator,
            X,
            reset=reset,
            skip_check_array=is_sliceable(X),  # it would read all of it
            accept_sparse="csr",
            dtype=None if is_memory_map(X) else "numeric",
            ensure_min_samples=1,
            ensure_all_finite=False,  # done below, and better
        )
    names = getattr(estimator, "feature_names_in_", range(X.shape[1]))
    check_finite(X, list(names), nan=nan)
    return X


def impute_first(estimator: Any) -> str:
    """What to do about missing values that an estimator does not take."""
    return (
        f"{type(estimator).__name__} takes no missing values: impute them, for example "
        "with SimpleImputer(add_indicator=True) as a step of a Pipeline. If rows "
        "lack whole groups of columns, NeighborClustering, EAMC and DM2C take "
        "these groups as views."
    )
