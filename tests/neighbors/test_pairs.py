"""Rows and their neighbours in one batch."""

import numpy as np
import torch

from skdeepcluster.neighbors import NeighborGraph, with_neighbors
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
