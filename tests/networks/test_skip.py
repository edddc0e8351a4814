"""A linear map beside an MLP."""

import numpy as np
import torch

from skdeepcluster.networks import SkipMLP

WEIGHT = np.array([[1.0, 2, 0], [0, -1, 3]])
BIAS = np.array([0.5, -4])
X = torch.tensor([[1.0, 2, 3], [0, 0, 0]])


def test_it_starts_as_the_linear_map():
    net = SkipMLP(WEIGHT, BIAS, (7, 5))
    expected = X.double().numpy() @ WEIGHT.T + BIAS
    np.testing.assert_allclose(net(X).detach(), expected)


def test_the_mlp_is_added_and_shows_its_hidden_layers():
    net = SkipMLP(WEIGHT, BIAS, (7, 5))
    torch.nn.init.ones_(net.mlp.layers[-1].weight)
    output, hidden = net.forward_with_hidden(X)
    assert [h.shape for h in hidden] == [(2, 7), (2, 5)]
    linear = X @ torch.tensor(WEIGHT).float().T + torch.tensor(BIAS).float()
    torch.testing.assert_close(output, linear + hidden[-1].sum(1, keepdim=True))
    torch.testing.assert_close(net(X), output)


def test_a_step_moves_both_parts():
    net = SkipMLP(WEIGHT, BIAS, (7,))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    before = {name: p.clone() for name, p in net.named_parameters()}
    for _ in range(2):  # layers below one of zeros move from the second step on
        optimizer.zero_grad()
        net(X).square().sum().backward()
        optimizer.step()
    assert all((p != before[name]).any() for name, p in net.named_parameters())
