"""Residual networks."""

import pytest
import torch
from torch import nn

from skdeepcluster.networks import ResNet


@pytest.mark.parametrize(("depth", "n_layers"), [(18, 18), (34, 34)])
def test_layers_are_counted_as_usual(depth, n_layers):
    """Convolutions but those of shortcuts, and the classifier that is left out."""
    net = ResNet((3, 32, 32), 512, depth)
    main = [m for n, m in net.named_modules() if "shortcut" not in n]
    convolutions = [m for m in main if isinstance(m, nn.Conv2d)]
    assert len(convolutions) == n_layers - 1


@pytest.mark.parametrize(
    ("side", "n_channels", "after_stem"), [(32, 3, 32), (96, 1, 24)]
)
def test_stem_by_size(side, n_channels, after_stem):
    net = ResNet((n_channels, side, side), 512, 18).eval()
    x = torch.rand(2, n_channels, side, side)
    assert net.stem(x).shape[2:] == (after_stem, after_stem)
    assert net(x).shape == (2, 512)


def test_other_width_adds_a_layer():
    net = ResNet((3, 32, 32), 10, 18).eval()
    assert net(torch.rand(2, 3, 32, 32)).shape == (2, 10)
    assert isinstance(net.project, nn.Linear)


def test_number_of_parameters():
    """11.17 million without classifier, as commonly given for the CIFAR stem."""
    net = ResNet((3, 32, 32), 512, 18)
    assert sum(p.numel() for p in net.parameters()) == 11_168_832
