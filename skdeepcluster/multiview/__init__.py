"""Clustering of rows observed in several views, or in one of several modalities."""

from skdeepcluster.multiview.comvc import CoMVC
from skdeepcluster.multiview.dcca import DCCA
from skdeepcluster.multiview.dm2c import DM2C
from skdeepcluster.multiview.eamc import EAMC

__all__ = ["DCCA", "DM2C", "EAMC", "CoMVC"]
