"""Nearest rows, against scikit-learn's."""

import sys
from types import SimpleNamespace

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


def large(monkeypatch, rows):
    monkeypatch.setattr(search, "_EXACT_ROWS", rows - 1)


class ExactIndex:
    """pynndescent's interface: rows find themselves, but copies may come first."""

    def __init__(self, data, n_neighbors, random_state):
        found = NearestNeighbors(n_neighbors=n_neighbors).fit(data)
        distances, positions = found.kneighbors()
        itself = np.arange(len(data))[:, None]
        first = np.r_[np.full((len(data) - 2, 1), True), [[False], [False]]]
        self.neighbor_graph = (
            np.where(first, np.c_[itself, positions[:, :-1]], positions),
            np.where(first, np.c_[0 * itself, distances[:, :-1]], distances),
        )


def test_large_tables_are_searched_by_pynndescent(monkeypatch):
    X = np.random.RandomState(0).normal(size=(60, 3)).astype(np.float32)
    exact = nearest_neighbors(torch.from_numpy(X), 5)
    large(monkeypatch, 60)
    monkeypatch.setattr(search, "find_spec", lambda name: name)
    fake = SimpleNamespace(NNDescent=ExactIndex)
    monkeypatch.setitem(sys.modules, "pynndescent", fake)
    positions, squares = nearest_neighbors(torch.from_numpy(X), 5)
    np.testing.assert_array_equal(positions, exact[0])
    np.testing.assert_allclose(squares, exact[1], rtol=1e-3, atol=1e-5)


def test_without_pynndescent_the_search_is_exact_and_says_so(monkeypatch):
    large(monkeypatch, 4)
    monkeypatch.setattr(search, "find_spec", lambda name: None)
    with pytest.warns(UserWarning, match="Install pynndescent"):
        positions, _ = nearest_neighbors(torch.tensor([[0.0], [1.0], [3.0], [7.0]]), 1)
    assert positions[:, 0].tolist() == [1, 0, 1, 2]


@pytest.mark.slow  # numba compiles for a minute
def test_approximate_search_finds_almost_all_and_is_reproducible(monkeypatch):
    pytest.importorskip("pynndescent")
    table = torch.from_numpy(np.random.RandomState(0).normal(size=(3000, 8))).float()
    exact, _ = nearest_neighbors(table, 10)
    large(monkeypatch, len(table))
    before = np.random.get_state()[1].tobytes()  # noqa: NPY002
    positions, squares = nearest_neighbors(table, 10, seed=3)
    assert np.random.get_state()[1].tobytes() == before  # noqa: NPY002
    hits = (positions[:, :, None] == exact[:, None]).any(2)
    assert hits.float().mean() > 0.95
    assert not (positions == torch.arange(len(table))[:, None]).any()
    gaps = table[positions[:, 0]] - table
    torch.testing.assert_close(squares[:, 0], gaps.square().sum(1), rtol=1e-3, atol=0)
    assert torch.equal(nearest_neighbors(table, 10, seed=3)[0], positions)
