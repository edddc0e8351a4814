"""Scaling inside the network."""

import torch
from torch import nn

from skdeepcluster.networks import ScaledEncoder


def test_rows_are_centred_scaled_and_shaped():
    net = ScaledEncoder(nn.Identity(), center=1.0, scale=2.0, input_shape=(1, 2, 2))
    encoded = net.encode(torch.tensor([[1.0, 3, 5, -1]]))
    torch.testing.assert_close(encoded, torch.tensor([[[[0.0, 1], [2, -1]]]]))


def test_scaling_is_part_of_the_state():
    assert set(ScaledEncoder(nn.Identity()).state_dict()) == {"center", "scale"}
