"""The scikit-learn side of every estimator: parameters, validation, fit, predict."""

from skdeepcluster.base.clusterer import BaseDeepClusterer

__all__ = ["BaseDeepClusterer"]
