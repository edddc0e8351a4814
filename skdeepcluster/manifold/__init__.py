"""Maps of a table on which near rows are near, and clusters of any shape there."""

from skdeepcluster.manifold.neighbor_clustering import NeighborClustering

__all__ = ["NeighborClustering"]
