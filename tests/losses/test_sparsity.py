"""Values and gradients of the sparsity penalties."""

import math

import pytest
import torch

from skdeepcluster.losses import kl_sparsity, l1_sparsity, mean_activation


def test_silent_unit_has_mean_activation_zero():
    h = torch.tensor([[-1.0, 0.0, 100.0], [-2.0, 0.0, 100.0]])
    torch.testing.assert_close(mean_activation(h), torch.tensor([0.0, 0.0, 1.0]))


def test_penalty_is_zero_at_rho():
    h = torch.full((4, 3), math.atanh(0.05))
    assert kl_sparsity(h, 0.05).item() == pytest.approx(0, abs=1e-7)


def test_penalty_by_hand():
    """KL(.05 || .5) = .4946, the value at a mean activation of one half."""
    h = torch.full((4, 3), math.atanh(0.5))
    assert kl_sparsity(h, 0.05).item() == pytest.approx(0.4946, abs=1e-4)


@pytest.mark.parametrize("value", [0.0, 1e4])
def test_penalty_is_finite_for_silent_and_saturated_units(value):
    h = torch.full((4, 3), value, requires_grad=True)
    loss = kl_sparsity(h, 0.05)
    loss.backward()
    assert math.isfinite(loss.item())
    assert torch.isfinite(h.grad).all()


@pytest.mark.parametrize(("value", "sign"), [(0.5, 1), (0.01, -1)])
def test_gradient_pushes_towards_rho(value, sign):
    h = torch.full((4, 3), value, requires_grad=True)
    kl_sparsity(h, 0.05).backward()
    assert (h.grad.sign() == sign).all()


def test_l1_is_the_mean_absolute_activation():
    h = torch.tensor([[1.0, -3.0], [0.0, 4.0]])
    assert l1_sparsity(h).item() == pytest.approx(2.0)
