"""One encoder, two heads."""

import torch
from torch import nn

from skdeepcluster.networks import ContrastiveNetwork


def test_both_heads_read_one_representation():
    net = ContrastiveNetwork(
        nn.Linear(4, 6), n_components=6, n_clusters=3, projection_dim=5
    )
    x = torch.rand(7, 4)
    z, y = net(x)
    assert z.shape == (7, 5)
    torch.testing.assert_close(y.sum(1), torch.ones(7))
    torch.testing.assert_close(y, net.assign(x))
    torch.testing.assert_close(y, net.assign_embedding(net.encode(x)))


def test_heads_as_published():
    net = ContrastiveNetwork(
        nn.Identity(), n_components=6, n_clusters=3, projection_dim=5
    )
    kinds = [type(layer) for layer in net.cluster_head]
    assert kinds == [nn.Linear, nn.ReLU, nn.Linear]
    assert net.instance_head[0].out_features == 6
