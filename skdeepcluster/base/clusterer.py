"""The scikit-learn interface of a clusterer."""

from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Self

import numpy as np
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.exceptions import ConvergenceWarning

from skdeepcluster.base.compat import _fit_context
from skdeepcluster.base.estimator import DeepEstimator
from skdeepcluster.base.outliers import (
    outlier_scores,
    sample_embedding,
    unit_of_distance,
)
from skdeepcluster.base.parameters import POSITIVE
from skdeepcluster.training import (
    FitCallbacks,
    Hints,
    NoCheckpoint,
    Processes,
    Rows,
    Run,
    warn_once,
)

#: Share of rows outside the largest cluster, below which a warning is given.
_SMALLEST_REST = 0.02


@dataclass(eq=False, repr=False, kw_only=True)
class BaseDeepClusterer(DeepEstimator, ClusterMixin, BaseEstimator):
    """A network that assigns rows to clusters.

    The network has the methods ``encode(x)`` and ``assign(x)``; the rows of the
    latter's output sum to one.
    """

    n_clusters: Annotated[int, POSITIVE] = field(default=8, kw_only=False)

    #: Whether training compares rows with others in their batch.
    _compares_rows: ClassVar[bool] = False

    #: Whether fits take hints. Stages whose ``assigns`` is true heed them; the network
    #: has ``reorder_clusters(order)``.
    _takes_hints: ClassVar[bool] = False

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        X: Any,
        y: Any = None,
        *,
        partial_labels: Any = None,
        must_link: Any = None,
        cannot_link: Any = None,
    ) -> Self:
        """Train the network on the rows of ``X``.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            A DataFrame, array, memory map, CPU tensor or SciPy sparse matrix of real
            numbers, or what has ``shape``, ``dtype`` and slices, such as a dataset of
            h5py, or Parquet files as a dataset of pyarrow.
        y : ignored
            Also if it has labels, as searches and Pipelines pass them for scoring.
        partial_labels : array-like of int of shape (n_samples,), default=None
            Hints: the clusters of some rows, from 0 to ``n_clusters - 1``, and -1 for
            all others. Clusters get these numbers.
        must_link : array-like of int of shape (n_pairs, 2), default=None
            Hints: positions in ``X`` of pairs of rows that belong together.
        cannot_link : array-like of int of shape (n_pairs, 2), default=None
            Hints: positions in ``X`` of pairs of rows that belong apart.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If the parameters are inconsistent with each other or with ``X``, or hints
            contradict each other.
        TypeError
            If there are hints and the method takes none.
        FloatingPointError
            If the loss becomes non-finite.
        """
        given = {
            "partial_labels": partial_labels,
            "must_link": must_link,
            "cannot_link": cannot_link,
        }
        if all(each is None for each in given.values()):
            return self._fit_table(X, y)
        self._check_hints([name for name, each in given.items() if each is not None])
        return self._fit_table(
            X, y, lambda n_rows: Hints.of(n_rows, self.n_clusters, **given)
        )

    def predict(self, X: Any) -> np.ndarray:
        """Predict the cluster of each row.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)

        Returns
        -------
        labels : ndarray of shape (n_samples,)
            Integers from 0 to ``n_clusters - 1``.
        """
        return self._map(X, "assign").argmax(axis=1)

    def predict_proba(self, X: Any) -> np.ndarray:
        """Soft assignment of each row to the clusters.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Not sparse: scikit-learn's checks expect that what has probabilities for
            sparse rows is a classifier.

        Returns
        -------
        proba : ndarray of shape (n_samples, n_clusters), float32
            Rows sum to one.

        Raises
        ------
        TypeError
            If ``X`` is sparse.
        """
        if issparse(X):
            raise TypeError(
                "predict_proba does not take sparse rows (predict and transform do). "
                "Pass X.toarray(), or X[start:stop].toarray() piece by piece if X is "
                "large."
            )
        return self._map(X, "assign")

    def outlier_score(self, X: Any) -> np.ndarray:
        """How far each row lies from the training rows, in the embedding.

        The score is the distance to the tenth nearest of up to 2000 training rows,
        drawn at random and kept in ``embedding_sample_``. Its unit is the distance that
        99 % of these have from each other, so that a score above 1 is rare among rows
        like those of training, whatever the fit. Unlike ``predict_proba``, which says
        between which clusters a row lies, it is large for rows that belong nowhere::

            labels = np.where(model.outlier_score(X) > 1, -1, model.predict(X))

        gives these the label -1, as scikit-learn's :class:`~sklearn.cluster.DBSCAN`
        does; a larger threshold leaves more rows in clusters. In a Pipeline, the rows
        are those that reach the last step:
        ``pipe[-1].outlier_score(pipe[:-1].transform(X))``.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)

        Returns
        -------
        score : ndarray of shape (n_samples,)
            At least 0; larger is more outlying.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn.datasets import load_wine
        >>> from sklearn.preprocessing import scale
        >>> from skdeepcluster import IDEC
        >>> X = scale(load_wine().data)
        >>> idec = IDEC(3, random_state=0).fit(X)
        >>> new = np.vstack([X[:2], 5 * X[:1]])
        >>> (idec.outlier_score(new) > 1).tolist()
        [False, False, True]
        """
        points = self._map(X, "encode", moves_extremes=False)
        return outlier_scores(points, self.embedding_sample_, self.outlier_unit_)

    def _validate_params(self) -> None:
        """Say how a number is found before scikit-learn says what it should be."""
        if isinstance(self.n_clusters, str) and self.n_clusters == "auto":
            raise ValueError(f"n_clusters='auto': {self._how_to_find_the_number()}")
        super()._validate_params()

    def _how_to_find_the_number(self) -> str:
        if None in self._parameter_constraints["n_clusters"]:
            return "pass n_clusters=None, with which the number of clusters is found."
        return (
            f"{type(self).__name__} takes a number. NeighborClustering("
            "n_clusters=None) finds one; "
            "skdeepcluster.model_selection.choose_n_clusters(estimator, X, range(2, "
            "11)).best_params is the best for an estimator among those tried."
        )

    def _check_hints(self, names: list[str]) -> None:
        """Raise if hints, of which ``names`` are given, cannot be heeded."""
        title, given = type(self).__name__, " and ".join(names)
        if not self._takes_hints:
            raise TypeError(
                f"{title} takes no hints, and got {given}. Leave them out, or take "
                "NeighborClustering, which takes hints, on one table or on views."
            )
        if self.distributed == "sharded":
            raise ValueError(
                f"{title} got {given}, and distributed='sharded': hints are on the "
                "rows of a whole table. Give all processes the whole table, with "
                "distributed='auto'."
            )

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

    def _labels(self, network: Any, rows: Rows) -> np.ndarray:
        """Labels of rows, as :meth:`predict` gives them."""
        return rows.map(network.assign).cpu().numpy().argmax(axis=1)

    def _attributes(self, network: Any, run: Run) -> dict[str, Any]:
        sample = sample_embedding(run.rows, network.encode)
        return {
            **super()._attributes(network, run),
            "labels_": self._labels(network, run.rows),
            "embedding_sample_": sample,
            "outlier_unit_": unit_of_distance(sample),
        }

    def _fit(
        self,
        rows: Rows,
        task: FitCallbacks,
        checkpoint: NoCheckpoint,
        processes: Processes | None,
    ) -> dict[str, Any]:
        fitted = super()._fit(rows, task, checkpoint, processes)
        wanted = self.n_clusters or 0  # some methods find the number
        labels = fitted["labels_"]
        sizes = np.unique(labels[labels >= 0], return_counts=True)[1]
        n_samples, n_empty = len(rows), wanted - len(sizes)
        rest = n_samples - sizes.max()
        advice = (
            "Scale the columns (StandardScaler), lower n_clusters, or try other seeds "
            "(n_init)."
        )
        if n_empty > 0:
            problem = f"{n_empty} of n_clusters={wanted} clusters are empty."
            n_distinct = rows.n_distinct()
            if n_distinct < wanted:
                advice = f"X has only {n_distinct} distinct row(s): lower n_clusters."
        elif len(sizes) > 1 and rest < _SMALLEST_REST * n_samples:
            problem = (
                f"One cluster has {sizes.max()} of {n_samples} rows: unless the others "
                "really are so rare, the clustering has collapsed."
            )
        else:
            return fitted
        warn_once(f"{problem} {advice}", ConvergenceWarning)
        return fitted
