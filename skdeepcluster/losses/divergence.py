"""Divergence-based clustering (Kampffmeyer et al., 2019), as EAMC uses it.

Legend: A soft assignments of m rows to k clusters, alpha_i its columns; K a Gaussian
kernel on the hidden layer of the clustering head; e_i the corners of the simplex. CS
is the Cauchy-Schwarz overlap of clusters; L_c = D_sc + D_sim + D_reg is EAMC's
clustering loss (Zhou and Shen, "End-to-end adversarial-attention network for
multi-modal clustering", 2020).
"""

import torch
from torch import Tensor

#: Smallest squared kernel width.
_NARROWEST = 1e-9

#: Smallest mass of a pair of clusters that is not treated as zero.
_LEAST = 1e-9


def gaussian_kernel(
    h: Tensor, width: float = 0.15, pairs: Tensor | None = None
) -> Tensor:
    """Similarities ``exp(-|h_i - h_j|^2 / (2 sigma^2))`` of rows.

    sigma^2 is ``width`` times the median squared distance of the batch; no gradient
    flows through it. If more than half of the pairs coincide, it is ``width`` times
    the mean of the others.

    Parameters
    ----------
    h : Tensor of shape (m, n_dimensions)
    width : float
    pairs : bool Tensor of shape (m, m), optional
        The pairs over which the median is computed; all by default.

    Returns
    -------
    kernel : Tensor of shape (m, m)
        In [0, 1], ones on the diagonal.
    """
    # Differences of large squares need more digits than bfloat16 has.
    with torch.autocast(h.device.type, enabled=False):
        h = h.float()
        squares = h.square().sum(1)
        distances = squares[:, None] + squares[None] - 2 * h @ h.T
        distances = distances.clamp(min=0).fill_diagonal_(0)
        measured = distances.detach() if pairs is None else distances.detach()[pairs]
        typical = measured.median() if measured.numel() else measured.new_zeros(())
        positive = (measured > 0).sum().clamp(min=1)
        typical = torch.where(typical > 0, typical, measured.sum() / positive)
        return (-distances / (2 * (width * typical).clamp(min=_NARROWEST))).exp()


def cauchy_schwarz(columns: Tensor, kernel: Tensor) -> Tensor:
    """Mean overlap of pairs of clusters, CS(A, K).

    2 / (k (k - 1)) * sum over i < j of (alpha_i' K alpha_j) / sqrt((alpha_i' K
    alpha_i) (alpha_j' K alpha_j)); the paper writes 1 / k, the authors' code takes the
    mean over pairs.

    Parameters
    ----------
    columns : Tensor of shape (m, k)
        Not negative.
    kernel : Tensor of shape (m, m)

    Returns
    -------
    overlap : Tensor of shape ()
        0 for separate clusters, 1 for proportional columns; 0 if k is 1.
    """
    k = columns.shape[1]
    with torch.autocast(columns.device.type, enabled=False):
        masses = columns.float().T @ kernel @ columns.float()
    own = masses.diagonal()
    product = (own[:, None] * own[None]).clamp(min=_LEAST**2)
    overlaps = masses.clamp(min=_LEAST) / product.sqrt()
    return overlaps.triu(1).sum() * (2 / max(1, k * (k - 1)))


def separation_loss(a: Tensor, kernel: Tensor) -> Tensor:
    """D_sc: clusters are separated and compact.

    Parameters
    ----------
    a : Tensor of shape (m, k)
        Rows sum to one.
    kernel : Tensor of shape (m, m)

    Returns
    -------
    loss : Tensor of shape ()
    """
    return cauchy_schwarz(a, kernel)


def simplex_loss(a: Tensor, kernel: Tensor) -> Tensor:
    """D_sim: assignments are near the corners, ``CS(exp(-|a_q - e_i|^2), K)``.

    Parameters
    ----------
    a : Tensor of shape (m, k)
        Rows sum to one.
    kernel : Tensor of shape (m, m)

    Returns
    -------
    loss : Tensor of shape ()
        Not 0 at its minimum: (2 e^-2 + (k - 2) e^-4) / (1 + (k - 1) e^-4) for balanced
        one-hot rows.
    """
    distances = a.square().sum(1, keepdim=True) - 2 * a + 1
    return cauchy_schwarz((-distances).exp(), kernel)


def orthogonality_loss(a: Tensor) -> Tensor:
    """D_reg of EAMC: columns of A do not overlap.

    2 / (k (k - 1)) * sum over i < j of (A'A)_ij. It grows with the number of rows
    and is 0 if one cluster has all rows.

    Parameters
    ----------
    a : Tensor of shape (m, k)
        Rows sum to one.

    Returns
    -------
    loss : Tensor of shape ()
    """
    k = a.shape[1]
    overlaps = a.sum(1).square() - a.square().sum(1)  # of a row, over i != j
    return overlaps.sum() / max(1, k * (k - 1))


def coassignment_loss(a: Tensor) -> Tensor:
    """D_reg of deep divergence-based clustering: rows do not share one cluster.

    2 / (m (m - 1)) * sum over q < r of (AA')_qr; smallest for clusters of equal mass.

    Parameters
    ----------
    a : Tensor of shape (m, k)
        Rows sum to one.

    Returns
    -------
    loss : Tensor of shape ()
    """
    m = len(a)
    agreements = a.sum(0).square() - a.square().sum(0)  # of a cluster, over q != r
    return agreements.sum() / max(1, m * (m - 1))
