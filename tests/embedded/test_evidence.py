"""The bound is one: exact for a linear model with its true posterior, else below."""

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal

from skdeepcluster.embedded.evidence import evidence_objective
from skdeepcluster.networks import MLP, MixtureNetwork
from skdeepcluster.training import Rows

#: Orthogonal directions of the codes, in rows of three values; noise; unit.
W = np.array([[2.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
NOISE, SCALE, CENTER = 0.3, 4.0, -2.0


def linear_model(means, variances, of_codes=None):
    """A linear decoder, and the posterior of the codes under the first component."""
    precision = (W**2).sum(0) / NOISE + 1 / variances[0]
    encoder, decoder = MLP([3, 2]), MLP([2, 3])
    with torch.no_grad():
        for layer, weight, bias in (
            (encoder.layers[0], (W / NOISE / precision).T, means[0] / variances[0]),
            (decoder.layers[0], W, np.zeros(3)),
        ):
            bias = bias / precision if len(bias) == 2 else bias
            layer.weight.copy_(torch.from_numpy(weight))
            layer.bias.copy_(torch.from_numpy(bias))
    network = MixtureNetwork(encoder, decoder, 2, False, center=CENTER, scale=SCALE)
    weights = torch.full((len(means),), 1 / len(means))
    network.set_mixture(weights, torch.tensor(means), torch.tensor(variances))
    network.set_noise(NOISE, 1.0)
    with torch.no_grad():
        network.log_variance.bias.copy_(-torch.from_numpy(np.log(precision)))
    return network


def sample(means, variances, n=4000):
    """Rows of the model, and their mean log-density."""
    random = np.random.RandomState(0)
    c = random.randint(len(means), size=n)
    codes = random.normal(means[c], np.sqrt(variances[c]))
    X = random.normal(codes @ W.T, np.sqrt(NOISE)) * SCALE + CENTER
    density = np.mean(
        [
            multivariate_normal(
                W @ mean * SCALE + CENTER,
                SCALE**2 * (W * variance @ W.T + NOISE * np.eye(3)),
            ).pdf(X)
            for mean, variance in zip(means, variances, strict=True)
        ],
        axis=0,
    )
    rows = Rows(X.astype(np.float32), torch.device("cpu"))
    return rows, np.log(density).mean()


def test_bound_is_the_log_likelihood_if_the_posterior_is_exact():
    means, variances = np.array([[0.5, -1.0]]), np.array([[1.5, 0.4]])
    rows, expected = sample(means, variances)
    found = -evidence_objective(linear_model(means, variances), rows)
    assert found == pytest.approx(expected, abs=0.04)


def test_bound_is_below_if_it_is_not():
    means = np.array([[3.0, 2.0], [-3.0, -2.0]])
    variances = np.array([[0.5, 0.5], [1.0, 0.2]])
    rows, density = sample(means, variances)
    # The posterior of the first component is not that of the second.
    found = -evidence_objective(linear_model(means, variances), rows)
    assert np.isfinite(found)
    assert found < density - 0.05


def test_it_is_drawn_alike_each_time():
    means, variances = np.array([[0.5, -1.0]]), np.array([[1.5, 0.4]])
    network, (rows, _) = linear_model(means, variances), sample(means, variances, 50)
    before = torch.get_rng_state()
    values = {evidence_objective(network, rows) for _ in range(2)}
    assert len(values) == 1
    assert torch.equal(torch.get_rng_state(), before)
