"""Reconstruction of numbers and categories."""

import math

import pytest
import torch
import torch.nn.functional as F

from skdeepcluster.losses import mixed_loss

NONE = torch.tensor([], dtype=torch.long)


def test_without_categories_it_is_the_mean_squared_error():
    x, decoded = torch.randn(2, 6, 4)
    loss = mixed_loss(x, decoded, NONE, (), 3.0)
    torch.testing.assert_close(loss, F.mse_loss(decoded, x))


def test_by_hand():
    """A number that is off by 2, beside two categories of even odds."""
    x = torch.tensor([[0.0, 5.0, 1.0]])
    decoded = torch.tensor([[0.3, 3.0, 0.3]])
    loss = mixed_loss(x, decoded, torch.tensor([0, 2]), (2,), 1.5)
    assert loss.item() == pytest.approx((4 + 1.5 * math.log(2)) / 3)


def test_each_group_has_a_softmax_of_its_own():
    logits = torch.tensor([[0.0, math.log(3), math.log(9), 0.0, 0.0]])
    x = torch.tensor([[1.0, 0, 1, 0, 0]])
    loss = mixed_loss(x, logits, torch.arange(5), (2, 3), 1.0)
    assert loss.item() == pytest.approx((math.log(4) + math.log(11 / 9)) / 5)


def test_unknown_categories_cost_nothing():
    decoded = torch.randn(1, 3, requires_grad=True)
    loss = mixed_loss(torch.zeros(1, 3), decoded, torch.arange(3), (3,), 1.0)
    loss.backward()
    assert loss == 0
    assert not decoded.grad.any()


def test_it_is_the_negative_log_likelihood_of_a_row():
    """Up to a factor and a constant, with a weight of twice the variance."""
    variance, x = 0.7, torch.tensor([[0.4, -1.0, 0.0, 1.0, 0.0]])
    columns = torch.tensor([2, 3, 4])

    def nll(decoded):
        normal = torch.distributions.Normal(decoded[:, :2], math.sqrt(variance))
        category = torch.distributions.Categorical(logits=decoded[:, 2:])
        one = category.log_prob(torch.tensor([1]))
        return -(normal.log_prob(x[:, :2]).sum() + one.sum())

    first, second = torch.randn(2, 1, 5)
    losses = [mixed_loss(x, d, columns, (3,), 2 * variance) for d in (first, second)]
    expected = 2 * variance / 5 * (nll(first) - nll(second))
    torch.testing.assert_close(losses[0] - losses[1], expected, rtol=1e-4, atol=1e-5)
