"""Sparsity penalties on the activations of a hidden layer.

Legend: rho target mean activation, rho_hat_j mean activation of unit j.
"""

import math

import torch
from torch import Tensor

_EPS = 1e-6


def mean_activation(h: Tensor) -> Tensor:
    """Mean activation rho_hat of each unit, mapped into [0, 1).

    ``tanh(relu(h))`` maps an inactive unit to 0 and any activation to below 1, so the
    KL penalty is defined for ReLU units; the identity is not bounded, and a sigmoid
    would map an inactive unit to 1/2.

    Parameters
    ----------
    h : Tensor of shape (n_samples, n_units)

    Returns
    -------
    rho_hat : Tensor of shape (n_units,)
    """
    return torch.tanh(torch.relu(h.float())).mean(0)


def kl_sparsity(h: Tensor, rho: float) -> Tensor:
    """KL(rho || rho_hat_j), mean over the units of the layer.

    Parameters
    ----------
    h : Tensor of shape (n_samples, n_units)
    rho : float in (0, 1)

    Returns
    -------
    penalty : Tensor of shape ()
    """
    rho_hat = mean_activation(h).clamp(_EPS, 1 - _EPS)
    on = rho * (math.log(rho) - rho_hat.log())
    off = (1 - rho) * (math.log(1 - rho) - (1 - rho_hat).log())
    return (on + off).mean()


def l1_sparsity(h: Tensor) -> Tensor:
    """Mean absolute activation of the layer.

    Parameters
    ----------
    h : Tensor of shape (n_samples, n_units)

    Returns
    -------
    penalty : Tensor of shape ()
    """
    return h.float().abs().mean()
