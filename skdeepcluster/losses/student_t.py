"""Student-t soft assignment and its self-sharpened target (Xie et al., 2016).

Legend: z embedding, mu centre, q soft assignment (eq. 1), p target (eq. 3),
L_c = KL(P || Q) (eq. 2); alpha, the degrees of freedom, is 1.
"""

import torch
from torch import Tensor

_EPS = 1e-8


def soft_assignment(z: Tensor, centers: Tensor) -> Tensor:
    """Probability that each embedding belongs to each centre.

    Parameters
    ----------
    z : Tensor of shape (n_samples, n_components)
    centers : Tensor of shape (n_clusters, n_components)

    Returns
    -------
    q : Tensor of shape (n_samples, n_clusters)
        Rows sum to one.
    """
    # Differences rather than the expanded square: no cancellation, and the
    # value of a row does not depend on the other rows.
    squared_distance = (z.unsqueeze(1) - centers).square().sum(2)
    similarity = 1.0 / (1.0 + squared_distance)
    return similarity / similarity.sum(1, keepdim=True)


def target_distribution(q: Tensor) -> Tensor:
    """Sharpened assignments, each cluster weighted by the inverse of its mass.

    The cluster masses are sums over all rows of ``q``, so ``q`` must hold the
    whole data set, not a mini-batch.

    Parameters
    ----------
    q : Tensor of shape (n_samples, n_clusters)

    Returns
    -------
    p : Tensor of shape (n_samples, n_clusters)
        Rows sum to one.
    """
    weight = q.square() / (q.sum(0) + _EPS)
    return weight / weight.sum(1, keepdim=True)


def clustering_loss(p: Tensor, q: Tensor) -> Tensor:
    """KL(P || Q), summed over clusters, mean over rows.

    Parameters
    ----------
    p, q : Tensor of shape (n_samples, n_clusters)
        Target (a constant) and assignment.

    Returns
    -------
    loss : Tensor of shape ()
    """
    log_ratio = torch.log(p + _EPS) - torch.log(q + _EPS)
    return (p * log_ratio).sum(1).mean()


def kmeans_loss(z: Tensor, centers: Tensor) -> Tensor:
    """Half the squared distance to the nearest centre (Yang et al., ICML 2017).

    Parameters
    ----------
    z : Tensor of shape (n_samples, n_components)
    centers : Tensor of shape (n_clusters, n_components)

    Returns
    -------
    loss : Tensor of shape ()
        Mean over rows.
    """
    distances = (z.unsqueeze(1) - centers).square().sum(2)
    return 0.5 * distances.amin(1).mean()
