"""Nearest neighbours of the rows of a table, and graphs of them."""

from skdeepcluster.neighbors.connectivity import CONNECTIVITY, connectivity_matrix
from skdeepcluster.neighbors.graph import NeighborGraph
from skdeepcluster.neighbors.search import nearest_neighbors

__all__ = [
    "CONNECTIVITY",
    "NeighborGraph",
    "connectivity_matrix",
    "nearest_neighbors",
]
