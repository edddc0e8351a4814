"""The mean of the embeddings of views."""

import numpy as np
import pytest
import torch
from torch import nn

from skdeepcluster.networks import ViewEncoder


@pytest.fixture
def encoder():
    double, sum_up = nn.Linear(1, 1, bias=False), nn.Linear(2, 1, bias=False)
    double.weight.data.fill_(2)
    sum_up.weight.data.fill_(1)
    encoder = ViewEncoder([2, 1], [sum_up, double], [None, None])
    return encoder.requires_grad_(False)


def test_mean_of_the_views_that_a_row_has(encoder):
    nan = float("nan")
    x = torch.tensor([[1.0, 2.0, 5.0], [1.0, 2.0, nan], [nan, nan, 5.0]])
    assert encoder(x)[:, 0].tolist() == pytest.approx([(3 + 10) / 2, 3, 10])


def test_weights(encoder):
    encoder.weigh(np.array([1.0, 3.0]))
    x = torch.tensor([[1.0, 2.0, 5.0]])
    assert encoder(x).item() == pytest.approx((3 + 3 * 10) / 4)
    encoder.weigh(np.array([1.0, 0.0]))  # all but without influence
    x = torch.tensor([[1.0, 2.0, 5.0], [float("nan"), float("nan"), 5.0]])
    assert encoder(x)[:, 0].tolist() == pytest.approx([3, 10], abs=0.01)
