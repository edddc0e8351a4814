"""Clusters of the nodes of a graph: greedy mergers, and spectral clustering."""

from collections.abc import Iterator

import numpy as np
from sklearn.cluster import KMeans


def merge_greedily(graph: np.ndarray, k: int, rule: str) -> np.ndarray:
    """Merge the best pair of nodes until ``k`` are left; see :func:`greedy_mergers`."""
    *_, labels = greedy_mergers(graph, k, rule)
    return labels


def greedy_mergers(graph: np.ndarray, k: int, rule: str) -> Iterator[np.ndarray]:
    """Labels of the nodes, of which the best pair is merged until ``k`` are left.

    Parameters
    ----------
    graph : ndarray of shape (n, n)
    k : int
    rule : {"density", "cut"}
        The pair with most edges for its volumes, or the pair whose merging lowers the
        normalised cut most.

    Yields
    ------
    labels : ndarray of int of shape (n,)
        Of n, n - 1, ..., k clusters.
    """
    graph = graph.copy()
    labels = np.arange(len(graph))
    yield labels
    while len(graph) > k:
        volume = np.maximum(graph.sum(1), 1e-12)
        if rule == "density":
            gain = graph / np.outer(volume, volume)
        else:
            inside = np.diag(graph)
            together = inside[:, None] + inside + 2 * graph
            kept = inside / volume
            gain = together / (volume[:, None] + volume) - kept[:, None] - kept
        np.fill_diagonal(gain, -np.inf)
        i, j = sorted(np.unravel_index(gain.argmax(), gain.shape))
        graph[i] += graph[j]
        graph[:, i] += graph[:, j]
        graph = np.delete(np.delete(graph, j, 0), j, 1)
        labels = np.where(labels == j, i, labels - (labels > j))
        yield labels


class SpectralClusters:
    """Spectral clustering of the nodes, which count by their volumes (Ng et al.).

    Parameters
    ----------
    graph : ndarray of shape (n, n)
    """

    def __init__(self, graph: np.ndarray):
        self._volume = np.maximum(graph.sum(1), 1e-12)
        normalised = graph / np.sqrt(np.outer(self._volume, self._volume))
        self._vectors = np.linalg.eigh(normalised)[1]

    def labels(self, k: int, seed: int, n_init: int = 20) -> np.ndarray:
        """Labels of the nodes, of ``k`` clusters, from ``n_init`` starts."""
        vectors = self._vectors[:, -k:]
        vectors = vectors / (np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-12)
        kmeans = KMeans(k, n_init=n_init, random_state=seed)
        return kmeans.fit_predict(vectors, sample_weight=self._volume)
