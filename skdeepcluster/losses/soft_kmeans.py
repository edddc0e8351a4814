"""k-means with soft assignments (DKM; Fard, Thonet and Gaussier, 2020)."""

import torch
from torch import Tensor


def soft_kmeans_loss(z: Tensor, centers: Tensor, alpha: float) -> Tensor:
    """Squared distance to the centres, weighted by a softmax of -alpha times itself.

    Parameters
    ----------
    z : Tensor of shape (n_samples, n_components)
    centers : Tensor of shape (n_clusters, n_components)
    alpha : float
        Inverse temperature: at 0 all centres count alike, and for large values only
        the nearest counts, as in k-means.

    Returns
    -------
    loss : Tensor of shape ()
        Mean over rows.
    """
    distances = (z.unsqueeze(1) - centers).square().sum(2)
    return ((-alpha * distances).softmax(1) * distances).sum(1).mean()


def annealed(step: int, start: float = 0.1) -> float:
    """The inverse temperature alpha after a number of steps.

    From alpha_1, ``start``, in the published way: alpha_n = 2^(1 / log(n)^2) alpha_n-1.

    Parameters
    ----------
    step : int
        From 0.
    start : float, default=0.1
    """
    growth = torch.arange(2, step + 2, dtype=torch.float64).log().pow(-2).sum()
    return start * 2 ** growth.item()
