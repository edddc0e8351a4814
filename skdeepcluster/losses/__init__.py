"""Losses of the methods: tensors in, a scalar out, no scikit-learn."""

from skdeepcluster.losses.sparsity import kl_sparsity, l1_sparsity, mean_activation
from skdeepcluster.losses.student_t import (
    clustering_loss,
    soft_assignment,
    target_distribution,
)

__all__ = [
    "clustering_loss",
    "kl_sparsity",
    "l1_sparsity",
    "mean_activation",
    "soft_assignment",
    "target_distribution",
]
