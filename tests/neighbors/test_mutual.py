"""Neighbours from both sides."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skdeepcluster.neighbors import mutual
from skdeepcluster.neighbors.mutual import mutual_neighbors


def found(X, n_neighbors, seed=0):
    positions, counts = mutual_neighbors(X, n_neighbors, np.random.RandomState(seed))
    return [set(p[:c].tolist()) for p, c in zip(positions, counts, strict=True)]


def test_by_hand():
    X = np.array([[0.0], [1.0], [2.5], [100.0]])
    # 3's nearest is 2, but 2's is 1; 1's is 0.
    assert found(X, 1) == [{1}, {0}, {2}, {3}]
    assert found(X, 2) == [{1, 2}, {0, 2}, {0, 1}, {3}]


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 1000), n=st.integers(2, 40), k=st.integers(1, 12))
def test_neighbours_are_mutual_and_near(seed, n, k):
    X = np.random.RandomState(seed).normal(size=(n, 3))
    pairs = found(X, k, seed)
    distances = np.linalg.norm(X[:, None] - X, axis=2)
    for i, near in enumerate(pairs):
        assert 1 <= len(near) <= k
        for j in near - {i}:
            assert i in pairs[j]
            rank = (distances[i] < distances[i, j]).sum() - 1  # itself is nearer
            assert rank < k


def test_large_tables_are_searched_in_blocks(monkeypatch):
    monkeypatch.setattr(mutual, "_BLOCK", 50)
    X = np.random.RandomState(0).normal(size=(230, 2))
    pairs = found(X, 5)
    assert all(i in pairs[j] or i == j for i, near in enumerate(pairs) for j in near)
    assert np.mean([len(near) for near in pairs]) > 1


@pytest.mark.parametrize("n", [1, 2])
def test_tiny_tables(n):
    expected = [{0}] if n == 1 else [{1}, {0}]
    assert found(np.arange(n)[:, None].astype(float), 10) == expected
