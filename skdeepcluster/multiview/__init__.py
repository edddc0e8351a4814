"""Clustering of rows observed in several views, or in one of several modalities."""

from skdeepcluster.multiview.dm2c import DM2C
from skdeepcluster.multiview.eamc import EAMC

__all__ = ["DM2C", "EAMC"]
