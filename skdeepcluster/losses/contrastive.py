"""Contrastive losses of rows and clusters (Li et al., "Contrastive clustering", 2021).

Legend: z_a, z_b projections of two augmented copies of N rows, y_a, y_b their soft
assignments to K clusters, tau temperature; L_ins contrasts rows, L_clu columns of
the assignments, H(Y) is the entropy of the cluster masses.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

_EPS = 1e-8


def nt_xent(a: Tensor, b: Tensor, temperature: float) -> Tensor:
    """Normalised, temperature-scaled cross-entropy of partners (NT-Xent).

    Each of the 2N rows has to identify its partner among the 2N - 1 others, by cosine
    similarity divided by ``temperature``.

    Parameters
    ----------
    a, b : Tensor of shape (n, n_dimensions)
        Row i of ``a`` and row i of ``b`` are partners.
    temperature : float

    Returns
    -------
    loss : Tensor of shape ()
        log(2n - 1) if all rows are equal.
    """
    # A similarity divided by a small temperature needs more digits than bfloat16 has.
    with torch.autocast(a.device.type, enabled=False):
        rows = F.normalize(torch.cat([a, b]).float())
        logits = rows @ rows.T / temperature
        logits.fill_diagonal_(-math.inf)
        partner = torch.arange(len(rows), device=a.device).roll(len(a))
        return F.cross_entropy(logits, partner)


def instance_loss(z_a: Tensor, z_b: Tensor, temperature: float) -> Tensor:
    """L_ins: the two copies of a row are partners.

    Parameters
    ----------
    z_a, z_b : Tensor of shape (n_samples, n_dimensions)
    temperature : float
        tau_I.

    Returns
    -------
    loss : Tensor of shape ()
    """
    return nt_xent(z_a, z_b, temperature)


def cluster_loss(y_a: Tensor, y_b: Tensor, temperature: float) -> Tensor:
    """L_clu: the two assignment columns of a cluster are partners.

    Parameters
    ----------
    y_a, y_b : Tensor of shape (n_samples, n_clusters)
        Rows sum to one.
    temperature : float
        tau_C.

    Returns
    -------
    loss : Tensor of shape ()
        0 for a single cluster.
    """
    return nt_xent(y_a.T, y_b.T, temperature)


def balance_loss(y: Tensor) -> Tensor:
    """Log K - H(Y), the imbalance of the cluster masses of a batch.

    Parameters
    ----------
    y : Tensor of shape (n_samples, n_clusters)
        Rows sum to one.

    Returns
    -------
    loss : Tensor of shape ()
        0 if all clusters have equal mass, log K if one has all of it.
    """
    mass = y.float().mean(0)
    return math.log(y.shape[1]) + (mass * mass.clamp(min=_EPS).log()).sum()
