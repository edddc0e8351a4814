"""Canonical correlation of two views and of several (Andrew et al., 2013; Benton et
al., 2017).

Legend: h latents of V views of m rows, C_vw their covariances, where C_vv has a ridge,
L_v a root of C_vv. The correlation matrix M has the blocks L_v^-1 C_vw L_w^-T / (V - 1)
and zeros on the diagonal. Its largest eigenvalues are the canonical correlations; those
of more than two views are means over the pairs of views.
"""

import torch
from torch import Tensor

#: Smallest ridge, for latents that do not vary.
_LEAST_RIDGE = 1e-12

#: Rows that are converted to float64 at a time.
_CHUNK = 2**16


def correlation_loss(
    h: Tensor, n_components: int, ridge: float, observed: Tensor | None = None
) -> Tensor:
    """Minus the sum of the canonical correlations of the views.

    Parameters
    ----------
    h : Tensor of shape (m, V, d)
        Zeros where a view is missing.
    n_components : int
        Correlations that are summed.
    ridge : float
        Added to the variances of each view, as a multiple of their mean.
    observed : bool Tensor of shape (m, V), optional
        Which row has which view. Views are compared on the rows that have both.

    Returns
    -------
    loss : Tensor of shape (), float64
        ``-n_components`` if all views are linear maps of one another, but for the
        ridge; 0 for a single view.
    """
    covariance, _ = cross_covariance(h, observed)
    matrix, _ = correlation_matrix(covariance, ridge)
    # Without vectors, whose gradients would divide by differences of eigenvalues. What
    # is not finite raises there, and is left to the check of the loss.
    values = torch.linalg.eigvalsh(matrix.nan_to_num(0.0, 0.0, 0.0))
    return 0 * matrix.sum() - values[-n_components:].sum()


def cross_covariance(
    h: Tensor, observed: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Covariances of the latents of each two views, over the rows that have both.

    Parameters
    ----------
    h : Tensor of shape (m, V, d)
    observed : bool Tensor of shape (m, V), optional
        Which row has which view.

    Returns
    -------
    covariance : Tensor of shape (V, d, V, d), float64
    center : Tensor of shape (V, d), float64
        Means over the rows that have the view.
    """
    if observed is None:
        observed = torch.ones_like(h[:, :, 0], dtype=torch.bool)
    total = (h * observed[:, :, None]).sum(0, dtype=torch.float64)
    center = total / observed.sum(0).clamp(min=1)[:, None]
    products = torch.zeros(*h.shape[1:], *h.shape[1:]).to(center)
    n_rows = torch.zeros(h.shape[1], h.shape[1]).to(center)
    for piece, has in zip(h.split(_CHUNK), observed.split(_CHUNK), strict=True):
        # Roots and eigenvalues need more digits than float32 has.
        flat = ((piece.double() - center) * has[:, :, None]).flatten(1)
        products = products + (flat.T @ flat).view_as(products)
        n_rows = n_rows + has.double().T @ has.double()
    return products / (n_rows - 1).clamp(min=1)[:, None, :, None], center


def correlation_matrix(covariance: Tensor, ridge: float) -> tuple[Tensor, Tensor]:
    """M, and what whitens the views.

    Parameters
    ----------
    covariance : Tensor of shape (V, d, V, d)
    ridge : float

    Returns
    -------
    matrix : Tensor of shape (V d, V d)
    whitening : Tensor of shape (V, d, d)
        L_v^-1, lower triangular.
    """
    n_views, d = covariance.shape[:2]
    views = torch.arange(n_views, device=covariance.device)
    own = covariance[views, :, views]
    eye = torch.eye(d, dtype=own.dtype, device=own.device)
    size = own.diagonal(dim1=1, dim2=2).mean(1)[:, None, None]
    roots, _ = torch.linalg.cholesky_ex(own + (ridge * size + _LEAST_RIDGE) * eye)
    whitening = torch.linalg.solve_triangular(roots, eye.expand_as(own), upper=False)
    blocks = torch.einsum("vab,vbwc,wdc->vawd", whitening, covariance, whitening)
    between = 1 - torch.eye(n_views, dtype=own.dtype, device=own.device)
    blocks = blocks * between[:, None, :, None] / max(1, n_views - 1)
    return blocks.reshape(n_views * d, n_views * d), whitening


def canonical_maps(
    covariance: Tensor, n_components: int, ridge: float
) -> tuple[Tensor, Tensor]:
    """Linear maps of the latents of each view to canonical variates.

    Variates of a view predict, by least squares, what the views share, which has
    variance one. Their mean over the views of a row spreads the more the more the views
    agree: its standard deviation is (1 + (V - 1) rho) / V, but for the ridge.

    Parameters
    ----------
    covariance : Tensor of shape (V, d, V, d)
    n_components : int
    ridge : float

    Returns
    -------
    maps : Tensor of shape (V, d, n_components)
    correlations : Tensor of shape (n_components,)
        In descending order.
    """
    n_views, d = covariance.shape[:2]
    matrix, whitening = correlation_matrix(covariance, ridge)
    values, vectors = torch.linalg.eigh(matrix)
    correlations = values.flip(0)[:n_components]
    vectors = vectors.flip(1)[:, :n_components]
    # The sign of an eigenvector is arbitrary: its largest entry is made positive.
    largest = vectors.abs().argmax(0, keepdim=True)
    vectors = vectors * vectors.gather(0, largest).sign()
    shared = (1 + (n_views - 1) * correlations).clamp(min=0)
    weights = (vectors * shared.sqrt()).view(n_views, d, -1)
    return whitening.transpose(1, 2) @ weights, correlations
