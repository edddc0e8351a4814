"""The contrast of views with other clusters, against hand values."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from skdeepcluster.losses import cross_view_loss


def test_by_hand():
    """Two rows in a cluster each; the views of row 0 agree, those of row 1 do not."""
    h = torch.tensor([[[1.0, 0], [2, 0]], [[0, 1.0], [-3, 0]]])
    t = 0.5
    n = 1  # a quarter of four latents
    one, zero, minus = math.exp(1 / t), 1.0, math.exp(-1 / t)
    # Similarities of each latent to its partner, and to the two of the other row.
    costs = [
        -math.log(one / (one + n * (zero + minus) / 2)),
        -math.log(one / (one + n * (zero + minus) / 2)),
        -math.log(zero / (zero + n * zero)),
        -math.log(zero / (zero + n * minus)),
    ]
    loss = cross_view_loss(h, torch.tensor([0, 1]), t).item()
    assert loss == pytest.approx(sum(costs) / 4, rel=1e-5)


def test_equal_latents_cost_what_chance_does():
    h, clusters = torch.ones(6, 3, 2), torch.arange(6) % 2
    loss = cross_view_loss(h, clusters, 0.1).item()
    assert loss == pytest.approx(math.log(1 + 18 / 4), rel=1e-5)


def test_rows_of_one_cluster_are_not_pushed_apart():
    h = torch.randn(6, 2, 3, requires_grad=True)
    loss = cross_view_loss(h, torch.zeros(6, dtype=torch.long), 0.1)
    loss.backward()
    assert loss.item() == 0
    assert not h.grad.any()


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 1000), n_views=st.integers(2, 4))
def test_rows_scales_and_views_in_any_order(seed, n_views):
    generator = torch.Generator().manual_seed(seed)
    h = torch.randn(7, n_views, 3, generator=generator)
    clusters = torch.randint(3, (7,), generator=generator)
    loss = cross_view_loss(h, clusters, 0.2)
    rows, views = (torch.randperm(n, generator=generator) for n in (7, n_views))
    scales = 0.1 + torch.rand(7, n_views, 1, generator=generator)
    other = cross_view_loss((scales * h)[rows][:, views], clusters[rows], 0.2)
    torch.testing.assert_close(other, loss, rtol=1e-4, atol=1e-6)
    assert loss >= 0


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 1000))
def test_missing_latents_do_not_take_part(seed):
    """Of two views, rows without one are as if they were not there for it."""
    generator = torch.Generator().manual_seed(seed)
    h = torch.randn(8, 2, 3, generator=generator)
    clusters = torch.arange(8) % 2
    observed = torch.ones(8, 2, dtype=torch.bool)
    observed[6:] = False
    masked = cross_view_loss(h, clusters, 0.3, observed)
    torch.testing.assert_close(masked, cross_view_loss(h[:6], clusters[:6], 0.3))
    observed[0, 1] = observed[1, 0] = False
    h.requires_grad_()
    cross_view_loss(h, clusters, 0.3, observed).backward()
    assert h.grad.isfinite().all()
    assert not h.grad[~observed].any()
    assert h.grad[0, 0].any()  # a negative of others


def test_no_row_with_two_views_costs_nothing():
    observed = torch.tensor([[True, False], [False, True]])
    loss = cross_view_loss(torch.randn(2, 2, 3), torch.tensor([0, 1]), 0.1, observed)
    assert loss.item() == 0
