"""Nearest rows, against scikit-learn's."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.neighbors import NearestNeighbors

from skdeepcluster.neighbors import nearest_neighbors, search
from skdeepcluster.neighbors.search import mutual


@pytest.mark.parametrize("block", [2**24, 200])
def test_same_as_scikit_learn(block, monkeypatch):
    monkeypatch.setattr(search, "_BLOCK", block)
    X = np.random.RandomState(0).normal(size=(90, 5)) + 100
    expected = NearestNeighbors(n_neighbors=7).fit(X)
    distances, positions = expected.kneighbors()
    ours, squares = nearest_neighbors(torch.from_numpy(X).float(), 7)
    np.testing.assert_array_equal(ours, positions)
    np.testing.assert_allclose(squares, distances**2, rtol=1e-3, atol=1e-4)


@given(st.integers(1, 12), st.integers(1, 20))
def test_a_row_is_not_its_own_neighbour(n, n_neighbors):
    table = torch.zeros(n, 2)  # all at distance 0
    positions, _ = nearest_neighbors(table, n_neighbors)
    assert positions.shape == (n, min(n_neighbors, n - 1))
    assert not (positions == torch.arange(n)[:, None]).any()


@pytest.mark.parametrize("block", [2**24, 9])
def test_mutual(block, monkeypatch):
    monkeypatch.setattr(search, "_BLOCK", block)
    positions = torch.tensor([[1, 2], [0, 2], [1, 3], [2, 0]])
    expected = [[True, False], [True, True], [True, True], [True, False]]
    assert mutual(positions).tolist() == expected
