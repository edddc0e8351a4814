"""Nearest neighbours of the rows of a table, and graphs of them."""

from skdeepcluster.neighbors.graph import NeighborGraph
from skdeepcluster.neighbors.mutual import mutual_neighbors
from skdeepcluster.neighbors.search import nearest_neighbors

__all__ = ["NeighborGraph", "mutual_neighbors", "nearest_neighbors"]
