"""Pairs of rows that are known to share a cluster or not (Hsu et al., "Multi-class
classification without multi-class labels", ICLR 2019).

Legend: y_i soft assignment of a row, s_ij 1 if rows i and j share a cluster and 0 if
not; y_i . y_j is the probability that they do, if each is drawn by its assignment.
"""

from torch import Tensor

#: Added to the probabilities of both answers: where one is 0, rows still have a
#: gradient. Near 0, y_i . y_j has more digits than 1 - y_i . y_j.
_EPS_APART = 1e-7
_EPS_TOGETHER = 1e-12


def link_loss(y_a: Tensor, y_b: Tensor, together: Tensor) -> Tensor:
    """Cross-entropy of s_ij and y_i . y_j.

    Parameters
    ----------
    y_a, y_b : Tensor of shape (n_pairs, n_clusters)
        Row k of ``y_a`` and row k of ``y_b`` are a pair; rows sum to one.
    together : BoolTensor of shape (n_pairs,)
        s_ij.

    Returns
    -------
    loss : Tensor of shape ()
        Mean over pairs; 0 if each pair is known with certainty.
    """
    p = (y_a.float() * y_b.float()).sum(1)
    apart = (1 - p).clamp(min=0)  # sums of rounded numbers may exceed 1
    likelihood = (p + _EPS_TOGETHER).where(together, apart + _EPS_APART)
    return -likelihood.log().mean()
