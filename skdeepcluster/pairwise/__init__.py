"""Clusters learned from pairs: of augmented copies, and of rows."""

from skdeepcluster.pairwise.contrastive import ContrastiveClustering
from skdeepcluster.pairwise.dac import DAC

__all__ = ["DAC", "ContrastiveClustering"]
