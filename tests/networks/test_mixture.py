"""The variational auto-encoder with a mixture as prior."""

import numpy as np
import pytest
import torch
from torch import nn

from skdeepcluster.networks import MLP, MixtureNetwork, SkipMLP


def network(encoder, bernoulli=False, **scaling):
    net = MixtureNetwork(encoder, MLP([2, 5, 4]), 2, bernoulli, **scaling)
    net.set_mixture(torch.tensor([0.25, 0.75]), torch.eye(2), torch.ones(2, 2))
    net.set_noise(0.5, 0.1)
    return net


@pytest.mark.parametrize(
    ("encoder", "n_in"),
    [
        (MLP([4, 7, 2]), 7),
        (MLP([4, 2]), 4),
        (SkipMLP(np.eye(2, 4), np.zeros(2), (6,)), 6),
        (nn.Linear(4, 2), 2),
    ],
    ids=["hidden", "none", "skip", "own"],
)
def test_posterior_starts_with_one_variance(encoder, n_in):
    net = network(encoder, scale=2.0)
    assert net.log_variance.in_features == n_in
    x = torch.randn(3, 4)
    mean, log_variance = net.posterior(net.rescale(x))
    torch.testing.assert_close(mean, net.encode(x))
    torch.testing.assert_close(log_variance.exp(), torch.full((3, 2), 0.1))


def test_assignment_is_the_posterior_of_components():
    net = network(nn.Linear(4, 2))
    z = torch.tensor([[0.5, 0.5], [1.0, 0.0]])
    # Equally far from both; then at the first, whose odds are 1 : 3 exp(-1).
    odds = torch.tensor([[1.0, 3.0], [1.0, 3 * np.exp(-1)]]).float()
    torch.testing.assert_close(net.assign_embedding(z), odds / odds.sum(1)[:, None])


def test_decoded_rows_are_in_the_units_of_the_data():
    z = torch.randn(3, 2)
    net = network(nn.Linear(4, 2), center=5.0, scale=3.0)
    torch.testing.assert_close(net.decode(z), net.decoder(z) * 3 + 5)
    net = network(nn.Linear(4, 2), bernoulli=True, center=0.5, scale=0.2)
    torch.testing.assert_close(net.decode(z), net.decoder(z).sigmoid())
    x = torch.rand(3, 4)
    error = (net.decode(z) - x).square().mean()
    torch.testing.assert_close(net.reconstruction_loss(z, net.rescale(x)), error)
