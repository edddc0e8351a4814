"""Hill climbing on clusters: cut one in two and merge two others."""

import numpy as np

from skdeepcluster.neighbors import (
    assortativity,
    between_clusters,
    edges_between,
    modularity,
    shares,
)

#: Exchanges at most.
_MAX_EXCHANGES = 20

#: Share of a cluster's volume that each part of it keeps when it is cut.
_SMALLEST_PART = 0.05

#: Modularity below which an exchange gains nothing.
_TINY = 1e-6

#: By how much the modularity of an exchange may be reckoned wrongly.
_ROUNDING = 1e-9


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
        Symmetric.
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
    edges = edges_between(graph, labels, k)
    best = modularity(shares(edges)) + _TINY
    reach = _Reach(edges)
    exchanged = None
    for cluster in range(k):
        rows = np.flatnonzero(labels == cluster)
        part = cut_in_two(graph[np.ix_(rows, rows)])
        if part is None:
            continue
        of_part = np.bincount(labels, graph[rows[part]].sum(0), minlength=k)
        inside = graph[np.ix_(rows[part], rows[part])].sum()
        # All pairs are looked at only if one of them could be the best.
        if reach.after_cut(cluster, of_part, inside) <= best:
            continue
        cut = labels.copy()
        cut[rows[part]] = k
        e = shares(_edges_after_cut(edges, cluster, of_part, inside))
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


class _Reach:
    """A bound of the modularity that any merge reaches after a cut.

    Parameters
    ----------
    edges : ndarray of shape (k, k)
        Between clusters.
    """

    def __init__(self, edges: np.ndarray) -> None:
        self.total = max(edges.sum(), np.finfo(float).tiny)
        self.shares = edges / self.total
        self.volume = self.shares.sum(1)
        self.modularity = modularity(self.shares)
        gains = self.shares - np.outer(self.volume, self.volume)
        np.fill_diagonal(gains, -np.inf)
        self.largest_gain = gains.max()

    def after_cut(self, cluster: int, of_part: np.ndarray, inside: float) -> float:
        """The bound if a part with these edges is cut off."""
        joins = of_part / self.total
        part = joins.sum()
        rest = self.volume[cluster] - part
        across = joins[cluster] - inside / self.total
        # Q loses twice what merging the two sides again would gain.
        kept = self.modularity - 2 * (across - part * rest)
        others = np.arange(len(of_part)) != cluster
        gains = [
            joins - part * self.volume,
            self.shares[cluster] - joins - rest * self.volume,
        ]
        largest = np.stack(gains)[:, others].max(initial=self.largest_gain)
        return float(kept + 2 * largest + _ROUNDING)


def _edges_after_cut(
    edges: np.ndarray, cluster: int, of_part: np.ndarray, inside: float
) -> np.ndarray:
    """Edges between clusters if a part of one is the cluster ``k``.

    Parameters
    ----------
    edges : ndarray of shape (k, k)
        Before.
    cluster : int
    of_part : ndarray of shape (k,)
        Edges of the part's nodes to each cluster.
    inside : float
        Of them, those to each other.

    Returns
    -------
    edges : ndarray of shape (k + 1, k + 1)
    """
    k = len(edges)
    after = np.zeros((k + 1, k + 1))
    after[:k, :k] = edges
    after[cluster, :k] -= of_part
    after[:k, cluster] -= of_part
    after[cluster, cluster] += inside
    after[k, :k] = after[:k, k] = of_part
    after[cluster, k] = after[k, cluster] = of_part[cluster] - inside
    after[k, k] = inside
    return after


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
