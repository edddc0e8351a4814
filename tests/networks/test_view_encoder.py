"""The mean of the embeddings of views."""

import numpy as np
import pytest
import torch
from torch import nn

from skdeepcluster.networks import PrincipalComponents, ViewEncoder, ViewInput


@pytest.fixture
def encoder():
    views = ViewInput(
        {"a": np.array([0, 1]), "b": np.array([2])}, np.zeros(3), np.ones(2)
    )
    double, sum_up = nn.Linear(1, 1, bias=False), nn.Linear(2, 1, bias=False)
    double.weight.data.fill_(2)
    sum_up.weight.data.fill_(1)
    projections = [PrincipalComponents(np.zeros(n), np.eye(n)) for n in (2, 1)]
    encoder = ViewEncoder(views, [sum_up, double], [None, None], projections)
    return encoder.requires_grad_(False)


def test_mean_of_the_views_that_a_row_has(encoder):
    nan = float("nan")
    x = torch.tensor([[1.0, 2.0, 5.0], [1.0, 2.0, nan], [nan, nan, 5.0]])
    assert encoder(x)[:, 0].tolist() == pytest.approx([(3 + 10) / 2, 3, 10])


def test_weights(encoder):
    encoder.weights.copy_(torch.tensor([1.0, 3.0]))
    x = torch.tensor([[1.0, 2.0, 5.0]])
    assert encoder(x).item() == pytest.approx((3 + 3 * 10) / 4)
    encoder.weights.copy_(torch.tensor([1.0, 0.0]))  # all but without influence
    x = torch.tensor([[1.0, 2.0, 5.0], [float("nan"), 0.0, 5.0]])
    assert encoder(x)[:, 0].tolist() == pytest.approx([3, 10], abs=0.01)


def test_projections_side_by_side(encoder):
    x = torch.tensor([[1.0, 2.0, 5.0]])
    assert encoder.project(x).tolist() == [[1, 2, 5]]
    assert encoder.projected_widths == [2, 1]
