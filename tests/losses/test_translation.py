"""Losses of translation between modalities, against hand values."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from skdeepcluster.losses import (
    gradient_penalty,
    translation_loss,
    wasserstein_critic_loss,
    wasserstein_generator_loss,
)


def noise(seed=0):
    return torch.Generator().manual_seed(seed)


def test_translation_loss_by_hand():
    z = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    translated = torch.tensor([[1.0, 0.0], [4.0, 4.0]])
    assert translation_loss(z, translated).item() == pytest.approx((2 + 1) / 4)


@given(seed=st.integers(0, 1000))
def test_identity_translates_for_nothing(seed):
    z = torch.randn(5, 3, generator=noise(seed))
    assert translation_loss(z, nn.Identity()(z)).item() == 0


def test_target_is_not_pulled():
    z = torch.randn(5, 3, requires_grad=True)
    weight = torch.randn(3, 3, requires_grad=True)
    translation_loss(z, z.detach() @ weight).backward()
    assert z.grad is None
    assert weight.grad.any()


def test_wasserstein_losses_by_hand():
    real, fake = torch.tensor([1.0, 3.0]), torch.tensor([0.0, 0.5, 1.0])
    assert wasserstein_critic_loss(real, fake).item() == pytest.approx(0.5 - 2)
    assert wasserstein_generator_loss(fake).item() == pytest.approx(-0.5)


def test_critic_that_gives_all_the_same_loses_nothing():
    same = torch.full((4,), 0.7)
    assert wasserstein_critic_loss(same, same[:2]).item() == pytest.approx(0)


@pytest.mark.parametrize("slope", [0.0, 0.5, 1.0, 3.0])
def test_gradient_penalty_of_a_linear_critic(slope):
    direction = slope * torch.tensor([0.6, 0.8])
    real, fake = torch.randn(7, 2), torch.randn(4, 2)
    value = gradient_penalty(lambda x: x @ direction, real, fake, noise())
    assert value.item() == pytest.approx((slope - 1) ** 2, abs=1e-6)


def test_gradient_penalty_teaches_the_critic():
    critic = nn.Linear(2, 1)
    gradient_penalty(critic, torch.randn(4, 2), torch.randn(9, 2), noise()).backward()
    assert critic.weight.grad.any()
