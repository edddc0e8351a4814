"""Clusters learned from pairs: of augmented copies, and of rows."""

from skdeepcluster.pairwise.contrastive import ContrastiveClustering
from skdeepcluster.pairwise.dac import DAC
from skdeepcluster.pairwise.iic import IIC
from skdeepcluster.pairwise.pica import PICA

__all__ = ["DAC", "IIC", "PICA", "ContrastiveClustering"]
