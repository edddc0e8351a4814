"""The scikit-learn face of a clusterer."""

import warnings
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.exceptions import ConvergenceWarning
from torch import nn

from skdeepcluster.base.estimator import POSITIVE, DeepEstimatorMixin
from skdeepcluster.training import Run


@dataclass(eq=False, repr=False, kw_only=True)
class BaseDeepClusterer(DeepEstimatorMixin, ClusterMixin, BaseEstimator):
    """A network that assigns rows to clusters.

    The network has ``encode(x)`` and ``assign(x)`` with rows that sum to one.
    """

    n_clusters: int = field(default=8, kw_only=False)

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **DeepEstimatorMixin._parameter_constraints,
        "n_clusters": [POSITIVE],
    }

    #: Whether rows are trained on in comparison with others of their batch.
    _compares_rows: ClassVar[bool] = False

    def predict(self, X: Any) -> np.ndarray:
        """Cluster of each row.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        labels : ndarray of shape (n_samples,)
            Integers from 0 to ``n_clusters - 1``.
        """
        return self.predict_proba(X).argmax(axis=1)

    def predict_proba(self, X: Any) -> np.ndarray:
        """Soft assignment of each row to the clusters.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        proba : ndarray of shape (n_samples, n_clusters), float32
            Rows sum to one.
        """
        return self._map(X, "assign")

    def _check_fit(self, X: np.ndarray) -> None:
        if self._compares_rows and min(len(X), self.batch_size) < 2:
            alone = "n_samples=1" if len(X) < 2 else "batch_size=1"
            raise ValueError(
                f"{type(self).__name__} compares rows with others: {alone} is not "
                "enough."
            )
        super()._check_fit(X)
        if len(X) < self.n_clusters:
            raise ValueError(
                f"n_samples={len(X)} should be >= n_clusters={self.n_clusters}."
            )

    def _attributes(self, network: nn.Module, run: Run) -> dict[str, Any]:
        proba = run.rows.map(network.assign).cpu().numpy()  # type: ignore[arg-type]
        labels = proba.argmax(axis=1)
        return {**super()._attributes(network, run), "labels_": labels}

    def _fit(self, X: np.ndarray, context: Any, given: Any, y: Any) -> dict[str, Any]:
        fitted = super()._fit(X, context, given, y)
        n_empty = self.n_clusters - len(np.unique(fitted["labels_"]))
        if n_empty:
            warnings.warn(
                f"{n_empty} of n_clusters={self.n_clusters} clusters hold no row. "
                "Scale the columns (StandardScaler), lower n_clusters, or try other "
                "seeds (n_init).",
                ConvergenceWarning,
                stacklevel=2,
            )
        return fitted
