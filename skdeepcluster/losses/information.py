"""Mutual information of paired assignments (IIC; Ji et al., ICCV 2019)."""

import torch
from torch import Tensor

_EPS = 1e-8


def information_loss(y_a: Tensor, y_b: Tensor, entropy_weight: float = 1.0) -> Tensor:
    """H(A, B) - lambda (H(A) + H(B)) of the clusters A and B of partners.

    With lambda = 1, minus the mutual information of A and B. Their joint distribution
    is the mean over pairs of the outer product of their assignments, made symmetric.

    Parameters
    ----------
    y_a, y_b : Tensor of shape (n_samples, n_clusters)
        Row i of ``y_a`` and row i of ``y_b`` are partners; rows sum to one.
    entropy_weight : float, default=1.0
        lambda: above 1/2, clusters of equal size are rewarded.

    Returns
    -------
    loss : Tensor of shape ()
        With lambda = 1, between -log K, of K clusters of equal size on which all
        partners agree, and 0, where they are independent.
    """
    with torch.autocast(y_a.device.type, enabled=False):
        joint = y_a.float().T @ y_b.float() / len(y_a)
        joint = (joint + joint.T) / 2
        return _entropy(joint) - 2 * entropy_weight * _entropy(joint.sum(0))


def _entropy(p: Tensor) -> Tensor:
    return -(p * p.clamp(min=_EPS).log()).sum()
