"""Losses of the methods: tensors in, a scalar out, pure torch."""

from skdeepcluster.losses.contrastive import (
    balance_loss,
    cluster_loss,
    instance_loss,
    nt_xent,
)
from skdeepcluster.losses.correlation import (
    canonical_maps,
    correlation_loss,
    correlation_matrix,
    cross_covariance,
)
from skdeepcluster.losses.cross_view import cross_view_loss
from skdeepcluster.losses.divergence import (
    cauchy_schwarz,
    coassignment_loss,
    gaussian_kernel,
    orthogonality_loss,
    separation_loss,
    simplex_loss,
)
from skdeepcluster.losses.information import information_loss
from skdeepcluster.losses.kernel_contrast import student_t_contrast
from skdeepcluster.losses.links import link_loss
from skdeepcluster.losses.mixed import mixed_loss
from skdeepcluster.losses.mixture import (
    bernoulli_nll,
    component_log_densities,
    gaussian_nll,
    mixture_divergence,
)
from skdeepcluster.losses.pairs import (
    consistency_loss,
    label_features,
    pair_loss,
    pair_similarities,
    partner_loss,
)
from skdeepcluster.losses.soft_kmeans import annealed, soft_kmeans_loss
from skdeepcluster.losses.sparsity import kl_sparsity, l1_sparsity, mean_activation
from skdeepcluster.losses.student_t import (
    clustering_loss,
    kmeans_loss,
    soft_assignment,
    target_distribution,
)
from skdeepcluster.losses.translation import (
    gradient_penalty,
    translation_loss,
    wasserstein_critic_loss,
    wasserstein_generator_loss,
)
from skdeepcluster.losses.uncertainty import partition_uncertainty
from skdeepcluster.losses.views import attention_loss, critic_loss, generator_loss

__all__ = [
    "annealed",
    "attention_loss",
    "balance_loss",
    "bernoulli_nll",
    "canonical_maps",
    "cauchy_schwarz",
    "cluster_loss",
    "clustering_loss",
    "coassignment_loss",
    "component_log_densities",
    "consistency_loss",
    "correlation_loss",
    "correlation_matrix",
    "critic_loss",
    "cross_covariance",
    "cross_view_loss",
    "gaussian_kernel",
    "gaussian_nll",
    "generator_loss",
    "gradient_penalty",
    "information_loss",
    "instance_loss",
    "kl_sparsity",
    "kmeans_loss",
    "l1_sparsity",
    "label_features",
    "link_loss",
    "mean_activation",
    "mixed_loss",
    "mixture_divergence",
    "nt_xent",
    "orthogonality_loss",
    "pair_loss",
    "pair_similarities",
    "partition_uncertainty",
    "partner_loss",
    "separation_loss",
    "simplex_loss",
    "soft_assignment",
    "soft_kmeans_loss",
    "student_t_contrast",
    "target_distribution",
    "translation_loss",
    "wasserstein_critic_loss",
    "wasserstein_generator_loss",
]
