"""Encoders of images."""

import pytest
import torch
from torch import nn

from skdeepcluster.networks import ConvNet


@pytest.mark.parametrize(
    "image_shape",
    [(1, 28, 28), (3, 32, 32), (3, 96, 96), (1, 16, 16), (1, 8, 8), (2, 5, 9)],
)
def test_one_value_an_output_whatever_the_size(image_shape):
    net = ConvNet(image_shape, 7).eval()
    assert net(torch.rand(3, *image_shape)).shape == (3, 7)


@pytest.mark.parametrize("side", [1, 2, 3, 4, 15, 23, 24])
def test_no_image_is_too_small(side):
    net = ConvNet((1, side, side), 2).eval()
    assert net(torch.rand(2, 1, side, side)).shape == (2, 2)


def test_published_net_for_mnist():
    net = ConvNet((1, 28, 28), 10)
    convolutions = [m for m in net.modules() if isinstance(m, nn.Conv2d)]
    widths = [m.out_channels for m in convolutions]
    assert widths == [64, 64, 64, 128, 128, 128, 10]
    assert net.body(torch.rand(2, 1, 28, 28)).shape == (2, 128, 2, 2)


def test_weights_start_by_he():
    net = ConvNet((1, 28, 28), 10)
    weight = net.body[3].weight  # 64 -> 64, 3 x 3
    assert weight.std().item() == pytest.approx((2 / (64 * 9)) ** 0.5, rel=0.05)
