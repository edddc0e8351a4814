"""The number of clusters of an embedding, without labels."""

import numpy as np

from skdeepcluster.maps.graph_clusters import SpectralClusters, greedy_mergers
from skdeepcluster.neighbors import assortativity, between_clusters, modularity

#: Clusters at most.
_MOST = 50

#: Assortativity of separate clusters. Halves of one round cluster have .9.
_APART = 0.97

#: Starts of spectral clustering for each number; of the number that is found, there
#: are more proposals.
_STARTS = 5

#: Modularity that more clusters have to add, mean of that on the map and in the table.
_GAIN = 0.02


def count_clusters(graph: np.ndarray, table_graph: np.ndarray, seed: int) -> int:
    """Number of separate clusters.

    For every number, partitions are proposed by greedy mergers and spectral clustering,
    and those are dropped that do not keep neighbours on the map together (assortativity
    below .97). Of the rest, modularity rises with the number of clusters, steeply as
    long as large parts come apart; less in the table, where parts that the map draws
    apart are still neighbours. The smallest number is taken whose mean modularity of
    both is within .02 of the largest; it is 1 where no partition is left.

    Parameters
    ----------
    graph : ndarray of shape (n, n)
        Neighbours on the map, between micro-clusters.
    table_graph : ndarray of shape (n, n)
        Neighbours in the table, between the same.
    seed : int
    """
    best: dict[int, float] = {}

    def propose(k: int, labels: np.ndarray) -> None:
        on_map, in_table = (
            between_clusters(g, labels, k) for g in (graph, table_graph)
        )
        if assortativity(on_map) >= _APART:
            value = (modularity(on_map) + modularity(in_table)) / 2
            best[k] = max(best.get(k, -np.inf), value)

    most = min(_MOST, len(graph))
    for rule in ("density", "cut"):
        for n_merged, labels in enumerate(greedy_mergers(graph, 2, rule)):
            if 2 <= len(graph) - n_merged <= most:
                propose(len(graph) - n_merged, labels)
    spectral = SpectralClusters(graph)
    for k in range(2, most):
        labels = spectral.labels(k, seed, _STARTS)
        if len(np.unique(labels)) == k:
            propose(k, labels)
    if not best:
        return 1
    enough = max(best.values()) - _GAIN
    return min(k for k, value in best.items() if value >= enough)
