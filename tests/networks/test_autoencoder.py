"""The auto-encoder's scaling and reshaping."""

import torch
from torch import nn

from skdeepcluster.networks import MLP, AutoencoderNetwork


def test_scale_is_inside():
    net = AutoencoderNetwork(nn.Identity(), nn.Identity(), center=1.0, scale=4.0)
    x = torch.randn(3, 2)
    torch.testing.assert_close(net.encode(x), (x - 1) / 4)
    torch.testing.assert_close(net.decode(net.encode(x)), x)
    torch.testing.assert_close(net(x), x)


def test_images_are_reshaped_inside():
    encoder = nn.Sequential(nn.Conv2d(2, 1, 3), nn.Flatten())
    net = AutoencoderNetwork(encoder, MLP([8, 24]), input_shape=(2, 3, 4))
    assert net.encode(torch.randn(5, 24)).shape == (5, 2)


def test_hidden_activations_come_along():
    net = AutoencoderNetwork(MLP([4, 6, 2]), MLP([2, 6, 4]), scale=2.0)
    x = torch.randn(3, 4)
    z, hidden = net.embed_with_hidden(net.rescale(x))
    torch.testing.assert_close(z, net.encode(x))
    assert [h.shape for h in hidden] == [(3, 6)]
