"""The head of DAC."""

import pytest
import torch
from torch import nn

from skdeepcluster.networks import AdaptiveNetwork


def linear_layers(net):
    return [layer for layer in net.head if isinstance(layer, nn.Linear)]


def test_square_layers_start_as_the_identity():
    net = AdaptiveNetwork(nn.Identity(), 3, 3, final_relu=False)
    assert len(linear_layers(net)) == 2
    for layer in linear_layers(net):
        assert torch.equal(layer.weight, torch.eye(3))
        assert torch.equal(layer.bias, torch.zeros(3))


def test_other_width_is_brought_to_the_clusters():
    net = AdaptiveNetwork(nn.Identity(), 5, 3, final_relu=False)
    assert linear_layers(net)[0].in_features == 5
    assert net.eval()(torch.rand(2, 5)).shape == (2, 3)


@pytest.mark.parametrize("final_relu", [False, True])
def test_final_relu(final_relu):
    net = AdaptiveNetwork(nn.Identity(), 3, 3, final_relu)
    a = net(torch.randn(50, 3))
    assert (a.min() >= 0) == final_relu
    torch.testing.assert_close(net.assign(torch.randn(5, 3)).sum(1), torch.ones(5))
