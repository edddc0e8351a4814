"""Losses of the methods: tensors in, a scalar out, no scikit-learn."""

from skdeepcluster.losses.contrastive import (
    balance_loss,
    cluster_loss,
    instance_loss,
    nt_xent,
)
from skdeepcluster.losses.pairs import (
    consistency_loss,
    label_features,
    pair_loss,
    pair_similarities,
)
from skdeepcluster.losses.sparsity import kl_sparsity, l1_sparsity, mean_activation
from skdeepcluster.losses.student_t import (
    clustering_loss,
    soft_assignment,
    target_distribution,
)

__all__ = [
    "balance_loss",
    "cluster_loss",
    "clustering_loss",
    "consistency_loss",
    "instance_loss",
    "kl_sparsity",
    "l1_sparsity",
    "label_features",
    "mean_activation",
    "nt_xent",
    "pair_loss",
    "pair_similarities",
    "soft_assignment",
    "target_distribution",
]
