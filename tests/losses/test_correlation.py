"""Canonical correlations, against closed forms."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from skdeepcluster.losses import (
    canonical_maps,
    correlation_loss,
    correlation_matrix,
    cross_covariance,
)

seeded = settings(max_examples=30, deadline=None)


def correlated(seed, m=50, n_views=2, d=3):
    """Latents of views that share something."""
    generator = torch.Generator().manual_seed(seed)
    shared = torch.randn(m, 1, d, generator=generator)
    noise = torch.randn(m, n_views, d, generator=generator)
    return (shared + 0.7 * noise).double()


def root(covariance):
    values, vectors = np.linalg.eigh(covariance)
    return vectors @ np.diag(values**-0.5) @ vectors.T


@seeded
@given(seed=st.integers(0, 1000), ridge=st.sampled_from([0.0, 0.1, 2.0]))
def test_two_views_have_the_trace_norm_of_whitened_covariances(seed, ridge):
    h = correlated(seed)
    a, b = (view - view.mean(0) for view in h.numpy().swapaxes(0, 1))
    own = []
    for view in (a, b):
        covariance = view.T @ view / 49
        own.append(covariance + ridge * np.trace(covariance) / 3 * np.eye(3))
    whitened = root(own[0]) @ (a.T @ b / 49) @ root(own[1])
    expected = np.linalg.svd(whitened, compute_uv=False)
    for k in (1, 2, 3):
        loss = correlation_loss(h, k, ridge).item()
        assert loss == pytest.approx(-expected[:k].sum(), rel=1e-6)


@seeded
@given(seed=st.integers(0, 1000), n_views=st.integers(2, 4))
def test_linear_maps_of_a_view_change_nothing(seed, n_views):
    h = correlated(seed, n_views=n_views)
    generator = torch.Generator().manual_seed(seed)
    maps = torch.eye(3) + 0.2 * torch.randn(n_views, 3, 3, generator=generator)
    moved = torch.einsum("mvd,vde->mve", h, maps.double()) + 5
    loss = correlation_loss(h, 3, 0.0)
    torch.testing.assert_close(correlation_loss(moved, 3, 0.0), loss, rtol=1e-4, atol=0)
    # With a ridge, the scale of a view does not matter.
    scales = torch.rand(n_views, 1, generator=generator) + 0.1
    loss = correlation_loss(h, 3, 0.5)
    torch.testing.assert_close(correlation_loss(scales * h, 3, 0.5), loss)


def test_equal_views_are_perfectly_correlated():
    h = torch.randn(30, 1, 4).double().expand(30, 3, 4)
    assert correlation_loss(h, 4, 0.0).item() == pytest.approx(-4)
    assert -4 < correlation_loss(h, 4, 0.1).item() < -3


def test_correlations_of_several_views_are_means_over_pairs():
    """Of one column each, the matrix is that of correlations."""
    h = correlated(0, n_views=3, d=1)
    pairs = np.corrcoef(h[:, :, 0].T)
    matrix, _ = correlation_matrix(cross_covariance(h)[0], 0.0)
    np.testing.assert_allclose(matrix, (pairs - np.eye(3)) / 2, atol=1e-9)


def test_a_single_view_has_no_correlation():
    assert correlation_loss(torch.randn(9, 1, 3), 3, 0.1).item() == 0


def test_covariances_over_the_rows_that_have_both_views():
    h, observed = correlated(0, m=20), torch.ones(20, 2, dtype=torch.bool)
    observed[:5, 0] = observed[15:, 1] = False
    covariance, center = cross_covariance(h * observed[:, :, None], observed)
    a, b = h[5:, 0], h[:15, 1]
    torch.testing.assert_close(center, torch.stack([a.mean(0), b.mean(0)]))
    torch.testing.assert_close(covariance[0, :, 0], torch.cov(a.T))
    both = (a - a.mean(0))[:10].T @ (b - b.mean(0))[5:] / 9
    torch.testing.assert_close(covariance[0, :, 1], both)
    torch.testing.assert_close(covariance[1, :, 0], both.T)


def test_rows_in_pieces_give_the_same_covariances(monkeypatch):
    h, observed = correlated(0), torch.rand(50, 2) < 0.7
    whole = cross_covariance(h, observed)
    monkeypatch.setattr("skdeepcluster.losses.correlation._CHUNK", 7)
    for piece, expected in zip(cross_covariance(h, observed), whole, strict=True):
        torch.testing.assert_close(piece, expected)


@pytest.mark.parametrize("n_views", [2, 3])
def test_gradients_of_repeated_correlations_are_finite(n_views):
    h = torch.randn(30, 1, 4).expand(30, n_views, 4).clone().requires_grad_()
    correlation_loss(h, 4, 0.1).backward()
    assert h.grad.isfinite().all()
    constant = torch.ones(30, n_views, 4, requires_grad=True)
    loss = correlation_loss(constant, 4, 0.1)
    loss.backward()
    assert loss.item() == pytest.approx(0, abs=1e-6)
    assert constant.grad.isfinite().all()


def test_what_is_not_finite_gives_a_loss_that_is_not():
    h = torch.randn(30, 2, 4)
    h[0, 0, 0] = torch.nan
    assert correlation_loss(h, 4, 0.1).isnan()


@seeded
@given(seed=st.integers(0, 1000), n_views=st.integers(2, 4))
def test_variates_are_uncorrelated_and_as_long_as_views_agree(seed, n_views):
    h = correlated(seed, n_views=n_views)
    covariance, center = cross_covariance(h)
    maps, correlations = canonical_maps(covariance, 3, 0.0)
    z = torch.einsum("mvd,vdk->mvk", h - center, maps)
    deviations = (1 + (n_views - 1) * correlations) / n_views
    spread = torch.cov(z.mean(1).T)
    torch.testing.assert_close(spread, deviations.square().diag(), rtol=1e-5, atol=1e-8)
    assert correlations.sum().item() == pytest.approx(
        -correlation_loss(h, 3, 0.0).item()
    )
    assert correlations.tolist() == sorted(correlations.tolist(), reverse=True)


def test_variates_predict_what_views_share():
    """By least squares, up to length: of two views, the classical variates."""
    from sklearn.cross_decomposition import CCA

    h = correlated(3, m=400, d=2)
    maps, correlations = canonical_maps(cross_covariance(h)[0], 2, 0.0)
    z = torch.einsum("mvd,vdk->mvk", h - h.mean(0), maps).numpy()
    cca = CCA(2, scale=False, max_iter=5000, tol=1e-12).fit(*h.numpy().swapaxes(0, 1))
    theirs = cca.transform(*h.numpy().swapaxes(0, 1))
    for k in range(2):
        pair = np.corrcoef(theirs[0][:, k], theirs[1][:, k])[0, 1]
        assert correlations[k].item() == pytest.approx(pair, rel=1e-3)
        for v in range(2):
            both = np.corrcoef(theirs[v][:, k], z[:, v, k])[0, 1]
            assert abs(both) == pytest.approx(1, abs=1e-3)
