"""Divergence-based clustering losses against their closed forms."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from skdeepcluster.losses import (
    cauchy_schwarz,
    coassignment_loss,
    gaussian_kernel,
    orthogonality_loss,
    separation_loss,
    simplex_loss,
)


def one_hot_blocks(k, m=None):
    """Balanced one-hot rows, and the kernel that is 1 within a cluster, else 0."""
    a = torch.eye(k).repeat_interleave((m or 5 * k) // k, 0)
    return a, a @ a.T


def test_kernel_by_hand():
    h = torch.tensor([[0.0, 0.0], [3.0, 4.0], [0.0, 0.0]])
    # Squared distances 25, 0, 25 and the diagonal: five zeros of nine, so the median
    # is 0 and the mean of the positive ones, 25, takes its place.
    kernel = gaussian_kernel(h, width=0.5)
    near = math.exp(-25 / (2 * 0.5 * 25))
    expected = torch.tensor([[1, near, 1], [near, 1, near], [1, near, 1]])
    torch.testing.assert_close(kernel, expected)


def test_kernel_width_is_of_the_median():
    h = torch.tensor([[0.0], [1.0], [3.0]])  # squares 1, 4, 9 twice; zeros thrice
    kernel = gaussian_kernel(h, width=0.15)  # the lower median is 1
    assert kernel[0, 1].item() == pytest.approx(math.exp(-1 / 0.3), rel=1e-5)


def test_kernel_width_from_some_pairs():
    h = torch.tensor([[0.0], [1.0], [100.0]])
    seen = torch.tensor([True, True, False])
    kernel = gaussian_kernel(h, 0.15, seen[:, None] & seen[None])
    # Squares 0, 1, 1, 0: the lower median is 0, the mean of the positive ones 1.
    assert kernel[0, 1].item() == pytest.approx(math.exp(-1 / 0.3), rel=1e-5)
    none = torch.zeros(3, 3, dtype=torch.bool)
    assert gaussian_kernel(h, 0.15, none).isfinite().all()


def test_kernel_properties_and_no_gradient_through_its_width():
    generator = torch.Generator().manual_seed(0)
    h = (torch.randn(30, 4, generator=generator) * 1e3).requires_grad_()
    kernel = gaussian_kernel(h)
    assert (kernel.diagonal() == 1).all()
    assert ((kernel >= 0) & (kernel <= 1)).all()
    torch.testing.assert_close(kernel, kernel.T)
    # Were the width to follow, scaling all rows would change nothing.
    (gradient,) = torch.autograd.grad(kernel.sum(), h)
    assert (gradient * h).sum().abs() > 1e-3


def test_equal_rows_are_finite():
    h = torch.ones(6, 3, requires_grad=True)
    a = torch.full((6, 2), 0.5, requires_grad=True)
    kernel = gaussian_kernel(h)
    loss = separation_loss(a, kernel) + simplex_loss(a, kernel)
    loss.backward()
    assert (kernel == 1).all()
    assert h.grad.isfinite().all()
    assert a.grad.isfinite().all()


@pytest.mark.parametrize("k", [2, 3, 10])
def test_separated_clusters_do_not_overlap(k):
    a, kernel = one_hot_blocks(k)
    assert separation_loss(a, kernel).item() == pytest.approx(0, abs=1e-6)
    assert orthogonality_loss(a) == 0


@given(seed=st.integers(0, 1000), k=st.integers(2, 5))
def test_proportional_columns_overlap_wholly(seed, k):
    generator = torch.Generator().manual_seed(seed)
    column = torch.rand(8, 1, generator=generator) + 0.1
    factors = torch.rand(1, k, generator=generator) + 0.1
    kernel = gaussian_kernel(torch.rand(8, 2, generator=generator))
    assert cauchy_schwarz(column * factors, kernel).item() == pytest.approx(1, rel=1e-4)


@pytest.mark.parametrize(
    ("k", "floor"), [(2, 0.2658), (3, 0.2788), (10, 0.3582), (20, 0.4454)]
)
def test_simplex_loss_of_the_best_assignments(k, floor):
    a, kernel = one_hot_blocks(k)
    assert simplex_loss(a, kernel).item() == pytest.approx(floor, abs=1e-4)


@pytest.mark.parametrize("k", [2, 10])
def test_uniform_assignments(k):
    m = 100
    a = torch.full((m, k), 1 / k)
    kernel = gaussian_kernel(torch.randn(m, 3, generator=torch.Generator()))
    assert separation_loss(a, kernel).item() == pytest.approx(1, rel=1e-4)
    assert simplex_loss(a, kernel).item() == pytest.approx(1, rel=1e-4)
    assert orthogonality_loss(a).item() == pytest.approx(m / k**2, rel=1e-5)
    assert coassignment_loss(a).item() == pytest.approx(1 / k, rel=1e-5)


def test_regularisers_by_hand():
    a = torch.tensor([[0.5, 0.5], [1.0, 0.0], [0.25, 0.75]])
    # A'A has .25 + 0 + .1875 off its diagonal; AA' has .5, .5, .25 above it.
    assert orthogonality_loss(a).item() == pytest.approx(0.4375)
    assert coassignment_loss(a).item() == pytest.approx((0.5 + 0.5 + 0.25) / 3)


def test_only_coassignment_fights_collapse():
    collapsed = torch.tensor([[1.0, 0.0]]).repeat(10, 1)
    balanced = one_hot_blocks(2)[0]
    assert orthogonality_loss(collapsed) == 0
    assert coassignment_loss(collapsed) == 1
    assert coassignment_loss(balanced) == pytest.approx(4 / 9)


def test_one_cluster_costs_nothing():
    a = torch.ones(4, 1, requires_grad=True)
    kernel = torch.eye(4)
    total = separation_loss(a, kernel) + simplex_loss(a, kernel) + orthogonality_loss(a)
    assert total == 0
    total.backward()
    assert a.grad.isfinite().all()


def test_dead_cluster_has_finite_gradients():
    logits = torch.tensor([[0.0, -200.0]]).repeat(5, 1).requires_grad_()
    a = logits.softmax(1)
    kernel = gaussian_kernel(torch.arange(5.0)[:, None])
    (separation_loss(a, kernel) + simplex_loss(a, kernel)).backward()
    assert logits.grad.isfinite().all()
