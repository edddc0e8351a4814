"""Losses that bring views together, against hand values."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from skdeepcluster.losses import (
    attention_loss,
    critic_loss,
    gaussian_kernel,
    generator_loss,
)


def test_attention_loss_by_hand():
    fused = torch.tensor([[1.0, 0.5], [0.5, 1.0]])
    views = torch.tensor([[[1.0, 0.2], [0.2, 1.0]], [[1.0, 0.6], [0.6, 1.0]]])
    weights = torch.tensor([0.25, 0.75])  # the mixture has .5 off the diagonal
    assert attention_loss(fused, views, weights).item() == pytest.approx(0, abs=1e-12)
    weights = torch.tensor([1.0, 0.0])
    total = attention_loss(fused, views, weights, reduction="sum").item()
    assert total == pytest.approx(2 * 0.3**2)
    mean = attention_loss(fused, views, weights).item()
    assert mean == pytest.approx(2 * 0.3**2 / 4)


@given(seed=st.integers(0, 1000), n_views=st.integers(1, 4))
def test_views_that_agree_cost_nothing(seed, n_views):
    generator = torch.Generator().manual_seed(seed)
    kernel = gaussian_kernel(torch.randn(6, 2, generator=generator))
    weights = torch.rand(n_views, generator=generator).softmax(0)
    loss = attention_loss(kernel, kernel.expand(n_views, 6, 6), weights)
    assert loss.item() == pytest.approx(0, abs=1e-12)


def test_attention_loss_with_all_views_observed_is_the_plain_one():
    generator = torch.Generator().manual_seed(0)
    kernels = torch.rand(3, 5, 5, generator=generator)
    weights = torch.rand(2, generator=generator).softmax(0)
    observed = torch.ones(5, 2, dtype=torch.bool)
    for reduction in ("mean", "sum"):
        plain = attention_loss(kernels[0], kernels[1:], weights, None, reduction)
        masked = attention_loss(kernels[0], kernels[1:], weights, observed, reduction)
        torch.testing.assert_close(masked, plain)


def test_pairs_are_compared_in_the_views_that_both_have():
    observed = torch.tensor([[True, True], [True, False], [False, True]])
    views = torch.zeros(2, 3, 3)
    views[0], views[1] = 0.2, 0.6
    fused = torch.full((3, 3), 0.5)
    weights = torch.tensor([0.5, 0.5])
    # Row 0 with itself: .4; with row 1 and row 1 itself: .2; with row 2 and row 2
    # itself: .6; rows 1 and 2 share no view.
    squares = 0.1**2 + 3 * 0.3**2 + 3 * 0.1**2
    total = attention_loss(fused, views, weights, observed, "sum").item()
    assert total == pytest.approx(squares, rel=1e-5)
    mean = attention_loss(fused, views, weights, observed).item()
    assert mean == pytest.approx(squares / 7, rel=1e-5)


def test_critic_that_cannot_tell():
    logits = torch.zeros(4)
    assert generator_loss(logits).item() == pytest.approx(math.log(2))
    assert critic_loss(logits, logits).item() == pytest.approx(2 * math.log(2))


def test_adversarial_losses_by_hand():
    real, fake = torch.tensor([2.0]), torch.tensor([-1.0])

    def log_sigmoid(x):
        return -math.log(1 + math.exp(-x))

    assert generator_loss(fake).item() == pytest.approx(-log_sigmoid(-1), rel=1e-6)
    expected = -log_sigmoid(2) - log_sigmoid(1)  # 1 - sigmoid(-1) = sigmoid(1)
    assert critic_loss(real, fake).item() == pytest.approx(expected, rel=1e-6)
    extreme = torch.tensor([1e4])
    assert critic_loss(-extreme, extreme).isfinite()


def test_rows_without_the_view_do_not_count():
    fake = torch.tensor([0.0, 50.0])
    seen = torch.tensor([True, False])
    assert generator_loss(fake, seen).item() == pytest.approx(math.log(2))
    loss = critic_loss(fake, fake, seen, seen)
    assert loss.item() == pytest.approx(2 * math.log(2))
    assert generator_loss(fake, torch.zeros(2, dtype=torch.bool)) == 0
