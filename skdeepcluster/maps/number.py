"""The number of clusters of an embedding, without labels."""

import numpy as np

from skdeepcluster.maps.partition import greedy_mergers, spectral_labels
from skdeepcluster.neighbors import assortativity, between_clusters, modularity

#: Clusters at most.
_MOST = 50

#: Assortativity of separate clusters. Halves of one round cluster have .9.
_APART = 0.97

#: Modularity that more clusters have to add.
_GAIN = 0.02


def count_clusters(graph: np.ndarray, seed: int) -> int:
    """Number of separate clusters.

    For every number, partitions are proposed by greedy mergers and spectral clustering,
    and those are dropped that do not keep neighbours together (assortativity below
    .97). Of the rest, modularity rises with the number of clusters, steeply as long as
    large parts come apart. The smallest number is taken whose modularity is within .02
    of the largest; it is 1 where no partition is left.

    Parameters
    ----------
    graph : ndarray of shape (n, n)
    seed : int
    """
    best: dict[int, float] = {}

    def propose(k: int, labels: np.ndarray) -> None:
        e = between_clusters(graph, labels, k)
        if assortativity(e) >= _APART:
            best[k] = max(best.get(k, 0.0), modularity(e))

    most = min(_MOST, len(graph))
    for rule in ("density", "cut"):
        for n_merged, labels in enumerate(greedy_mergers(graph, 2, rule)):
            if 2 <= len(graph) - n_merged <= most:
                propose(len(graph) - n_merged, labels)
    for k in range(2, most):
        labels = spectral_labels(graph, k, seed)
        if len(np.unique(labels)) == k:
            propose(k, labels)
    if not best:
        return 1
    enough = max(best.values()) - _GAIN
    return min(k for k, value in best.items() if value >= enough)
