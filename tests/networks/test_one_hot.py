"""One-hot columns of a decoder."""

import torch

from skdeepcluster.losses import mixed_loss
from skdeepcluster.networks import OneHotColumns

LOW = torch.tensor([0.0, -2.0, -1.0])
HIGH = torch.tensor([1.0, 3.0, 1.0])
ONE_HOT = OneHotColumns([(2, 1)], LOW, HIGH, 1.5)


def test_targets_are_shares_whatever_stands_for_yes_and_no():
    decoded = torch.randn(2, 3)
    x = torch.tensor([[0.7, 3.0, -1.0], [0.1, -2.0, 1.0]])
    shares = torch.tensor([[0.7, 1.0, 0.0], [0.1, 0.0, 1.0]])
    expected = mixed_loss(shares, decoded, torch.tensor([2, 1]), (2,), 1.5)
    torch.testing.assert_close(ONE_HOT.loss(decoded, x), expected)


def test_values_lie_between_no_and_yes():
    decoded = torch.tensor([[0.7, 50.0, -50.0], [0.1, 0.0, 0.0]])
    values = torch.tensor([[0.7, 3.0, -1.0], [0.1, 0.5, 0.0]])
    torch.testing.assert_close(ONE_HOT.values(decoded), values)


def test_a_category_that_does_not_occur_keeps_its_value():
    one_hot = OneHotColumns(
        [(0, 1)], torch.tensor([0.0, 0.2]), torch.full((2,), 0.2), 1
    )
    assert one_hot.loss(torch.randn(3, 2), torch.full((3, 2), 0.2)).isfinite()
    assert (one_hot.values(torch.randn(3, 2))[:, 1] == 0.2).all()
