"""Closed forms of the terms of VaDE's evidence lower bound."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.distributions import Bernoulli, Normal, kl_divergence

from skdeepcluster.losses import (
    bernoulli_nll,
    component_log_densities,
    gaussian_nll,
    mixture_divergence,
)


def draw(seed, *shape):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def mixture(seed, k, p):
    """Log-weights, means and log-variances of a random mixture."""
    return draw(seed, k).log_softmax(0), draw(seed + 1, k, p), draw(seed + 2, k, p)


def test_densities_are_those_of_gaussians():
    log_weights, means, log_variances = mixture(0, 4, 3)
    z = draw(9, 7, 3)
    components = Normal(means, (0.5 * log_variances).exp())
    expected = components.log_prob(z[:, None]).sum(2) + log_weights
    found = component_log_densities(z, log_weights, means, log_variances)
    torch.testing.assert_close(found, expected)


def test_divergence_from_a_single_component_is_that_of_gaussians():
    log_weights, means, log_variances = mixture(0, 1, 3)
    mean, log_variance = draw(5, 6, 3), draw(6, 6, 3)
    posterior = Normal(mean, (0.5 * log_variance).exp())
    prior = Normal(means, (0.5 * log_variances).exp())
    expected = kl_divergence(posterior, prior).sum(1).mean()
    found = mixture_divergence(
        mean, log_variance, torch.zeros(6, 1), log_weights, means, log_variances
    )
    torch.testing.assert_close(found, expected)


def test_posterior_that_is_a_component_costs_the_choice_of_it():
    log_weights = torch.tensor([0.2, 0.8]).log()
    _, means, log_variances = (t.float() for t in mixture(0, 2, 3))
    chosen = torch.tensor([[0.0, -math.inf]]).clamp(min=-200)
    found = mixture_divergence(
        means[:1], log_variances[:1], chosen, log_weights, means, log_variances
    )
    assert found.item() == pytest.approx(-math.log(0.2), rel=1e-5)


@given(st.integers(0, 10_000), st.integers(1, 5), st.integers(1, 4))
@settings(deadline=None, max_examples=40)
def test_divergence_is_not_negative(seed, k, p):
    mean, log_variance = draw(seed + 3, 8, p), draw(seed + 4, 8, p)
    log_gamma = draw(seed + 5, 8, k).log_softmax(1)
    found = mixture_divergence(mean, log_variance, log_gamma, *mixture(seed, k, p))
    assert found.item() >= -1e-9


def test_negative_log_likelihoods():
    x, mean = draw(0, 5, 3), draw(1, 5, 3)
    log_variance = torch.tensor(-0.7, dtype=torch.float64)
    noise = Normal(mean, (0.5 * log_variance).exp())
    torch.testing.assert_close(
        gaussian_nll(x, mean, log_variance), -noise.log_prob(x).sum(1).mean()
    )
    bits = (x > 0).double()
    torch.testing.assert_close(
        bernoulli_nll(bits, mean), -Bernoulli(logits=mean).log_prob(bits).sum(1).mean()
    )


def test_far_codes_have_finite_densities():
    z = torch.full((1, 2), 1e6)
    log_weights, means, log_variances = (t.float() for t in mixture(0, 3, 2))
    found = component_log_densities(z, log_weights, means, log_variances)
    assert np.isfinite(found.log_softmax(1).exp().numpy()).all()
