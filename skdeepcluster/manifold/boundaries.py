"""Boundaries between round clusters, where neighbours say little."""

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score
from sklearn.metrics.cluster import contingency_matrix
from torch import Tensor

from skdeepcluster.neighbors import NeighborGraph
from skdeepcluster.training import Rows, on_first, quietly

#: Rows on which k-means is fitted.
_ROWS = 5000

#: Adjusted Rand index from which two partitions are the same but for rows between
#: clusters.
SAME_CLUSTERS = 0.8

#: Standard errors of assortativity within which k-means is as good. (Modularity also
#: rewards that k-means makes sizes more equal.)
_TOLERANCE = 3.0


def with_kmeans_boundaries(
    table: Rows, graph: NeighborGraph, labels: Tensor, n_clusters: int
) -> Tensor:
    """The labels of k-means, where it finds the same clusters and they are as good.

    Among a few hundred rows of round clusters, the neighbours of rows between two
    clusters are a matter of chance, and centres are not. If k-means keeps neighbours
    together as well, but for the draw of the rows, its boundaries are taken.

    Parameters
    ----------
    table : Rows
        The whole table, after the fixed map of the network.
    graph : NeighborGraph
    labels : LongTensor of shape (n_samples,)
    n_clusters : int

    Returns
    -------
    labels : LongTensor of shape (n_samples,)
        Clusters have the same numbers. Where either partition has fewer clusters than
        ``n_clusters``, or k-means has fewer rows, the labels are those that were given.
    """
    if n_clusters > _ROWS:
        return labels
    centers = on_first(_centers, table, n_clusters)
    nearest = torch.from_numpy(centers).to(table.device)
    found = table.map(lambda x: torch.cdist(x, nearest).argmin(1))
    if adjusted_rand_score(labels.cpu(), found.cpu()) < SAME_CLUSTERS:
        return labels
    lost = assortativity_lost(graph, labels, found, n_clusters)
    if lost.mean() > _TOLERANCE * lost.std() / len(lost) ** 0.5:
        return labels
    counts = contingency_matrix(found.cpu(), labels.cpu())
    if counts.shape != (n_clusters, n_clusters):  # some cluster has no rows
        return labels
    return torch.from_numpy(linear_sum_assignment(-counts)[1]).to(found.device)[found]


def assortativity_lost(
    graph: NeighborGraph, labels: Tensor, found: Tensor, n_clusters: int
) -> Tensor:
    """How much less each row is among its own cluster if labels are replaced.

    Parameters
    ----------
    graph : NeighborGraph
    labels, found : LongTensor of shape (n_samples,)
        Before and after.
    n_clusters : int

    Returns
    -------
    lost : Tensor of shape (n_samples,)
    """
    before, after = (
        assortativity_by_row(graph, each, n_clusters) for each in (labels, found)
    )
    return before - after


def assortativity_by_row(
    graph: NeighborGraph, labels: Tensor, n_clusters: int
) -> Tensor:
    """How far each row is among its own cluster; the mean is the assortativity.

    Parameters
    ----------
    graph : NeighborGraph
    labels : LongTensor of shape (n_samples,)
    n_clusters : int

    Returns
    -------
    assortativity : Tensor of shape (n_samples,)
    """
    weight = graph.weights.double().sum(1)
    volume = weight.new_zeros(n_clusters).index_add_(0, labels, weight / weight.sum())
    inside = labels[graph.partners] == labels[:, None]
    kept = (graph.weights * inside).double().sum(1)
    beyond_chance = (kept - weight * volume[labels]) / weight.mean()
    return beyond_chance / (1 - volume.square().sum())


def _centers(table: Rows, n_clusters: int) -> np.ndarray:
    sample = table.subsample(_ROWS, np.random.RandomState(0))
    kmeans = KMeans(n_clusters, n_init=10, random_state=0)
    return quietly(kmeans.fit, sample.table()).cluster_centers_
