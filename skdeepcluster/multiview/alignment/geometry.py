"""Relations between the clusters of a table, and descriptors of each."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csr_matrix, diags
from sklearn.metrics import pairwise_distances
from sklearn.neighbors import NearestNeighbors

#: Neighbours of each row in the graph.
_NEIGHBORS = 10

#: Lengths of the random walks on it.
_STEPS = 4, 16

#: Share of what chance would give, below which the number of walks between two clusters
#: is noise. Its logarithm would outweigh the differences between clusters that touch.
_FEWEST_WALKS = 0.01

#: Standard deviation of a logarithm below which clusters count as alike.
_SAME_LOOKS = 0.1

#: Number of descriptors of a cluster.
_DESCRIPTORS = 15

_TINY = 1e-9


@dataclass(frozen=True)
class Points:
    """Rows, and the quantities that all clusterings of them share.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    """

    X: np.ndarray

    @cached_property
    def distances(self) -> np.ndarray:
        """Distances of all pairs."""
        return pairwise_distances(self.X)

    @cached_property
    def neighbors(self) -> tuple[np.ndarray, np.ndarray]:
        """Distances and positions of the nearest neighbours of each row."""
        n = min(_NEIGHBORS, len(self.X) - 1)
        return NearestNeighbors(n_neighbors=n).fit(self.X).kneighbors()


@dataclass(frozen=True)
class ClusterGeometry:
    """Relations between the clusters of a table, and descriptors of each.

    Parameters
    ----------
    points : Points
    labels : ndarray of shape (n_samples,)
        From 0 to ``n_clusters - 1``.
    n_clusters : int
    """

    points: Points
    labels: np.ndarray
    n_clusters: int

    @cached_property
    def relations(self) -> np.ndarray:
        """Three matrices of the relations between clusters, (3, k, k).

        Two are from random walks, of two lengths, on the nearest-neighbour graph; the
        third is the mean distance of their rows relative to the local spacing. Plain
        distances are not used: long ones say little in many dimensions. Each matrix has
        mean zero and norm one off the diagonal, which is zero.
        """
        shares = self._sizes / len(self.labels)
        tables = [
            -np.log1p(self._mean_over(self._walk(steps)) / shares / _FEWEST_WALKS)
            for steps in _STEPS
        ]
        near, _ = self.points.neighbors
        spacing = np.sqrt(near[:, -1] + _TINY)
        weights = self._members / self._sizes / spacing[:, None]
        tables.append(weights.T @ self.points.distances @ weights)
        return np.stack([_standardised(table + table.T) for table in tables])

    @cached_property
    def descriptors(self) -> np.ndarray:
        """Descriptors of each cluster alone, (k, 15).

        Standardised logarithms; the noise of a descriptor that hardly differs between
        clusters is not amplified.
        """
        table = np.array([self._describe(c) for c in range(self.n_clusters)])
        table -= table.mean(0)
        return table / np.maximum(table.std(0), _SAME_LOOKS)

    def _describe(self, cluster: int) -> list[float]:
        inside = self.labels == cluster
        if not inside.any():
            return [0.0] * _DESCRIPTORS
        rows = self.points.X
        X, center = rows[inside], self._centers[cluster]
        radius = np.linalg.norm(X - center, axis=1)
        low, middle, high = np.quantile(radius, [0.1, 0.5, 0.9]) + _TINY
        spectrum = np.linalg.svd(X - center, compute_uv=False) ** 2 + _TINY
        shares = spectrum / spectrum.sum()
        far = self.points.distances[inside] @ self._members / self._sizes
        others = np.delete(far, cluster, axis=1).mean(0)
        near, neighbors = self.points.neighbors
        degree = np.bincount(neighbors.ravel(), minlength=len(rows))[inside]
        own = (self.labels[neighbors[inside]] == cluster).mean()
        looks = [
            radius.mean(),
            low / middle,
            high / middle,
            near[inside].mean(),
            near[inside].mean() / middle,
            own,
            shares[0],
            shares[:3].sum(),
            shares[:10].sum(),
            1 / (shares**2).sum(),
            others.min(),
            others.mean(),
            others.max(),
            degree.std() + 0.1,
            np.linalg.norm(center - rows.mean(0)),
        ]
        return np.log(np.array(looks) + _TINY).tolist()

    # -- parts -------------------------------------------------------------------------

    @cached_property
    def _members(self) -> np.ndarray:
        return np.eye(self.n_clusters)[self.labels]

    @cached_property
    def _sizes(self) -> np.ndarray:
        return np.maximum(self._members.sum(0), 1.0)

    @cached_property
    def _centers(self) -> np.ndarray:
        return (self._members / self._sizes).T @ self.points.X

    def _walk(self, steps: int) -> np.ndarray:
        """Distribution over clusters of a walk from each row after ``steps`` steps."""
        _, neighbors = self.points.neighbors
        n, degree = neighbors.shape
        graph = csr_matrix(
            (np.ones(neighbors.size), neighbors.ravel(), degree * np.arange(n + 1)),
            shape=(n, n),
        )
        graph = graph + graph.T
        step = diags(1 / graph.sum(1).A1) @ graph
        flow = self._members
        for _ in range(steps):
            flow = step @ flow
        return flow

    def _mean_over(self, table: np.ndarray) -> np.ndarray:
        """Means over the rows of each cluster."""
        return (self._members / self._sizes).T @ table


def _standardised(table: np.ndarray) -> np.ndarray:
    off = ~np.eye(len(table), dtype=bool)
    if not off.any():
        return np.zeros_like(table)
    table = np.where(off, table - table[off].mean(), 0.0)
    return table / max(np.linalg.norm(table), _TINY)
