"""Clusters of an embedding: many candidates, chosen without labels."""

import math
import warnings
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from skdeepcluster.maps.exchange import improve_by_exchange
from skdeepcluster.maps.graph_clusters import SpectralClusters, merge_greedily
from skdeepcluster.maps.micro_clusters import MicroClusters
from skdeepcluster.neighbors import (
    assortativity,
    between_clusters,
    modularity,
    shares,
)
from skdeepcluster.training import Hints

#: Assortativity by which candidates are as good as the best, times the root of the
#: number of rows: what the draw of the rows would change.
_TOLERANCE = 0.75

#: The same among neighbours in the table, which the map simplifies.
_TOLERANCE_IN_TABLE = 2.0

#: Assortativity among the votes of several views by which candidates are as good.
_TOLERANCE_OF_VOTES = 0.15

#: Agreement with hints by which candidates are as good as the best, times the root of
#: the number of rows with hints.
_TOLERANCE_OF_HINTS = 0.75

#: Modularity, among votes and on the map, by which candidates are as good.
_TIE = 0.01

#: Mixtures that are fitted from other starts.
_N_MIXTURES = 6

#: Rows per cluster from which each component of a mixture has a covariance of its own.
_ROWS_OF_FULL_COVARIANCE = 40


@dataclass(frozen=True)
class Candidate:
    """Clusters of the micro-clusters, and their criteria.

    Parameters
    ----------
    name : str
    labels : ndarray of int of shape (n_micro_clusters,)
    assortativity : float
        Among neighbours on the map.
    in_table : float
        Assortativity among neighbours in the table.
    modularity : float
        Among neighbours on the map.
    modularity_in_table : float
        Among neighbours in the table.
    """

    name: str
    labels: np.ndarray
    assortativity: float
    in_table: float
    modularity: float
    modularity_in_table: float

    @property
    def confirmed_modularity(self) -> float:
        """Sum of the modularities on the map and in the table."""
        return self.modularity + self.modularity_in_table


@dataclass(frozen=True)
class HintsOnMicroClusters:
    """What is known of rows, and the micro-cluster of each row."""

    hints: Hints
    nearest: np.ndarray

    @property
    def n_rows(self) -> int:
        """Number of rows of which anything is known."""
        return len(self.hints.members)

    def agreement(self, labels: np.ndarray) -> float:
        """Share of what is known that agrees with labels of the micro-clusters."""
        return self.hints.agreement(labels[self.nearest])


def choose_partition(
    micro: MicroClusters,
    table_graph: np.ndarray,
    n_clusters: int,
    seed: int,
    hints: HintsOnMicroClusters | None = None,
) -> Candidate:
    """The candidate of largest modularity among those of nearly best assortativity.

    Assortativity alone accepts a handful of outliers as a cluster, and modularity alone
    cuts large clusters for the sake of equal sizes; together they do neither.
    Neighbours on the map count first; those in the table rule out what only the map
    tells apart.

    Parameters
    ----------
    micro : MicroClusters
    table_graph : ndarray of shape (n_micro_clusters, n_micro_clusters)
        Of neighbours in the table.
    n_clusters : int
    seed : int
    hints : HintsOnMicroClusters, optional
        Before all else, they rule out candidates that agree with them less than others.

    Returns
    -------
    chosen : Candidate
    """
    measured = partial(_measured, micro, table_graph, n_clusters)
    candidates = measured_candidates(micro, table_graph, n_clusters, seed)
    if len(candidates) == 1:
        return candidates[0]
    candidates = _heeding(hints, candidates)
    tolerance = _TOLERANCE / math.sqrt(len(micro.points))
    best = max(each.assortativity for each in candidates)
    for start in list(candidates):
        if start.assortativity >= best - tolerance / 2:
            labels = improve_by_exchange(micro.graph, start.labels, n_clusters)
            improved = measured(f"{start.name}, exchanges", labels)
            if improved.assortativity >= best - tolerance / 2:
                candidates.append(improved)
    candidates = _heeding(hints, candidates)
    best = max(each.assortativity for each in candidates)
    near_best = [c for c in candidates if c.assortativity >= best - tolerance]
    tolerance = _TOLERANCE_IN_TABLE / math.sqrt(len(micro.points))
    best = max(each.in_table for each in near_best)
    near_best = [c for c in near_best if c.in_table >= best - tolerance]
    return max(near_best, key=lambda each: each.modularity)


def choose_confirmed_partition(
    micro: MicroClusters,
    votes: np.ndarray,
    n_clusters: int,
    seed: int,
    hints: HintsOnMicroClusters | None = None,
) -> Candidate:
    """The same where several views vote for neighbours.

    Views confirm each other, so that their votes are better judges than neighbours in
    one table: modularity is the sum of those among votes and on the map, and only
    candidates are ruled out whose assortativity among votes is far from the best, as
    where large clusters are cut. Spectral clustering of both graphs together is a
    candidate more, and is taken before others that differ by less than .01; then
    k-means, whose boundaries do not follow the accidents of one graph.

    Parameters
    ----------
    micro : MicroClusters
    votes : ndarray of shape (n_micro_clusters, n_micro_clusters)
    n_clusters : int
    seed : int
    hints : HintsOnMicroClusters, optional

    Returns
    -------
    chosen : Candidate
    """
    candidates = measured_candidates(micro, votes, n_clusters, seed, votes=True)
    candidates = _heeding(hints, candidates)
    best = max(each.in_table for each in candidates)
    near_best = [c for c in candidates if c.in_table >= best - _TOLERANCE_OF_VOTES]
    best = max(each.confirmed_modularity for each in near_best)
    near_best = [c for c in near_best if c.confirmed_modularity >= best - _TIE]
    return near_best[0]  # that of both graphs or k-means, if they are among them


def _heeding(
    hints: HintsOnMicroClusters | None, candidates: list[Candidate]
) -> list[Candidate]:
    """Those that agree with hints about as well as the best."""
    if hints is None:
        return candidates
    values = [hints.agreement(each.labels) for each in candidates]
    least = max(values) - _TOLERANCE_OF_HINTS / math.sqrt(hints.n_rows)
    return [c for c, value in zip(candidates, values, strict=True) if value >= least]


def measured_candidates(
    micro: MicroClusters,
    table_graph: np.ndarray,
    n_clusters: int,
    seed: int,
    *,
    votes: bool = False,
) -> list[Candidate]:
    """All proposals, at least one; partitions with empty clusters are left out.

    With ``votes``, the graph of the table takes part in the proposals.
    """
    measured = partial(_measured, micro, table_graph, n_clusters)
    if n_clusters == 1:
        return [measured("one cluster", np.zeros(len(micro.centers), int))]
    with warnings.catch_warnings():  # a poor candidate is not chosen
        warnings.simplefilter("ignore", ConvergenceWarning)
        candidates = [
            measured(name, labels)
            for name, labels in _candidates(
                micro, n_clusters, seed, table_graph if votes else None
            )
            if len(np.unique(labels)) == n_clusters
        ]
    # There may be fewer distinct rows than clusters.
    rest = np.arange(len(micro.centers)) % n_clusters
    return candidates or [measured("micro-clusters", rest)]


def _measured(
    micro: MicroClusters,
    table_graph: np.ndarray,
    n_clusters: int,
    name: str,
    labels: np.ndarray,
) -> Candidate:
    on_map, in_table = (
        between_clusters(graph, labels, n_clusters)
        for graph in (micro.graph, table_graph)
    )
    return Candidate(
        name,
        labels,
        assortativity(on_map),
        assortativity(in_table),
        modularity(on_map),
        modularity(in_table),
    )


def _candidates(
    micro: MicroClusters, k: int, seed: int, votes: np.ndarray | None
) -> Iterator[tuple[str, np.ndarray]]:
    """Names and labels of the micro-clusters, by methods that err in different ways."""
    if votes is not None and len(micro.centers) > k:
        both = shares(micro.graph) + shares(votes)
        yield "spectral, map and votes", SpectralClusters(both).labels(k, seed)
    points = micro.points
    yield (
        "k-means",
        micro.vote(KMeans(k, n_init=10, random_state=seed).fit_predict(points)),
    )
    if len(micro.centers) > k:
        tree = linkage(micro.centers, "average")
        yield "average linkage", fcluster(tree, k, "maxclust") - 1
        yield "merged by density", merge_greedily(micro.graph, k, "density")
        yield "merged by cut", merge_greedily(micro.graph, k, "cut")
        yield "spectral", SpectralClusters(micro.graph).labels(k, seed)
    full = len(points) > _ROWS_OF_FULL_COVARIANCE * k
    # A long thin cluster has a covariance that is not positive definite in float32.
    points = points.astype(np.float64)
    for i in range(_N_MIXTURES):
        mixture = GaussianMixture(
            k,
            covariance_type="full" if full else "tied",
            reg_covar=1e-3,
            init_params="kmeans" if i % 2 == 0 else "k-means++",
            random_state=seed + i // 2,
        )
        with suppress(ValueError):  # nor in float64, if it is far too thin
            yield f"mixture {i}", micro.vote(mixture.fit_predict(points))
