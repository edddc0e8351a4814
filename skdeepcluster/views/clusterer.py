"""Base class of multi-view clusterers, and the means of their clusters."""

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F

from skdeepcluster.base import BaseDeepClusterer
from skdeepcluster.networks import ViewNetwork
from skdeepcluster.training import Rows
from skdeepcluster.views.estimator import MultiViewEstimator


@dataclass(eq=False, repr=False, kw_only=True)
class MultiViewClusterer(MultiViewEstimator, BaseDeepClusterer):
    """A clusterer of a table whose columns form views."""

    def _objective(self, network: Any, rows: Rows) -> float:
        return float(rows.map(network.inertia).double().mean())


@torch.no_grad()
def set_cluster_means(network: ViewNetwork, rows: Rows) -> None:
    """Store the mean of each cluster, over the scaled rows that have each view."""
    k, widths = len(network.cluster_means), network.views.widths
    total = torch.zeros_like(network.cluster_means, dtype=torch.float64)
    n_rows = torch.zeros(k, len(widths), dtype=torch.float64, device=rows.device)
    for x in rows.chunks():
        tables, observed = network.views(x)
        members = F.one_hot(network.assign(x).argmax(1), k).double()
        total += members.T @ torch.cat(tables, 1).double()
        n_rows += members.T @ observed.double()
    repeats = torch.tensor(widths, device=rows.device)
    n_rows = n_rows.clamp(min=1).repeat_interleave(repeats, 1)
    network.cluster_means.copy_(total / n_rows)
