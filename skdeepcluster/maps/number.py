"""The number of clusters of an embedding, without labels."""

from collections.abc import Iterator
from itertools import chain

import numpy as np

from skdeepcluster.maps.graph_clusters import SpectralClusters, greedy_mergers
from skdeepcluster.neighbors import (
    assortativity,
    between_clusters,
    modularity,
    shares,
)

#: Clusters at most.
_MOST = 50

#: Assortativity of separate clusters. Halves of one round cluster have .9.
_APART = 0.97

#: Starts of spectral clustering for each number; of the number that is found, there
#: are more proposals.
_STARTS = 5

#: Modularity that more clusters have to add, mean of that on the map and in the table.
_GAIN = 0.02

#: The same of that among the votes of several views.
_GAIN_OF_VOTES = 0.01


def count_clusters(
    graph: np.ndarray, table_graph: np.ndarray, seed: int, *, votes: bool = False
) -> int:
    """Number of separate clusters.

    For every number, partitions are proposed by greedy mergers and spectral clustering,
    and those are dropped that do not keep neighbours on the map together (assortativity
    below .97). Of the rest, modularity rises with the number of clusters, steeply as
    long as large parts come apart; less in the table, where parts that the map draws
    apart are still neighbours. The smallest number is taken whose mean modularity of
    both is within .02 of the largest; it is 1 where no partition is left.

    Several views confirm each other: partitions are then proposed from the votes and
    from both graphs together, too, and the modularity is that among the votes alone,
    within .01. A cluster that falls into parts in one view does so on the map, and
    hardly in the votes.

    Parameters
    ----------
    graph : ndarray of shape (n, n)
        Neighbours on the map, between micro-clusters.
    table_graph : ndarray of shape (n, n)
        Neighbours in the table, between the same.
    seed : int
    votes : bool, default=False
        Whether several views have voted for the neighbours in the table.
    """
    graphs = [graph]
    if votes:
        graphs += [table_graph, shares(graph) + shares(table_graph)]
    best: dict[int, float] = {}
    for k, labels in chain.from_iterable(_partitions(g, seed) for g in graphs):
        on_map = between_clusters(graph, labels, k)
        if assortativity(on_map) >= _APART:
            value = modularity(between_clusters(table_graph, labels, k))
            if not votes:
                value = (value + modularity(on_map)) / 2
            best[k] = max(best.get(k, -np.inf), value)
    if not best:
        return 1
    enough = max(best.values()) - (_GAIN_OF_VOTES if votes else _GAIN)
    return min(k for k, value in best.items() if value >= enough)


def _partitions(graph: np.ndarray, seed: int) -> Iterator[tuple[int, np.ndarray]]:
    """Numbers of clusters, and labels of the nodes."""
    most = min(_MOST, len(graph))
    for rule in ("density", "cut"):
        for n_merged, labels in enumerate(greedy_mergers(graph, 2, rule)):
            if 2 <= len(graph) - n_merged <= most:
                yield len(graph) - n_merged, labels
    spectral = SpectralClusters(graph)
    for k in range(2, most):
        labels = spectral.labels(k, seed, _STARTS)
        if len(np.unique(labels)) == k:
            yield k, labels
