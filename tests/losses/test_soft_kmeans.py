"""Closed forms of soft k-means and of its annealing."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from skdeepcluster.losses import annealed, kmeans_loss, soft_kmeans_loss


def draw(seed):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(7, 3, generator=generator), torch.randn(
        4, 3, generator=generator
    )


def test_two_centres_by_hand():
    z, centers = torch.tensor([[0.0]]), torch.tensor([[1.0], [2.0]])
    share = 1 / (1 + math.exp(-0.5 * (4 - 1)))  # of the first, with alpha = 0.5
    expected = share * 1 + (1 - share) * 4
    assert soft_kmeans_loss(z, centers, 0.5).item() == pytest.approx(expected)


@given(st.integers(0, 10_000))
@settings(deadline=None, max_examples=30)
def test_between_the_mean_of_all_and_the_nearest(seed):
    z, centers = draw(seed)
    nearest = 2 * kmeans_loss(z, centers)
    mean = torch.cdist(z, centers).square().mean()
    torch.testing.assert_close(soft_kmeans_loss(z, centers, 0.0), mean)
    torch.testing.assert_close(soft_kmeans_loss(z, centers, 1e6), nearest)
    softness = [soft_kmeans_loss(z, centers, a).item() for a in (0.1, 1.0, 10.0)]
    assert mean >= softness[0] >= softness[1] >= softness[2] >= nearest - 1e-5


def test_far_rows_have_finite_gradients():
    z = torch.full((1, 2), 1e4, requires_grad=True)
    soft_kmeans_loss(z, torch.tensor([[0.0, 0.0], [1.0, 1.0]]), 1000.0).backward()
    assert z.grad.isfinite().all()


def test_annealing_follows_its_recurrence():
    values = [annealed(step) for step in range(40)]
    assert values[0] == 0.1
    for n in range(2, 40):
        ratio = values[n - 1] / values[n - 2]
        assert ratio == pytest.approx(2 ** (1 / np.log(n) ** 2))
    assert annealed(5, 3.0) == pytest.approx(30 * values[5])
