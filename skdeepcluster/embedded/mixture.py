"""The start of VaDE's mixture: clusters of the pretrained codes."""

from typing import Any

import torch
from torch import Tensor

from skdeepcluster.networks import MixtureNetwork
from skdeepcluster.training import Rows, Run, initial_labels

#: Least variance of the noise of scaled rows: an embedding as wide as the table
#: reconstructs without error.
_LEAST_NOISE = 0.01

#: Rows of a cluster that has none.
_LEAST_WEIGHT = 1e-3

#: Variance of the posterior at first, as a share of that within components.
_SHARE_OF_POSTERIOR = 0.1


def start_mixture(
    network: MixtureNetwork, run: Run, n_clusters: int, init: Any
) -> None:
    """Moments of the clusters that ``init`` finds in the codes, and of their noise."""
    codes = run.embed()
    table = Rows(codes.cpu().numpy(), codes.device)
    hints = run.rows.hints
    labels = initial_labels(init, table, n_clusters, run.random_state, hints)
    weights, means, variances = moments(codes.cpu().double(), labels, n_clusters)
    within = float((weights[:, None] * variances).sum(0).mean())
    of_codes = max(_SHARE_OF_POSTERIOR * within, _LEAST_NOISE)
    network.set_mixture(weights, means, variances + of_codes)
    noise = max(squared_error(network, run.rows), _LEAST_NOISE)
    network.set_noise(noise, of_codes)


def moments(
    codes: Tensor, labels: Tensor, n_clusters: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Weights, means and variances of clusters; those of all codes where empty."""
    weights = torch.full((n_clusters,), _LEAST_WEIGHT, dtype=codes.dtype)
    means = codes.mean(0).repeat(n_clusters, 1)
    variances = codes.var(0, correction=0).repeat(n_clusters, 1)
    labels = labels.cpu()
    for label in labels[labels >= 0].unique().tolist():
        own = codes[labels == label]
        weights[label] = len(own)
        means[label] = own.mean(0)
        variances[label] = own.var(0, correction=0)
    return weights / weights.sum(), means, variances


@torch.no_grad()
def squared_error(network: MixtureNetwork, rows: Rows) -> float:
    """Mean squared error of the reconstruction of scaled rows."""
    total = 0.0
    for chunk in rows.chunks():
        x = network.rescale(chunk)
        total += float(network.reconstruction_loss(network.embed(x), x)) * len(x)
    return total / len(rows)
