"""Whatever holds a table of numbers becomes rows that networks read."""

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.sparse import coo_array, issparse
from sklearn.base import BaseEstimator

from skdeepcluster.base.validation import impute_first, validate_table
from skdeepcluster.training import is_memory_map

X = np.arange(12.0).reshape(4, 3)


def validated(table, estimator=None, *, reset=True, nan="none here"):
    return validate_table(estimator or BaseEstimator(), table, reset=reset, nan=nan)


@pytest.mark.parametrize(
    "table",
    [
        X,
        X.tolist(),
        pd.DataFrame(X, columns=["a", "b", "c"]),
        torch.tensor(X, requires_grad=True),
        torch.tensor(X, dtype=torch.bfloat16),
    ],
    ids=["array", "list", "frame", "tensor", "bfloat16"],
)
def test_tables_in_memory(table):
    found = validated(table)
    assert isinstance(found, np.ndarray)
    np.testing.assert_array_equal(found, X)


def test_sparse_tables_are_read_by_rows():
    found = validated(coo_array(X))
    assert issparse(found)
    assert found.format == "csr"
    np.testing.assert_array_equal(found.toarray(), X)


def test_memory_map_stays_in_its_file(tmp_path):
    np.save(tmp_path / "X.npy", X)
    found = validated(np.load(tmp_path / "X.npy", mmap_mode="r"))
    assert is_memory_map(found)


def test_features_are_those_of_fit():
    estimator = BaseEstimator()
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    validated(frame, estimator)
    assert estimator.n_features_in_ == 3
    with pytest.raises(ValueError, match="feature names"):
        validated(frame[["a", "b"]], estimator, reset=False)
    with pytest.raises(ValueError, match="feature names"):
        validated(frame[["b", "a", "c"]], estimator, reset=False)


def test_missing_values_are_allowed_or_explained():
    table = [[0, None, 1], [1, 2, 3]]
    assert np.isnan(validated(table, nan="")[0, 1])
    advice = impute_first(BaseEstimator())
    with pytest.raises(ValueError, match=r"column 1, first in row 0. BaseEst.* impute"):
        validated(table, nan=advice)


def test_images_are_to_be_flattened():
    with pytest.raises(ValueError, match="X has 3 dimensions; BaseEstimator takes"):
        validated(np.zeros((5, 2, 2)))
