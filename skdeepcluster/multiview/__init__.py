"""Clustering of rows observed in several views, or in one of several modalities."""

from skdeepcluster.multiview.comvc import CoMVC
from skdeepcluster.multiview.damc import DAMC
from skdeepcluster.multiview.dcca import DCCA
from skdeepcluster.multiview.dm2c import DM2C
from skdeepcluster.multiview.eamc import EAMC

__all__ = ["DAMC", "DCCA", "DM2C", "EAMC", "CoMVC"]
