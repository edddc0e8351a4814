"""Rows of arrays, sparse matrices, and tables that are read by slices."""

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st

from skdeepcluster.training import sources
from skdeepcluster.training.sources import (
    blocks,
    chunk_rows,
    is_sliceable,
    read_if_small,
    source_of,
)
from tests.tables import Slices


def table(n=200, d=3):
    array = np.random.RandomState(0).normal(size=(n, d)).astype(np.float32)
    array[array < 0.5] = 0
    return array


KINDS = {
    "array": lambda X: X,
    "csr_array": scipy.sparse.csr_array,
    "csr_matrix": scipy.sparse.csr_matrix,
    "slices": Slices,
    "sparse slices": lambda X: Slices(X, sparse=True),
}


@pytest.mark.parametrize("kind", KINDS)
@given(index=st.lists(st.integers(0, 199), min_size=1, max_size=40))
def test_rows_of_every_kind(kind, index):
    X = table()
    source = source_of(KINDS[kind](X))
    index = np.array(index)
    np.testing.assert_array_equal(source.pick(index), X[index])
    picked = source.subset(index)
    np.testing.assert_array_equal(sources.dense(picked), X[index])
    np.testing.assert_array_equal(source.cut(150, 300), X[150:])


@pytest.mark.parametrize("kind", KINDS)
def test_ranges_of_columns_ignore_nan(kind):
    X = table()
    X[3, 0] = np.nan
    X[:, 1] = 5 + np.arange(200)  # no zeros
    low, high = source_of(KINDS[kind](X)).column_ranges()
    np.testing.assert_array_equal(low, np.nanmin(X, axis=0))
    np.testing.assert_array_equal(high, np.nanmax(X, axis=0))


@pytest.mark.parametrize("kind", ["slices", "csr_array"])
def test_blocks_are_consecutive(kind, monkeypatch):
    monkeypatch.setattr(sources, "chunk_rows", lambda n_features: 64)
    X = table()
    starts, pieces = zip(*blocks(KINDS[kind](X)), strict=True)
    assert starts == (0, 64, 128, 192)
    np.testing.assert_array_equal(np.concatenate(pieces), X)


def test_neighbouring_rows_are_read_together():
    slices = Slices(table())
    source_of(slices).pick(np.array([70, 3, 5, 64, 3, 199]))
    assert sorted(slices.read) == [(0, 64), (64, 128), (192, 200)]


def test_content_tells_tables_apart():
    X = table()
    changed = X.copy()
    changed[150, 2] += 1
    assert source_of(Slices(X)).content() == source_of(Slices(X.copy())).content()
    assert source_of(Slices(X)).content() != source_of(Slices(changed)).content()


def test_values_stored_in_several_parts():
    parts = scipy.sparse.csr_array(
        (np.array([1.0, 2.0, 4.0]), np.array([0, 0, 1]), np.array([0, 3]))
    )
    assert source_of(parts).table.data.tolist() == [3, 4]
    assert parts.data.tolist() == [1, 2, 4]  # the caller's


def test_small_tables_are_read_at_once(monkeypatch):
    X = table()
    slices = Slices(X)
    np.testing.assert_array_equal(read_if_small(slices), X)
    assert slices.read == [(0, 200)]
    sparse = read_if_small(Slices(X, sparse=True))
    assert scipy.sparse.issparse(sparse)
    monkeypatch.setattr(sources, "LARGE_FILE", 4 * X.size - 1)
    large = Slices(X)
    assert read_if_small(large) is large
    assert not large.read


def test_what_is_sliceable():
    X = table()
    assert is_sliceable(Slices(X))
    for other in (
        X,
        scipy.sparse.csr_array(X),
        X.tolist(),
        Slices(X[:, 0]),
        Slices(X.astype(str)),
        None,
    ):
        assert not is_sliceable(other)


def test_chunks_of_wide_tables_have_fewer_rows():
    assert chunk_rows(1) == chunk_rows(4096) == 2048
    assert chunk_rows(50_000) == 167
    assert chunk_rows(10**9) == 64
