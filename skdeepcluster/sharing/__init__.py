"""Fitted estimators as files that hold data and no code, or a graph that predicts."""

from skdeepcluster.sharing.export import export
from skdeepcluster.sharing.files import load, save

__all__ = ["export", "load", "save"]
