"""Reconstruction of rows of numbers and categories."""

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor


def mixed_loss(
    x: Tensor, decoded: Tensor, columns: Tensor, sizes: Sequence[int], weight: float
) -> Tensor:
    """Squared error of numbers and cross-entropy of categories, mean over all cells.

    Without categories it is the mean squared error.

    Parameters
    ----------
    x : Tensor of shape (n_samples, n_features)
        Numbers, and the shares of the categories of each group in its columns. Where
        they are all zero, the category is unknown and any will do.
    decoded : Tensor of shape (n_samples, n_features)
        Numbers, and logits of categories.
    columns : LongTensor
        The columns of all groups, one group after the other.
    sizes : sequence of int
        Number of columns of each group.
    weight : float
        Weight of the cross-entropy: twice the variance of the numbers that is taken as
        noise gives, up to a factor, the negative log-likelihood of a row.

    Returns
    -------
    loss : Tensor of shape ()
    """
    squares = (decoded - x).square().index_fill(1, columns, 0).sum(1)
    groups = zip(
        decoded.index_select(1, columns).split(sizes, 1),
        x.index_select(1, columns).split(sizes, 1),
        strict=True,
    )
    entropies = sum(F.cross_entropy(*group, reduction="none") for group in groups)
    return (squares + weight * entropies).mean() / x.shape[1]
