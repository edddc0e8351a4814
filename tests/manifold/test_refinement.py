"""Votes of neighbours, and the loss that follows them."""

import numpy as np
import pytest
import torch
from torch import nn

from skdeepcluster.losses import student_t_contrast
from skdeepcluster.manifold.refinement import RefinementLoss, vote
from skdeepcluster.neighbors import NeighborGraph
from skdeepcluster.networks import PartitionedNetwork
from skdeepcluster.training import Batch, Rows


def clique_graph(groups):
    """Everybody in a group is everybody's neighbour."""
    others = [
        np.flatnonzero((groups == g) & (np.arange(len(groups)) != i))
        for i, g in enumerate(groups)
    ]
    partners = torch.from_numpy(np.array(others))
    return NeighborGraph(partners, torch.ones(partners.shape))


def test_a_single_stray_row_is_outvoted():
    groups = np.repeat([0, 1], 6)
    labels = torch.from_numpy(groups.copy())
    labels[0] = 1
    elected = vote(clique_graph(groups), labels, 2)
    np.testing.assert_array_equal(elected, groups)


def test_entries_without_weight_have_no_vote():
    partners = torch.tensor([[1, 2, 3], [0, 2, 3], [3, 0, 1], [2, 0, 1]])
    weights = torch.tensor([[1.0, 0, 0]] * 4)
    labels = torch.tensor([0, 0, 1, 1])
    assert torch.equal(vote(NeighborGraph(partners, weights), labels, 2), labels)


def test_votes_do_not_empty_a_cluster():
    groups = np.zeros(10, int)
    labels = torch.tensor([1] + [0] * 9)
    assert torch.equal(vote(clique_graph(groups), labels, 2), labels)


def test_loss_by_hand():
    X = np.random.RandomState(0).normal(size=(4, 2)).astype(np.float32)
    rows = Rows(X, torch.device("cpu"))
    graph = NeighborGraph(torch.tensor([[1], [0], [3], [2]]), torch.ones(4, 1))
    network = PartitionedNetwork(nn.Identity())
    network.set_partition(X[[0, 2]], np.array([0, 1]), 2)
    labels = torch.tensor([0, 0, 1, 1])
    batch = Batch(torch.from_numpy(X[[0, 2]]), torch.tensor([0, 2]), torch.Generator())
    terms = RefinementLoss(rows, graph, labels)(network, batch)
    x = torch.from_numpy(X)
    contrast = student_t_contrast(x[[0, 2]], x[[1, 3]])
    assert terms["contrast"].item() == pytest.approx(contrast.item())
    membership = network.assign(x[[0, 2, 1, 3]])
    expected = -membership[range(4), [0, 1, 0, 1]].clamp(min=1e-6).log().mean()
    assert terms["labels"].item() == pytest.approx(expected.item(), rel=1e-4)
