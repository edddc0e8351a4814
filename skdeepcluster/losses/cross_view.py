"""Contrast of the views of a row with other clusters (Trosten et al., CoMVC, 2021).

Legend: h latents of the views of m rows, compared by the cosine of their angle divided
by tau. Two latents of one row are partners; the negatives of a latent are those, in all
views, of the rows of other clusters.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

#: Weight of all negatives of a latent, as a share of the latents of a batch: as many as
#: the authors draw.
_NEGATIVES = 0.25


def cross_view_loss(
    h: Tensor, clusters: Tensor, temperature: float, observed: Tensor | None = None
) -> Tensor:
    """Latents of a row find each other among latents of other clusters.

    Mean over the ordered pairs (v, w) of views of each row of ``-log(e_vw / (e_vw +
    n E))``, where e is the exponential of a similarity, E its mean over the negatives
    of h_v, and n a quarter of the number of latents. The authors draw n negatives; E is
    the mean of all.

    Parameters
    ----------
    h : Tensor of shape (m, V, n_components)
    clusters : Tensor of int of shape (m,)
    temperature : float
        tau.
    observed : bool Tensor of shape (m, V), optional
        Which row has which view; other latents do not take part.

    Returns
    -------
    loss : Tensor of shape ()
        log(1 + n) if all latents are equal; 0 if all rows are in one cluster, or no row
        has two views.
    """
    m, n_views, _ = h.shape
    if observed is None:
        observed = torch.ones(m, n_views, dtype=torch.bool, device=h.device)
    # A similarity divided by a small temperature needs more digits than bfloat16 has.
    with torch.autocast(h.device.type, enabled=False):
        rows = F.normalize(h.float(), dim=2)
        partners = rows @ rows.transpose(1, 2) / temperature  # (m, V, V)
        everyone = rows.flatten(0, 1)
        others = everyone @ everyone.T / temperature
        cluster, has = clusters.repeat_interleave(n_views), observed.flatten()
        negative = (cluster[:, None] != cluster[None]) & has
        n_negatives = negative.sum(1)
        # Without any, the sum of exponentials would be log 0, with undefined gradients.
        found = n_negatives > 0
        counted = others.masked_fill(~negative & found[:, None], -math.inf)
        total = counted.logsumexp(1) - n_negatives.clamp(min=1).log()
        total = total + (_NEGATIVES * has.sum()).log()
        costs = F.softplus(total.view(m, n_views, 1) - partners)
        both = observed[:, :, None] & observed[:, None, :] & found.view(m, n_views, 1)
        pairs = both & ~torch.eye(n_views, dtype=torch.bool, device=h.device)
        paired = observed.sum(1)
        n_pairs = (paired * (paired - 1)).sum()
        return (costs * pairs).sum() / n_pairs.clamp(min=1)
