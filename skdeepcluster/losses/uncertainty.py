"""Partition uncertainty (PICA; Huang, Gong and Zhu, CVPR 2020)."""

import torch
import torch.nn.functional as F
from torch import Tensor


def partition_uncertainty(y_a: Tensor, y_b: Tensor) -> Tensor:
    """Cross-entropy of each cluster's column with that of the same cluster.

    A column of the assignments says which rows are in a cluster. Of two copies of the
    rows, columns of one cluster should be parallel and those of two orthogonal, which
    they are where all assignments are certain and copies agree. The cosines are the
    logits.

    Parameters
    ----------
    y_a, y_b : Tensor of shape (n_samples, n_clusters)
        Row i of ``y_a`` and row i of ``y_b`` are partners; rows sum to one.

    Returns
    -------
    loss : Tensor of shape ()
        Of K clusters, log K if all columns are parallel and log(e + K - 1) - 1 if
        assignments are certain and partners agree.
    """
    # Cosines differ by little, and bfloat16 has few digits.
    with torch.autocast(y_a.device.type, enabled=False):
        columns = F.normalize(y_a.float().T), F.normalize(y_b.float().T)
        logits = columns[0] @ columns[1].T
        return F.cross_entropy(logits, torch.arange(len(logits), device=logits.device))
