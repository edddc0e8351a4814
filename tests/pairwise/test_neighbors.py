"""Neighbours of the rows of a batch."""

import numpy as np
import pytest
import torch

from skdeepcluster.pairwise.neighbors import Neighbors
from skdeepcluster.training import Batch, Rows


def neighbors_of(X, n_neighbors):
    rows = Rows(np.asarray(X, dtype=np.float32), torch.device("cpu"))
    return rows, Neighbors.among(rows, n_neighbors)


@pytest.mark.parametrize("n_columns", [2, 80])
def test_a_row_gets_rows_of_its_group(n_columns):
    random = np.random.RandomState(0)
    y = np.repeat([0, 1, 2], 20)
    X = 10 * random.normal(size=(3, n_columns))[y] + random.normal(size=(60, n_columns))
    rows, neighbors = neighbors_of(X, 8)
    index = torch.arange(60)
    batch = Batch(rows.take(index), index, torch.Generator().manual_seed(0))
    first, second = neighbors.of(batch), neighbors.of(batch)
    for drawn in (first, second):
        distances = torch.cdist(drawn, rows.take(index))
        found = distances.argmin(1).numpy()
        assert (y[found] == y).all()
        assert (found != np.arange(60)).all()
    assert not torch.equal(first, second)


@pytest.mark.parametrize("n", [2, 4])
def test_fewer_rows_than_neighbours(n):
    rows, neighbors = neighbors_of(np.arange(n)[:, None], 15)
    index = torch.arange(n)
    drawn = neighbors.of(Batch(rows.take(index), index, torch.Generator()))
    assert drawn.shape == (n, 1)
    assert (drawn[:, 0] != index).all()


def test_rows_that_are_all_equal():
    rows, neighbors = neighbors_of(np.ones((20, 3)), 5)
    batch = Batch(rows.take(torch.arange(4)), torch.arange(4), torch.Generator())
    assert torch.equal(neighbors.of(batch), batch.x)


def test_averaged_clusters_contract():
    random = np.random.RandomState(0)
    y = np.repeat([0, 1], (90, 10))
    X = np.array([[0.0, 0.0], [9.0, 0.0]])[y] + random.normal(size=(100, 2))
    _, neighbors = neighbors_of(X, 8)
    before, after = neighbors.table.numpy(), neighbors.averaged().source.table
    for label in (0, 1):
        inside = y == label
        np.testing.assert_allclose(
            after[inside].mean(0), before[inside].mean(0), atol=0.2
        )
        assert (after[inside].std(0) < before[inside].std(0)).all()
