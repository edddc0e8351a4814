"""Nearest neighbours of the rows of a table, graphs of them, and labels on these."""

from skdeepcluster.neighbors.comparison import warn_where_kmeans_is_better
from skdeepcluster.neighbors.connectivity import CONNECTIVITY, connectivity_matrix
from skdeepcluster.neighbors.criteria import (
    assortativity,
    between_clusters,
    edge_counts,
    edges_between,
    modularity,
    neighbor_counts,
    pair_counts,
    shares,
)
from skdeepcluster.neighbors.distinct import DistinctRows
from skdeepcluster.neighbors.graph import NeighborGraph
from skdeepcluster.neighbors.pairs import (
    default_epochs,
    fast_epochs,
    neighbor_stage,
    with_neighbors,
)
from skdeepcluster.neighbors.search import nearest_neighbors, within_clusters

__all__ = [
    "CONNECTIVITY",
    "DistinctRows",
    "NeighborGraph",
    "assortativity",
    "between_clusters",
    "connectivity_matrix",
    "default_epochs",
    "edge_counts",
    "edges_between",
    "fast_epochs",
    "modularity",
    "nearest_neighbors",
    "neighbor_counts",
    "neighbor_stage",
    "pair_counts",
    "shares",
    "warn_where_kmeans_is_better",
    "with_neighbors",
    "within_clusters",
]
