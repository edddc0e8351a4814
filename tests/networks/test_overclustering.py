"""One encoder, clusters and finer clusters."""

import pytest
import torch

from skdeepcluster.networks import MLP, OverclusteringNetwork


@pytest.mark.parametrize("n_fine", [0, 15])
def test_assignments(n_fine):
    net = OverclusteringNetwork(MLP([4, 8]), 8, 3, n_fine, scale=2.0)
    x = torch.randn(5, 4)
    y, fine = net(x)
    torch.testing.assert_close(y, net.assign(x))
    torch.testing.assert_close(y, net.assign_embedding(net.encode(x)))
    torch.testing.assert_close(y, net.logits(x).softmax(1))
    if not n_fine:
        assert fine is None
        return
    assert fine.shape == (5, 15)
    torch.testing.assert_close(fine.sum(1), torch.ones(5))
