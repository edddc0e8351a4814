"""Fitted estimators as files that hold data and no code."""

from skdeepcluster.sharing.files import load, save

__all__ = ["load", "save"]
