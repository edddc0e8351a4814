"""One encoder, clusters and finer clusters."""

import pytest
import torch

from skdeepcluster.networks import MLP, OverclusteringNetwork


@pytest.mark.parametrize("n_fine", [0, 15])
def test_assignments(n_fine):
    net = OverclusteringNetwork(MLP([4, 8]), 8, 3, n_fine, 2, scale=2.0)
    x = torch.randn(5, 4)
    y, fine = net(x)
    assert len(y) == 2
    assert [each.shape for each in fine] == [(5, 15)] * (2 if n_fine else 0)
    for each in fine:
        torch.testing.assert_close(each.sum(1), torch.ones(5))
    for kept in y:
        torch.testing.assert_close(kept, net.assign(x))
        torch.testing.assert_close(kept, net.assign_embedding(net.encode(x)))
        torch.testing.assert_close(kept, net.logits(x).softmax(1))
        if len(net.cluster_heads) > 1:
            net.keep_head(1)
    assert len(net(x)[0]) == 1
