"""The evidence lower bound of VaDE (Jiang et al., "Variational deep embedding", 2017).

Legend: z code of a row, m and v mean and variance of its posterior N(m, diag(v)), pi_c,
mu_c and s_c weight, mean and variances of component c, gamma_c responsibilities.
"""

import math

import torch.nn.functional as F
from torch import Tensor

_LOG_TWO_PI = math.log(2 * math.pi)


def component_log_densities(
    z: Tensor, log_weights: Tensor, means: Tensor, log_variances: Tensor
) -> Tensor:
    """Log of pi_c N(z | mu_c, diag(s_c)), whose softmax is gamma.

    Parameters
    ----------
    z : Tensor of shape (n_samples, n_components)
    log_weights : Tensor of shape (n_clusters,)
    means, log_variances : Tensor of shape (n_clusters, n_components)

    Returns
    -------
    log_densities : Tensor of shape (n_samples, n_clusters)
    """
    squares = (z.unsqueeze(1) - means).square() * (-log_variances).exp()
    return log_weights - 0.5 * (squares + log_variances + _LOG_TWO_PI).sum(2)


def mixture_divergence(
    mean: Tensor,
    log_variance: Tensor,
    log_gamma: Tensor,
    log_weights: Tensor,
    means: Tensor,
    log_variances: Tensor,
) -> Tensor:
    """KL of q(z, c) = N(z | m, diag(v)) gamma_c from the mixture p(z, c).

    Parameters
    ----------
    mean, log_variance : Tensor of shape (n_samples, n_components)
        m and log v.
    log_gamma : Tensor of shape (n_samples, n_clusters)
    log_weights : Tensor of shape (n_clusters,)
    means, log_variances : Tensor of shape (n_clusters, n_components)

    Returns
    -------
    divergence : Tensor of shape ()
        Mean over rows; at least 0.
    """
    gamma = log_gamma.exp()
    distance = (mean.unsqueeze(1) - means).square() + log_variance.exp().unsqueeze(1)
    expected = log_variances + distance * (-log_variances).exp()
    of_codes = (gamma * expected.sum(2)).sum(1) - (1 + log_variance).sum(1)
    of_clusters = (gamma * (log_gamma - log_weights)).sum(1)
    return (0.5 * of_codes + of_clusters).mean()


def gaussian_nll(x: Tensor, mean: Tensor, log_variance: Tensor) -> Tensor:
    """Negative log-likelihood of rows with independent Gaussian noise of one variance.

    Parameters
    ----------
    x, mean : Tensor of shape (n_samples, n_features)
    log_variance : Tensor of shape ()

    Returns
    -------
    nll : Tensor of shape ()
        Sum over features, mean over rows.
    """
    square = F.mse_loss(mean, x) * (-log_variance).exp()
    return 0.5 * x.shape[1] * (square + log_variance + _LOG_TWO_PI)


def bernoulli_nll(x: Tensor, logits: Tensor) -> Tensor:
    """Cross-entropy of values in [0, 1] and independent Bernoulli variables.

    Parameters
    ----------
    x, logits : Tensor of shape (n_samples, n_features)

    Returns
    -------
    nll : Tensor of shape ()
        Sum over features, mean over rows.
    """
    return x.shape[1] * F.binary_cross_entropy_with_logits(logits, x)
