"""Boundaries between round clusters, where they explain what views have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from sklearn.covariance import ledoit_wolf
from sklearn.metrics import adjusted_rand_score
from torch import Tensor

from skdeepcluster.manifold.boundaries import SAME_CLUSTERS, assortativity_lost
from skdeepcluster.maps import supported_views
from skdeepcluster.neighbors import NeighborGraph
from skdeepcluster.training import on_first

#: Rows on which round clusters are fitted, and rounds at most.
_ROWS = 5000
_ROUNDS = 50

#: Rows of the spread of all clusters that are added to each cluster.
_ROWS_ADDED = 5

#: Assortativity among the votes that may be lost, as a multiple of the share of rows
#: that move: a little, as the given labels are those that neighbours voted for.
_TOLERANCE = 0.75


def with_round_boundaries(
    tables: Sequence[Tensor],
    observed: Tensor,
    graph: NeighborGraph,
    labels: Tensor,
    n_clusters: int,
) -> Tensor:
    """The labels of round clusters, where views agree in nothing but the clusters.

    If neighbours in the other views tell nothing of where in its cluster a row is, they
    only tell its cluster, and less of it than the distances to the centres, to which
    all rows of a cluster contribute.

    Parameters
    ----------
    tables : sequence of Tensor of shape (n_samples, n_features of the view)
        Of the views that vote; zero in rows that lack the view.
    observed : BoolTensor of shape (n_samples, n_views)
    graph : NeighborGraph
    labels : LongTensor of shape (n_samples,)
    n_clusters : int

    Returns
    -------
    labels : LongTensor of shape (n_samples,)
        Clusters have the same numbers. Where views have nothing in common, or more than
        the clusters, and where round clusters are others or rows would leave their
        neighbours, the labels are those that were given.
    """
    explained = on_first(_explaining_clusters, tables, observed, labels, n_clusters)
    if explained is None:
        return labels
    found = explained.to(labels.device).nearest(tables, observed)
    if len(found.unique()) < n_clusters:
        return labels
    if adjusted_rand_score(labels.cpu(), found.cpu()) < SAME_CLUSTERS:
        return labels
    lost = assortativity_lost(graph, labels, found, n_clusters)
    moved = (found != labels).double().mean()
    return labels if lost.mean() > _TOLERANCE * moved else found


@dataclass(frozen=True)
class RoundClusters:
    """Clusters that are round in each view on certain axes.

    Parameters
    ----------
    axes : list of Tensor of shape (n_features of the view, n_features of the view)
        By which the table of each view is multiplied.
    centers : list of Tensor of shape (n_clusters, n_features of the view)
        On these axes.
    variances : Tensor of shape (n_views, n_clusters)
        Of one column.
    shares : Tensor of shape (n_clusters,)
        Of the rows.
    """

    axes: list[Tensor]
    centers: list[Tensor]
    variances: Tensor
    shares: Tensor

    @classmethod
    def of(
        cls,
        tables: Sequence[Tensor],
        observed: Tensor,
        labels: Tensor,
        n_clusters: int,
        axes: list[Tensor] | None = None,
    ) -> RoundClusters | None:
        """Those with given members; None where a cluster has no row with some view.

        Parameters
        ----------
        tables, observed, labels, n_clusters
            As in :func:`with_round_boundaries`.
        axes : list of Tensor, optional
            Those of the columns if not given.
        """
        if axes is None:
            axes = [torch.eye(table.shape[1]).to(table) for table in tables]
        centers, variances = [], []
        for table, has, turn in zip(tables, observed.T, axes, strict=True):
            x, own = (table[has] @ turn).double(), labels[has]
            sizes = own.bincount(minlength=n_clusters)
            if not sizes.all():
                return None
            sums = x.new_zeros(n_clusters, x.shape[1]).index_add_(0, own, x)
            center = sums / sizes[:, None]
            square = (x - center[own]).square().mean(1)
            within = square.new_zeros(n_clusters).index_add_(0, own, square)
            overall = square.mean().clamp(min=torch.finfo(table.dtype).tiny)
            variance = (within + _ROWS_ADDED * overall) / (sizes + _ROWS_ADDED)
            centers.append(center.to(table.dtype))
            variances.append(variance.to(table.dtype))
        shares = labels.bincount(minlength=n_clusters) / len(labels)
        return cls(axes, centers, torch.stack(variances), shares)

    def to(self, device: torch.device) -> RoundClusters:
        """The same on a device."""
        return RoundClusters(
            [each.to(device) for each in self.axes],
            [each.to(device) for each in self.centers],
            self.variances.to(device),
            self.shares.to(device),
        )

    def nearest(self, tables: Sequence[Tensor], observed: Tensor) -> Tensor:
        """The most likely cluster of each row, by the views that it has.

        Parameters
        ----------
        tables : sequence of Tensor of shape (n_samples, n_features of the view)
        observed : BoolTensor of shape (n_samples, n_views)
        """
        likelihood = self.shares.log().expand(len(observed), -1)
        for table, has, axes, center, variance in zip(
            tables, observed.T, self.axes, self.centers, self.variances, strict=True
        ):
            distances = torch.cdist(table @ axes, center).square()
            own = (distances / variance + table.shape[1] * variance.log()) / 2
            likelihood = likelihood - own * has[:, None]
        return likelihood.argmax(1)

    def deviations(
        self, tables: Sequence[Tensor], observed: Tensor, labels: Tensor
    ) -> list[Tensor]:
        """Of each row from the centre of its cluster; zero in views that it lacks.

        Parameters
        ----------
        tables, observed, labels
            As in :func:`with_round_boundaries`.
        """
        views = zip(tables, observed.T, self.axes, self.centers, strict=True)
        return [(x @ axes - c[labels]) * has[:, None] for x, has, axes, c in views]


def _explaining_clusters(
    tables: Sequence[Tensor], observed: Tensor, labels: Tensor, n_clusters: int
) -> RoundClusters | None:
    """Round clusters that start from labels, if these explain why views agree."""
    drawn = np.random.RandomState(0).permutation(len(labels))[:_ROWS]
    index = torch.from_numpy(drawn).to(labels.device)
    tables = [table[index] for table in tables]
    observed, labels = observed[index], labels[index]
    clusters = RoundClusters.of(tables, observed, labels, n_clusters)
    if clusters is None or not supported_views(tables, observed).any():
        return None
    deviations = clusters.deviations(tables, observed, labels)
    if supported_views(deviations, observed).any():
        return None
    axes = [
        _rounding(deviation[has] / variance[labels[has], None].sqrt())
        for deviation, has, variance in zip(
            deviations, observed.T, clusters.variances, strict=True
        )
    ]
    for _ in range(_ROUNDS):
        clusters = RoundClusters.of(tables, observed, labels, n_clusters, axes)
        if clusters is None:
            return None
        before, labels = labels, clusters.nearest(tables, observed)
        if labels.equal(before):
            break
    return clusters.to(torch.device("cpu"))


def _rounding(deviations: Tensor) -> Tensor:
    """Axes on which deviations of unit variance are round."""
    covariance, _ = ledoit_wolf(deviations.double().cpu(), assume_centered=True)
    variances, axes = np.linalg.eigh(covariance)
    scaled = axes / np.sqrt(np.maximum(variances, 1e-6))
    return torch.from_numpy(scaled).to(deviations)
