"""Closed forms of the Student-t assignment, its target and their divergence."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from skdeepcluster.losses import (
    clustering_loss,
    kmeans_loss,
    soft_assignment,
    target_distribution,
)

embeddings = arrays(
    np.float64, st.tuples(st.integers(1, 12), st.just(3)), elements=st.floats(-50, 50)
)
centers = arrays(
    np.float64, st.tuples(st.integers(1, 5), st.just(3)), elements=st.floats(-50, 50)
)


@given(embeddings, centers)
@settings(deadline=None)
def test_rows_sum_to_one_and_divergence_is_not_negative(z, mu):
    q = soft_assignment(torch.from_numpy(z), torch.from_numpy(mu))
    p = target_distribution(q)
    for rows in (q, p):
        torch.testing.assert_close(rows.sum(1), torch.ones(len(z), dtype=rows.dtype))
        assert (rows >= 0).all()
    assert clustering_loss(p, q).item() >= -1e-6


def test_assignment_is_inverse_in_one_plus_squared_distance():
    z = torch.tensor([[0.0, 0.0]])
    mu = torch.tensor([[1.0, 0.0], [0.0, 3.0]])
    similarity = torch.tensor([1 / 2, 1 / 10])
    torch.testing.assert_close(soft_assignment(z, mu)[0], similarity / similarity.sum())


def test_equidistant_row_is_uniform():
    z = torch.zeros(1, 4)
    q = soft_assignment(z, torch.eye(4))
    torch.testing.assert_close(q, torch.full((1, 4), 0.25))


def test_uniform_assignment_has_no_loss_and_no_gradient():
    z = torch.zeros(6, 4, requires_grad=True)
    q = soft_assignment(z, torch.eye(4))
    p = target_distribution(q.detach())
    torch.testing.assert_close(p, q.detach())
    loss = clustering_loss(p, q)
    loss.backward()
    assert loss.item() == pytest.approx(0, abs=1e-6)
    assert z.grad.abs().max().item() == pytest.approx(0, abs=1e-6)


def test_one_hot_assignment_is_its_own_target():
    q = torch.eye(3)
    torch.testing.assert_close(target_distribution(q), q)
    assert clustering_loss(q, q).item() == 0


def test_one_cluster():
    q = soft_assignment(torch.randn(5, 2), torch.zeros(1, 2))
    torch.testing.assert_close(q, torch.ones(5, 1))
    torch.testing.assert_close(target_distribution(q), q)
    assert clustering_loss(q, q).item() == 0


def test_target_by_hand():
    q = torch.tensor([[0.8, 0.2], [0.4, 0.6]])
    weight = torch.tensor(
        [[0.64 / 1.2, 0.04 / 0.8], [0.16 / 1.2, 0.36 / 0.8]],
    )
    expected = weight / weight.sum(1, keepdim=True)
    torch.testing.assert_close(target_distribution(q), expected)


def test_divergence_by_hand():
    p = torch.tensor([[1.0, 0.0], [0.5, 0.5]])
    q = torch.tensor([[0.5, 0.5], [0.25, 0.75]])
    rows = [math.log(2), 0.5 * math.log(2) + 0.5 * math.log(2 / 3)]
    assert clustering_loss(p, q).item() == pytest.approx(sum(rows) / 2, rel=1e-5)


def test_gradients_are_the_closed_form():
    """Xie et al. (2016), eq. 4 and 5, for the sum over rows."""
    generator = torch.Generator().manual_seed(0)
    z = torch.randn(7, 3, generator=generator, dtype=torch.float64, requires_grad=True)
    mu = torch.randn(4, 3, generator=generator, dtype=torch.float64, requires_grad=True)
    q = soft_assignment(z, mu)
    p = target_distribution(q.detach())
    (clustering_loss(p, q) * len(z)).backward()
    difference = (z.unsqueeze(1) - mu).detach()
    kernel = 1 / (1 + difference.square().sum(2))
    force = 2 * (kernel * (p - q.detach())).unsqueeze(2) * difference
    torch.testing.assert_close(z.grad, force.sum(1), rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(mu.grad, -force.sum(0), rtol=1e-5, atol=1e-6)


def test_empty_cluster_gives_finite_values():
    q = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    p = target_distribution(q)
    assert torch.isfinite(p).all()
    assert torch.isfinite(clustering_loss(p, q))


def test_row_does_not_depend_on_its_neighbours():
    z, mu = torch.randn(100, 5), torch.randn(6, 5)
    torch.testing.assert_close(
        soft_assignment(z, mu)[17:18], soft_assignment(z[17:18], mu), rtol=0, atol=0
    )


def test_kmeans_loss_by_hand():
    z = torch.tensor([[0.0, 0.0], [3.0, 4.0], [1.0, 0.0]])
    centers = torch.tensor([[0.0, 0.0], [3.0, 0.0]])
    assert kmeans_loss(z, centers).item() == pytest.approx((0 + 16 + 1) / 2 / 3)
    assert kmeans_loss(z, z).item() == 0
