"""Hill climbing on clusters: cut one in two and merge two others."""

import numpy as np

from skdeepcluster.neighbors import assortativity, between_clusters, modularity

#: Exchanges at most.
_MAX_EXCHANGES = 20

#: Share of a cluster's volume that each part of it keeps when it is cut.
_SMALLEST_PART = 0.05

#: Modularity below which an exchange gains nothing.
_TINY = 1e-6


def improve_by_exchange(
    graph: np.ndarray, labels: np.ndarray, n_clusters: int
) -> np.ndarray:
    """Exchange a boundary between clusters for one inside a cluster, while that helps.

    An exchange cuts one cluster in two and merges the pair that then gains most. It has
    to raise the modularity, and must not lower the assortativity below the start's:
    else clusters of unequal size would be cut for the sake of equal ones.

    Parameters
    ----------
    graph : ndarray of shape (n, n)
    labels : ndarray of int of shape (n,)
    n_clusters : int

    Returns
    -------
    labels : ndarray of int of shape (n,)
    """
    floor = assortativity(between_clusters(graph, labels, n_clusters))
    for _ in range(_MAX_EXCHANGES):
        exchanged = _best_exchange(graph, labels, n_clusters, floor)
        if exchanged is None:
            break
        labels = exchanged
    return labels


def _best_exchange(
    graph: np.ndarray, labels: np.ndarray, k: int, floor: float
) -> np.ndarray | None:
    best = modularity(between_clusters(graph, labels, k)) + _TINY
    exchanged = None
    for cluster in range(k):
        rows = np.flatnonzero(labels == cluster)
        part = cut_in_two(graph[np.ix_(rows, rows)])
        if part is None:
            continue
        cut = labels.copy()
        cut[rows[part]] = k
        e = between_clusters(graph, cut, k + 1)
        volume = e.sum(1)
        # Modularity after each merge; a part goes not back to where it comes from.
        merged = modularity(e) + 2 * (e - np.outer(volume, volume))
        chance = np.square(volume).sum() + 2 * np.outer(volume, volume)
        allowed = merged >= floor * (1 - chance)
        np.fill_diagonal(allowed, False)
        allowed[cluster, k] = allowed[k, cluster] = False
        merged[~allowed] = -np.inf
        i, j = np.unravel_index(merged.argmax(), merged.shape)
        if merged[i, j] > best:
            best = merged[i, j]
            exchanged = cut
            exchanged[exchanged == j] = i
            exchanged = np.unique(exchanged, return_inverse=True)[1]
    return exchanged


def cut_in_two(graph: np.ndarray) -> np.ndarray | None:
    """One side of the least normalised cut along the second eigenvector.

    Parameters
    ----------
    graph : ndarray of shape (n, n)

    Returns
    -------
    side : ndarray of bool of shape (n,) or None
        None where no cut leaves 5 % of the volume on each side.
    """
    if len(graph) < 2:
        return None
    degree = np.maximum(graph.sum(1), 1e-12)
    vectors = np.linalg.eigh(graph / np.sqrt(np.outer(degree, degree)))[1]
    order = np.argsort(vectors[:, -2] / np.sqrt(degree))
    ordered = graph[np.ix_(order, order)]
    inside = np.cumsum(np.diag(ordered) + 2 * np.tril(ordered, -1).sum(1))
    volume = np.cumsum(degree[order])
    total = volume[-1]
    cut = volume - inside
    rest = np.maximum(total - volume, 1e-12)
    normalised = cut / volume + cut / rest
    outside = np.minimum(volume, rest) < _SMALLEST_PART * total
    if outside.all():
        return None
    normalised[outside] = np.inf
    side = np.zeros(len(graph), bool)
    side[order[: normalised.argmin() + 1]] = True
    return side
