"""Rows and their neighbours in one batch."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from skdeepcluster.neighbors import (
    NeighborGraph,
    default_epochs,
    fast_epochs,
    with_neighbors,
)
from skdeepcluster.training import Batch, Rows


def test_second_half_are_the_partners_of_the_first():
    X = np.random.RandomState(0).normal(size=(6, 2)).astype(np.float32)
    rows = Rows(X, torch.device("cpu"))
    partner = torch.tensor([3, 4, 5, 0, 1, 2])
    graph = NeighborGraph(partner[:, None], torch.ones(6, 1))
    index = torch.tensor([4, 0, 2])
    batch = Batch(rows.take(index), index, torch.Generator())
    pairs = with_neighbors(batch, rows, graph)
    assert pairs.index.tolist() == [4, 0, 2, 1, 3, 5]
    np.testing.assert_array_equal(pairs.x, X[[4, 0, 2, 1, 3, 5]])
    assert pairs.generator is batch.generator


@pytest.mark.parametrize(
    ("n_rows", "batches_per_epoch", "n_epochs", "n_fast"),
    [(125, 1, 150, 100), (1000, 4, 150, 100), (1728, 7, 124, 100), (8000, 32, 75, 38)],
)
def test_epochs_by_rows(n_rows, batches_per_epoch, n_epochs, n_fast):
    run = SimpleNamespace(rows=range(n_rows), batches=range(batches_per_epoch))
    assert default_epochs(run) == n_epochs
    assert fast_epochs(run) == n_fast


def test_batches_are_bounded():
    run = SimpleNamespace(rows=range(2197), batches=range(22))
    assert fast_epochs(run) == 32  # 700 batches; 3 n^(2/3) are 507
    run = SimpleNamespace(rows=range(10**6), batches=range(4000))
    assert default_epochs(run) == fast_epochs(run) == 3
