"""The scikit-learn interface of a clusterer."""

import warnings
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.exceptions import ConvergenceWarning

from skdeepcluster.base.estimator import DeepEstimator
from skdeepcluster.base.parameters import POSITIVE
from skdeepcluster.training import FitCallbacks, Rows, Run


@dataclass(eq=False, repr=False, kw_only=True)
class BaseDeepClusterer(DeepEstimator, ClusterMixin, BaseEstimator):
    """A network that assigns rows to clusters.

    The network has the methods ``encode(x)`` and ``assign(x)``; the rows of the
    latter's output sum to one.
    """

    n_clusters: Annotated[int, POSITIVE] = field(default=8, kw_only=False)

    #: Whether training compares rows with others in their batch.
    _compares_rows: ClassVar[bool] = False

    def predict(self, X: Any) -> np.ndarray:
        """Predict the cluster of each row.

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

    def _check_fit(self, rows: Rows) -> None:
        n_samples = len(rows)
        if self._compares_rows and min(n_samples, self.batch_size) < 2:
            alone = "n_samples=1" if n_samples < 2 else "batch_size=1"
            raise ValueError(
                f"{type(self).__name__} compares rows with others: {alone} is not "
                "enough."
            )
        super()._check_fit(rows)
        if self.n_clusters is not None and n_samples < self.n_clusters:
            raise ValueError(
                f"n_samples={n_samples} should be >= n_clusters={self.n_clusters}."
            )

    def _attributes(self, network: Any, run: Run) -> dict[str, Any]:
        proba = run.rows.map(network.assign).cpu().numpy()
        labels = proba.argmax(axis=1)
        return {**super()._attributes(network, run), "labels_": labels}

    def _fit(self, rows: Rows, task: FitCallbacks) -> dict[str, Any]:
        fitted = super()._fit(rows, task)
        wanted = self.n_clusters or 0  # some methods find the number
        n_empty = wanted - len(np.unique(fitted["labels_"]))
        if n_empty > 0:
            advice = (
                "Scale the columns (StandardScaler), lower n_clusters, or try other "
                "seeds (n_init)."
            )
            n_distinct = rows.n_distinct()
            if n_distinct < wanted:
                advice = f"X has only {n_distinct} distinct row(s): lower n_clusters."
            warnings.warn(
                f"{n_empty} of n_clusters={wanted} clusters are empty. {advice}",
                ConvergenceWarning,
                stacklevel=2,
            )
        return fitted
