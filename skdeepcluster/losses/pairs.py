"""Clustering as a question about pairs (Chang et al., "Deep adaptive image
clustering", 2017): are rows i and j in the same cluster?

Legend: l_i label feature (eq. 9), g_ij = l_i . l_j similarity, r_ij pseudo-label
and v_ij selection of a pair (eq. 3); u and l are the thresholds above which a pair
counts as equal and below which it counts as different.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

# 1 - 1e-7 is still below 1 in float32.
_EPS = 1e-7


def label_features(logits: Tensor) -> Tensor:
    """Non-negative rows of unit length: softmax, then L2 normalisation (eq. 9).

    Parameters
    ----------
    logits : Tensor of shape (n_samples, n_clusters)

    Returns
    -------
    features : Tensor of shape (n_samples, n_clusters)
    """
    return F.normalize(logits.float().softmax(1))


def pair_similarities(features: Tensor) -> Tensor:
    """g_ij of the pairs i < j of a batch.

    The diagonal carries no information, and g is symmetric.

    Parameters
    ----------
    features : Tensor of shape (n_samples, n_clusters)

    Returns
    -------
    similarities : Tensor of shape (n_samples * (n_samples - 1) / 2,)
    """
    with torch.autocast(features.device.type, enabled=False):
        g = features @ features.T
    i, j = torch.triu_indices(len(g), len(g), offset=1, device=g.device)
    return g[i, j]


def pair_loss(
    g: Tensor,
    upper: float | Tensor,
    lower: float | Tensor,
    answers: Tensor | None = None,
) -> Tensor:
    """Cross-entropy of the selected pairs with their pseudo-labels (eq. 4).

    Pairs with ``answers >= upper`` are labelled equal, pairs with
    ``answers < lower`` different; the rest are left out.

    Parameters
    ----------
    g : Tensor of shape (n_pairs,)
        Similarities in [0, 1].
    upper, lower : float
        u >= l. With u = l every pair is selected, once.
    answers : Tensor of shape (n_pairs,) or None, default=None
        Similarities that determine the pseudo-labels; None means ``g`` itself.

    Returns
    -------
    loss : Tensor of shape ()
        Mean over selected pairs; 0 without gradient if there are none.
    """
    answers = g if answers is None else answers
    equal = (answers >= upper).float()
    selected = equal + (answers < lower).float()
    entropy = _cross_entropy(g, equal) * selected
    return entropy.sum() / selected.sum().clamp(min=1)


def partner_loss(features: Tensor, partners: Tensor) -> Tensor:
    """Cross-entropy of pairs that are known to be in one cluster.

    Parameters
    ----------
    features, partners : Tensor of shape (n_pairs, n_clusters)
        Label features of the rows of each pair.

    Returns
    -------
    loss : Tensor of shape ()
        Mean over pairs; 0 if those of each pair are equal and of one cluster.
    """
    g = (features * partners).sum(1)
    return _cross_entropy(g, torch.ones_like(g)).mean()


def consistency_loss(y_changed: Tensor, y: Tensor) -> Tensor:
    """Cross-entropy of an augmented row's assignment with the original row's.

    Parameters
    ----------
    y_changed, y : Tensor of shape (n_samples, n_clusters)
        Rows sum to one; ``y`` is a constant.

    Returns
    -------
    loss : Tensor of shape ()
        Mean over rows and clusters.
    """
    return _cross_entropy(y_changed, y.detach()).mean()


def _cross_entropy(p: Tensor, target: Tensor) -> Tensor:
    p = p.clamp(_EPS, 1 - _EPS)
    return -(target * p.log() + (1 - target) * (1 - p).log())
