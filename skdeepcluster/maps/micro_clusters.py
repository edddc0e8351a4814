"""Many small clusters that cover an embedding, and the graph between them."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import pairwise_distances_argmin

from skdeepcluster.neighbors import edge_counts, neighbor_counts, within_clusters

#: Neighbours of each row on the map, or fewer where clusters have fewer rows.
_N_NEIGHBORS = 15

#: Micro-clusters of a large table, and rows of each that a small one should have.
_MOST = 500
_FEWEST_ROWS = 4

#: Micro-clusters per cluster that a small table should have.
_PER_CLUSTER = 10


@dataclass(frozen=True)
class MicroClusters:
    """k-means with many centres, and how much their rows are neighbours.

    Parameters
    ----------
    points : ndarray of shape (n_samples, n_components)
        Rows of the embedding.
    centers : ndarray of shape (n_micro_clusters, n_components)
    labels : ndarray of int of shape (n_samples,)
        Micro-cluster of each row.
    graph : ndarray of shape (n_micro_clusters, n_micro_clusters)
        Symmetric. Sums, over pairs of rows, of 1 where each is among the nearest of the
        other and 1/2 where one is.
    """

    points: np.ndarray
    centers: np.ndarray
    labels: np.ndarray
    graph: np.ndarray

    @classmethod
    def of(cls, points: np.ndarray, n_clusters: int, seed: int) -> MicroClusters:
        """Cover ``points``, in which ``n_clusters`` are to be found."""
        n = len(points)
        few = min(n // 2, _PER_CLUSTER * n_clusters)
        n_micro = min(n, max(min(n // _FEWEST_ROWS, _MOST), few, n_clusters))
        with warnings.catch_warnings():  # rows may have fewer distinct values
            warnings.simplefilter("ignore", ConvergenceWarning)
            kmeans = KMeans(n_micro, n_init=1, max_iter=20, random_state=seed)
            labels = kmeans.fit_predict(points)
        kept, labels = np.unique(labels, return_inverse=True)
        centers = kmeans.cluster_centers_[kept]
        n_neighbors = within_clusters(_N_NEIGHBORS, n, n_clusters)
        graph = neighbor_counts(points, labels, len(centers), n_neighbors)
        return cls(points, centers, labels, graph)

    def graph_of_table(
        self, points: np.ndarray, near: np.ndarray, weights: np.ndarray | None = None
    ) -> np.ndarray:
        """The graph between micro-clusters that neighbours in the table make.

        Parameters
        ----------
        points : ndarray of shape (n_rows, n_components)
            The whole embedding, of which the micro-clusters may cover a sample.
        near : ndarray of int of shape (n_rows, n_neighbors)
            Positions of the neighbours of each row in the table.
        weights : ndarray of shape (n_rows, n_neighbors), optional
            What each neighbour counts, instead of 1.
        """
        labels = pairwise_distances_argmin(points, self.centers)
        return edge_counts(labels, near, len(self.centers), weights)

    def vote(self, row_labels: np.ndarray) -> np.ndarray:
        """The label that most rows of each micro-cluster have."""
        votes = np.zeros((len(self.centers), row_labels.max() + 1))
        np.add.at(votes, (self.labels, row_labels), 1)
        return votes.argmax(1)
