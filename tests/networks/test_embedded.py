"""The network with centres."""

import torch
from torch import nn

from skdeepcluster.losses import soft_assignment
from skdeepcluster.networks import EmbeddedClusteringNetwork


def test_centres_are_trained_and_moved():
    net = EmbeddedClusteringNetwork(nn.Identity(), None, scale=2.0)
    assert net.centers is None
    centers = torch.tensor([[0.0, 0.0], [1.0, 1.0], [2.0, 0.0]])
    net.set_centers(centers.numpy())
    assert [name for name, _ in net.named_parameters()] == ["centers"]
    x = torch.randn(5, 2)
    torch.testing.assert_close(net.assign(x), soft_assignment(x / 2, centers))
    net.move_cluster(1, torch.tensor([7.0, 8.0]))
    assert net.centers[1].tolist() == [7.0, 8.0]
