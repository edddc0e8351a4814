"""Losses that align the views in EAMC (Zhou and Shen, 2020).

Legend: K^v kernels of the latents of each view, K^f of the fused ones, w weights of
the views; D_v a critic that distinguishes latents of the reference view ("real") from
those of view v, given by its logits.
"""

import torch
import torch.nn.functional as F
from torch import Tensor


def attention_loss(
    fused: Tensor,
    views: Tensor,
    weights: Tensor,
    observed: Tensor | None = None,
    reduction: str = "mean",
) -> Tensor:
    """``L_att = |K^f - sum_v w_v K^v|^2``: match the similarities in the views.

    Parameters
    ----------
    fused : Tensor of shape (m, m)
        K^f.
    views : Tensor of shape (V, m, m)
        K^v.
    weights : Tensor of shape (V,)
        Not negative, sum to one.
    observed : bool Tensor of shape (m, V), optional
        Which row has which view. A pair of rows is compared in the views that both
        have, with weights renormalised to sum to one; pairs without a common view are
        left out.
    reduction : {"mean", "sum"}
        Reduction over the pairs; the published one is the sum.

    Returns
    -------
    loss : Tensor of shape ()
    """
    if observed is None:
        mixture = torch.einsum("v,vij->ij", weights, views)
        squares = (fused - mixture).square()
        return squares.sum() if reduction == "sum" else squares.mean()
    both = (observed.T[:, :, None] & observed.T[:, None, :]).float()
    shares = weights[:, None, None] * both
    total = shares.sum(0)
    mixture = (shares * views).sum(0) / total.clamp(min=torch.finfo(total.dtype).tiny)
    compared = (total > 0).float()
    squares = (fused - mixture).square() * compared
    return squares.sum() / (1 if reduction == "sum" else compared.sum())


def generator_loss(fake: Tensor, observed: Tensor | None = None) -> Tensor:
    """L_gen: latents of a view pass for latents of the reference view.

    Parameters
    ----------
    fake : Tensor of shape (m,)
        Logits of D_v for latents of view v.
    observed : bool Tensor of shape (m,), optional
        The rows that have view v.

    Returns
    -------
    loss : Tensor of shape ()
        log 2 if the critic cannot distinguish them.
    """
    return _mean(F.softplus(-fake), observed)


def critic_loss(
    real: Tensor,
    fake: Tensor,
    real_observed: Tensor | None = None,
    fake_observed: Tensor | None = None,
) -> Tensor:
    """L_disc: the critic distinguishes the reference view from view v.

    Parameters
    ----------
    real, fake : Tensor of shape (m,)
        Logits of D_v for latents of the reference view and of view v.
    real_observed, fake_observed : bool Tensor of shape (m,), optional
        The rows that have these views; they need not be the same.

    Returns
    -------
    loss : Tensor of shape ()
        2 log 2 if the critic cannot distinguish them.
    """
    on_real = _mean(F.softplus(-real), real_observed)
    return on_real + _mean(F.softplus(fake), fake_observed)


def _mean(values: Tensor, observed: Tensor | None) -> Tensor:
    """Mean over the observed rows; 0 if there are none."""
    if observed is None:
        return values.mean()
    return (values * observed).sum() / observed.sum().clamp(min=1)
