"""Encoder of windows."""

import pytest
import torch
from torch import nn

from skdeepcluster.networks import ConvNet1d


@pytest.mark.parametrize("window_shape", [(1, 1), (3, 2), (9, 17), (3, 200), (1, 1000)])
def test_one_value_an_output_whatever_the_length(window_shape):
    net = ConvNet1d(window_shape, 7).eval()
    assert net(torch.rand(3, *window_shape)).shape == (3, 7)


def test_long_windows_are_halved_three_times():
    net = ConvNet1d((3, 200), 7)
    assert net.body(torch.rand(2, 3, 200)).shape == (2, 128, 25)
    assert ConvNet1d((3, 8), 7).body(torch.rand(2, 3, 8)).shape == (2, 128, 8)


def test_weights_start_by_he():
    weight = ConvNet1d((3, 64), 10).body[4].weight  # 32 -> 64, 5 steps
    assert weight.std().item() == pytest.approx((2 / (32 * 5)) ** 0.5, rel=0.05)


def test_units_of_channels_do_not_matter():
    x = torch.randn(64, 2, 40)
    torch.manual_seed(0)
    net = ConvNet1d((2, 40), 5).train()
    scaled = net(x * torch.tensor([[1000.0], [0.01]]) + 50)
    torch.testing.assert_close(scaled, net(x), rtol=0, atol=0.1)


def test_a_pattern_is_found_wherever_it_is():
    torch.manual_seed(0)
    net = ConvNet1d((1, 160), 5).eval()
    x = torch.zeros(2, 1, 160)
    x[0, 0, 40:56] = x[1, 0, 96:112] = torch.randn(16)
    early, late = net(x)
    torch.testing.assert_close(early, late)
    assert not any(isinstance(m, nn.Linear) for m in net.modules())
