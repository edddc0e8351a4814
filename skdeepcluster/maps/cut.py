"""A map, cut into clusters."""

import warnings
from dataclasses import dataclass

import numpy as np
from sklearn import config_context
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import pairwise_distances_argmin

from skdeepcluster.maps.micro_clusters import MicroClusters
from skdeepcluster.maps.number import count_clusters
from skdeepcluster.maps.partition import (
    HintsOnMicroClusters,
    choose_confirmed_partition,
    choose_partition,
)
from skdeepcluster.neighbors import NeighborGraph
from skdeepcluster.training import Hints, on_first

#: Rows of the map that clusters are looked for in; others follow them.
_ROWS = 5000


@dataclass(frozen=True)
class Cut:
    """Clusters of a map.

    Parameters
    ----------
    anchors : ndarray of shape (n_anchors, n_components)
        Points that cover the map.
    labels : ndarray of int of shape (n_anchors,)
        Cluster of each.
    n_clusters : int
    name : str
        The method whose proposal was taken.
    """

    anchors: np.ndarray
    labels: np.ndarray
    n_clusters: int
    name: str

    def labels_of(self, points: np.ndarray) -> np.ndarray:
        """The cluster of the nearest anchor of each point."""
        return self.labels[pairwise_distances_argmin(points, self.anchors)]


def cut_map(
    points: np.ndarray,
    graph: NeighborGraph,
    n_clusters: int | None,
    seed: int,
    random_state: np.random.RandomState,
    *,
    votes: bool,
    hints: Hints | None = None,
) -> Cut:
    """Choose clusters of a map without labels.

    Parameters
    ----------
    points : ndarray of shape (n_samples, n_components)
        The map.
    graph : NeighborGraph
        Of neighbours in the table.
    n_clusters : int or None
        None finds the number.
    seed : int
        Of the methods that propose clusters.
    random_state : RandomState
        Draws the rows in which clusters are looked for, where there are many.
    votes : bool
        Whether several views have voted for the neighbours.
    hints : Hints, optional
        Clusters that agree with them come first.
    """
    n_rows = max(_ROWS, 2 * (n_clusters or 0))
    sample = points
    if len(points) > n_rows:
        sample = points[random_state.permutation(len(points))[:n_rows]]
    return on_first(_cut, points, sample, graph, n_clusters, seed, votes, hints)


def _cut(
    points: np.ndarray,
    sample: np.ndarray,
    graph: NeighborGraph,
    n_clusters: int | None,
    seed: int,
    votes: bool,
    hints: Hints | None,
) -> Cut:
    weights = graph.weights.cpu().numpy() if votes else None
    choose = choose_confirmed_partition if votes else choose_partition
    # Mixtures refuse the dispatch. Warnings of single proposals would be many.
    with config_context(array_api_dispatch=False), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        micro = MicroClusters.of(sample, n_clusters or 1, seed)
        partners = graph.partners.cpu().numpy()
        in_table = micro.graph_of_table(points, partners, weights)
        if n_clusters is None:
            n_clusters = count_clusters(micro.graph, in_table, seed, votes=votes)
            n_clusters = max(n_clusters, 1 if hints is None else hints.least_clusters)
        known = None
        if hints is not None:
            nearest = pairwise_distances_argmin(points, micro.centers)
            known = HintsOnMicroClusters(hints, nearest)
        chosen = choose(micro, in_table, n_clusters, seed, known)
    return Cut(micro.centers, chosen.labels, n_clusters, chosen.name)
