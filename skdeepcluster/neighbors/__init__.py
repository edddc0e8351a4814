"""Nearest neighbours of the rows of a table."""

from skdeepcluster.neighbors.mutual import mutual_neighbors

__all__ = ["mutual_neighbors"]
