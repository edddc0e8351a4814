"""How well labels keep the edges of a graph inside clusters.

Legend: e_ij is the share of edge ends that join clusters i and j, v_i = sum_j e_ij the
volume of a cluster; Q = sum_i (e_ii - v_i^2) is the modularity, and the assortativity
r = Q / (1 - sum_i v_i^2) its share of what these volumes allow (Newman, "Mixing
patterns in networks", Physical Review E 67, 2003).
"""

import numpy as np
import torch

from skdeepcluster.neighbors.distinct import DistinctRows
from skdeepcluster.neighbors.search import nearest_neighbors

#: Neighbours of each row in the graph of an embedding or a table.
_N_NEIGHBORS = 15


def between_clusters(graph: np.ndarray, labels: np.ndarray, k: int) -> np.ndarray:
    """e, of shape (k, k), from a graph and the cluster of each of its nodes."""
    return shares(edges_between(graph, labels, k))


def edges_between(graph: np.ndarray, labels: np.ndarray, k: int) -> np.ndarray:
    """Numbers of edges between clusters, of shape (k, k)."""
    membership = np.eye(k)[labels]
    return membership.T @ (graph @ membership)


def shares(edges: np.ndarray) -> np.ndarray:
    """E from the numbers of edges between clusters."""
    return edges / max(edges.sum(), np.finfo(float).tiny)


def modularity(e: np.ndarray) -> float:
    """Edges inside clusters beyond chance; prefers clusters of equal volume."""
    return float(np.trace(e) - np.square(e.sum(1)).sum())


def assortativity(e: np.ndarray) -> float:
    """Modularity over its largest value for these volumes; 0 for a single cluster.

    It is indifferent to volumes, and therefore also accepts a few outliers as a
    cluster.
    """
    chance = np.square(e.sum(1)).sum()
    return modularity(e) / (1 - chance) if chance < 1 - 1e-9 else 0.0


def neighbor_counts(
    points: np.ndarray, labels: np.ndarray, k: int, n_neighbors: int = _N_NEIGHBORS
) -> np.ndarray:
    """Symmetric counts, of shape (k, k), of neighbours in pairs of groups.

    Equal points are no neighbours of each other.

    Parameters
    ----------
    points : ndarray of shape (n_samples, n_components)
    labels : ndarray of int of shape (n_samples,)
        Group of each row, from 0 to ``k - 1``.
    k : int
    n_neighbors : int, default=15
    """
    table = torch.from_numpy(np.ascontiguousarray(points, np.float32))
    distinct = DistinctRows.of(table)
    near, _ = nearest_neighbors(table[distinct.first], n_neighbors)
    return edge_counts(labels, distinct.in_table(near).numpy(), k)


def edge_counts(
    labels: np.ndarray, near: np.ndarray, k: int, weights: np.ndarray | None = None
) -> np.ndarray:
    """The same of neighbours that are known.

    Parameters
    ----------
    labels : ndarray of int of shape (n_samples,)
    near : ndarray of int of shape (n_samples, n_neighbors)
        Positions of rows.
    k : int
    weights : ndarray of shape (n_samples, n_neighbors), optional
        What each neighbour counts, instead of 1.
    """
    return pair_counts(labels[:, None], labels[near], k, weights)


def pair_counts(
    first: np.ndarray, second: np.ndarray, k: int, weights: np.ndarray | None = None
) -> np.ndarray:
    """The same of pairs that are given by the groups of their rows."""
    pairs = first * k + second
    given = None if weights is None else weights.ravel()
    counts = np.bincount(pairs.ravel(), given, minlength=k**2).reshape(k, k)
    return (counts + counts.T) / 2
