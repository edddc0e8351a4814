"""Memberships of an embedding that is covered by anchors."""

import numpy as np
import pytest
import torch
from torch import nn

from skdeepcluster.networks import PartitionedNetwork, PrincipalComponents

ANCHORS = np.array([[0.0, 0], [2, 0], [8, 0], [10, 0]])


def network(labels=(0, 0, 1, 1)):
    built = PartitionedNetwork(nn.Identity())
    built.set_partition(ANCHORS, np.array(labels), 2)
    return built


def test_a_row_has_the_cluster_of_the_anchors_near_it():
    z = torch.tensor([[0.5, 0], [4.9, 0], [5.1, 0], [30, 0]])
    proba = network().assign_embedding(z)
    assert proba.argmax(1).tolist() == [0, 0, 1, 1]
    torch.testing.assert_close(proba.sum(1), torch.ones(4))


def test_memberships_by_hand():
    # The spacing of the anchors is 2, so that the bandwidth is 1.
    z = torch.tensor([[3.0, 1.0]])
    squares = torch.tensor([10.0, 2.0, 26.0, 50.0])
    near = (-squares / 2).exp()
    expected = (near[:2].sum() / near.sum()).item()
    assert network().assign_embedding(z)[0, 0].item() == pytest.approx(expected)


def test_far_from_the_origin():
    moved = PartitionedNetwork(nn.Identity())
    moved.set_partition(ANCHORS + 1e4, np.array([0, 0, 1, 1]), 2)
    z = torch.tensor([[3.0, 0], [7.0, 0]])
    expected = network().assign_embedding(z)
    torch.testing.assert_close(moved.assign_embedding(z + 1e4), expected)


@pytest.mark.parametrize("anchors", [np.zeros((1, 2)), np.zeros((3, 2))])
def test_anchors_without_spacing(anchors):
    built = PartitionedNetwork(nn.Identity())
    built.set_partition(anchors, np.arange(len(anchors)), 3)
    assert built.assign_embedding(torch.randn(5, 2)).isfinite().all()


def test_a_fixed_map_before_the_encoder():
    front = PrincipalComponents(np.array([1.0, 2]), np.array([[0, 3.0]]))
    encoder = nn.Linear(1, 1, bias=False)
    encoder.weight.data.fill_(2)
    built = PartitionedNetwork(encoder, front)
    x = torch.tensor([[5.0, 3.0]])
    assert built.project(x).tolist() == [[3.0]]
    assert built.embed_projected(torch.tensor([[3.0]])).item() == 6
    assert built.encode(x).item() == 6
    # Without one, rows are scaled.
    plain = PartitionedNetwork(encoder, center=1.0, scale=2.0)
    assert plain.project(x[:, :1]).tolist() == [[5.0]]
    assert plain.encode(x[:, :1]).item() == 4
