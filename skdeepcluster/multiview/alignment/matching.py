"""Matching the clusters of two tables that share neither rows nor columns.

Without pairs, the clusters of two tables can be matched by the relations between the
clusters of each: a quadratic assignment problem (Gromov-Wasserstein between clusters),
supported by descriptors of each cluster alone. It needs clusters that exist in both
tables, and a geometry that both share and that has no symmetries.

Each table is clustered several times. Relations between clusters are averaged over
these clusterings, which removes much of their noise, and the agreement of the matchings
of single clusterings with the result shows whether to trust it.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import adjusted_rand_score

from skdeepcluster.multiview.alignment.geometry import ClusterGeometry, Points

#: Weight of the descriptors of clusters.
_NODE_WEIGHT = 0.3

#: Random permutations that a search starts from: the main search, and the searches
#: whose agreement with its result is counted.
_STARTS = 40
_FEW_STARTS = 10

#: Number of clusters beyond which there are fewer starts, and several swaps at once: a
#: search by single swaps has cubic cost.
_MANY_CLUSTERS = 100

#: Of so many clusters, number of them for each swap that is made at once.
_CLUSTERS_PER_SWAP = 10

#: Rows on which the geometry is measured, per table and (if available) per cluster;
#: few enough for their pairwise distances to fit into memory.
_ROWS = 3000
_MOST_ROWS = 6000
_FEWEST_OF_CLUSTER = 20

_TINY = 1e-9


@dataclass(frozen=True)
class Matching:
    """A one-to-one matching of the clusters of two tables.

    Parameters
    ----------
    partner : ndarray of shape (n_clusters,)
        Cluster of the second table for each of the first.
    agreement : float
        Correlation of the two geometries under the matching, in [-1, 1].
    margin : float
        By how much the matching exceeds the next best: another local optimum, or the
        same matching with the partners of two clusters swapped.
    support : float
        Fraction of clusters, in [0, 1], that single clusterings match in the same way.
    """

    partner: np.ndarray
    agreement: float
    margin: float
    support: float


@dataclass(frozen=True)
class Clusterings:
    """Several clusterings of the same rows, with consistently numbered clusters.

    Parameters
    ----------
    labels : ndarray of shape (n_clusterings, n_samples)
    central : int
        The clustering most similar to the others, whose numbering all use.
    """

    labels: np.ndarray
    central: int

    @classmethod
    def of(cls, labels: list[np.ndarray], n_clusters: int) -> "Clusterings":
        """Number the clusters of all clusterings like the most central one's."""
        likeness = [
            [adjusted_rand_score(one, other) for other in labels] for one in labels
        ]
        central = int(np.mean(likeness, axis=1).argmax())
        aligned = [
            paired_matching(one, labels[central], n_clusters)[one] for one in labels
        ]
        return cls(np.stack(aligned), central)

    def vote(self) -> np.ndarray:
        """The cluster that most clusterings put each row into."""
        votes = np.eye(self.labels.max() + 1)[self.labels].sum(0)
        # The central one decides if there is no majority.
        votes[np.arange(votes.shape[0]), self.labels[self.central]] += 0.5
        return votes.argmax(1)


def paired_matching(one: np.ndarray, other: np.ndarray, n_clusters: int) -> np.ndarray:
    """Cluster of ``other`` for each cluster of ``one``, by their common rows."""
    table = contingency_table(one, other, n_clusters)
    return linear_sum_assignment(table, maximize=True)[1]


def contingency_table(
    one: np.ndarray, other: np.ndarray, n_clusters: int
) -> np.ndarray:
    """Number of rows in each pair of clusters."""
    pairs = one * n_clusters + other
    return np.bincount(pairs, minlength=n_clusters**2).reshape(n_clusters, -1)


def match_tables(
    tables: tuple[Any, Any],
    clusterings: tuple[Clusterings, Clusterings],
    n_clusters: int,
    random_state: np.random.RandomState,
) -> Matching:
    """Match the clusters of two tables by their geometry.

    Parameters
    ----------
    tables : two ndarrays of shape (n_samples, n_features)
        Or objects that are indexed like arrays. Numbers of rows and of columns may
        differ.
    clusterings : two Clusterings
        Of their rows; each has ``n_clusters`` non-empty clusters.
    n_clusters : int
        At least 2.
    random_state : RandomState

    Returns
    -------
    matching : Matching
    """
    single = []
    for X, clustering in zip(tables, clusterings, strict=True):
        kept = _some_of_each(clustering.vote(), random_state)
        points = Points(X[kept])
        single.append(
            [ClusterGeometry(points, of[kept], n_clusters) for of in clustering.labels]
        )
    averages = [
        (
            np.mean([g.relations for g in each], axis=0),
            np.mean([g.descriptors for g in each], axis=0),
        )
        for each in single
    ]
    problem = _Problem.of(*averages)
    values = problem.search(random_state, _STARTS)
    partner = np.array(max(values, key=values.__getitem__))
    alone = [
        _Problem.of((a.relations, a.descriptors), (b.relations, b.descriptors))
        for a in single[0]
        for b in single[1]
    ]
    alike = []
    for each in alone if len(alone) > 1 else ():
        of_each = each.search(random_state, _FEW_STARTS)
        alike.append(np.mean(max(of_each, key=of_each.__getitem__) == partner))
    return Matching(
        partner,
        agreement=problem.agreement(partner),
        margin=problem.margin(values),
        support=float(np.mean(alike)) if alike else math.nan,
    )


def _some_of_each(
    labels: np.ndarray, random_state: np.random.RandomState
) -> np.ndarray:
    """Positions of a sample in which small clusters are not underrepresented."""
    sizes = np.bincount(labels)
    share = min(1.0, _ROWS / len(labels))
    wanted = np.minimum(sizes, np.maximum(_FEWEST_OF_CLUSTER, np.rint(share * sizes)))
    wanted *= min(1.0, _MOST_ROWS / wanted.sum())
    kept = [
        random_state.choice(np.flatnonzero(labels == c), max(1, int(n)), replace=False)
        for c, n in enumerate(wanted)
        if sizes[c]
    ]
    return np.sort(np.concatenate(kept))


@dataclass(frozen=True)
class _Problem:
    """Maximise the agreement of relations, plus a little similarity of descriptors.

    Parameters
    ----------
    a, b : ndarray of shape (n_relations, k, k)
        The relations that distinguish clusters in both tables, of norm one.
    likeness : ndarray of shape (k, k)
        Weighted similarity of the descriptors of each cluster of a and each of b.
    """

    a: np.ndarray
    b: np.ndarray
    likeness: np.ndarray

    @classmethod
    def of(
        cls, one: tuple[np.ndarray, np.ndarray], other: tuple[np.ndarray, np.ndarray]
    ) -> "_Problem":
        """From relations and descriptors of two tables."""
        norms = [np.linalg.norm(r, axis=(1, 2)) for r, _ in (one, other)]
        tell = np.minimum(*norms) > _TINY
        a, b = (
            relations[tell] / norm[tell, None, None]
            for (relations, _), norm in zip((one, other), norms, strict=True)
        )
        looks, other_looks = one[1], other[1]
        return cls(a, b, _NODE_WEIGHT * looks @ other_looks.T / looks.size)

    def agreement(self, partner: np.ndarray) -> float:
        """Mean correlation of the relations."""
        together = (self.a * self.b[:, partner[:, None], partner]).sum()
        return float(together / max(len(self.a), 1))

    def search(
        self, random_state: np.random.RandomState, n_starts: int
    ) -> dict[tuple[int, ...], float]:
        """Local optima, and the value of each."""
        k = len(self.likeness)
        starts = [linear_sum_assignment(self.likeness, maximize=True)[1]]
        share = min(1.0, _MANY_CLUSTERS / k) ** 3
        n_starts = max(math.ceil(share * n_starts), n_starts // _FEW_STARTS)
        starts += [random_state.permutation(k) for _ in range(n_starts)]
        values = {}
        for start in starts:
            partner = self._climb(start)
            looks = self.likeness[np.arange(k), partner].sum()
            values[tuple(partner)] = self.agreement(partner) + float(looks)
        return values

    def margin(self, values: dict[tuple[int, ...], float]) -> float:
        """By how much the best of the local optima exceeds the next best matching.

        That is another local optimum, or is one swap away from the best: from any other
        matching, a swap leads to a better one.
        """
        best, *others = sorted(values, key=values.__getitem__, reverse=True)
        partner = np.array(best)
        permuted = self.b[:, partner[:, None], partner]
        gain = self._gains((self.a @ permuted).sum(0), permuted, partner)
        np.fill_diagonal(gain, -np.inf)
        next_best = max([values[best] + gain.max(), *(values[o] for o in others)])
        return float(values[best] - next_best)

    def _climb(self, start: np.ndarray) -> np.ndarray:
        """Swap the two partners that gain most, until no swap gains anything.

        Of many clusters, several pairs are swapped at once, while that gains more than
        the best pair alone.
        """
        k = len(start)
        n_at_once = k // _CLUSTERS_PER_SWAP if k > _MANY_CLUSTERS else 1
        partner = start.copy()
        permuted = self.b[:, partner[:, None], partner]
        mixed = (self.a @ permuted).sum(0)
        while True:
            gain = self._gains(mixed, permuted, partner)
            i, j = _best_pairs(gain, n_at_once)
            if len(i) == 0:
                return partner
            enough = self._value(mixed, partner) + gain[i[0], j[0]]
            self._swap(partner, permuted, mixed, i, j)
            if len(i) > 1 and self._value(mixed, partner) < enough:
                self._swap(partner, permuted, mixed, i, j)  # back
                n_at_once //= 2

    def _gains(
        self, mixed: np.ndarray, permuted: np.ndarray, partner: np.ndarray
    ) -> np.ndarray:
        # Relations are symmetric with zeros on the diagonal; the second term corrects
        # for the entries of the pair itself, which a swap leaves alone.
        gain = _of_swap(mixed) + 2 * np.einsum("mij,mij->ij", self.a, permuted)
        gain *= 2 / max(len(self.a), 1)
        return gain + _of_swap(self.likeness[:, partner])

    def _value(self, mixed: np.ndarray, partner: np.ndarray) -> float:
        """What is maximised."""
        looks = self.likeness[np.arange(len(partner)), partner].sum()
        return float(np.trace(mixed) / max(len(self.a), 1) + looks)

    def _swap(
        self,
        partner: np.ndarray,
        permuted: np.ndarray,
        mixed: np.ndarray,
        i: np.ndarray,
        j: np.ndarray,
    ) -> None:
        """Swap the partners of pairs, and update what depends on them in place."""
        k, both, swapped = len(partner), np.r_[i, j], np.r_[j, i]
        # The product changes by that of what the swaps change in it.
        change = (permuted[:, i] - permuted[:, j]).reshape(-1, k)
        weights = self.a[:, j] - self.a[:, i]
        mixed += weights.reshape(-1, k).T @ change
        for table in (mixed, permuted):
            table[..., both] = table[..., swapped]
        permuted[:, both] = permuted[:, swapped]
        partner[both] = partner[swapped]


def _best_pairs(gain: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Disjoint pairs that gain most; none if none gains anything."""
    others = gain.argmax(1)
    gains = gain[np.arange(len(gain)), others]
    pairs: list[tuple[int, int]] = []
    used = np.zeros(len(gain), bool)
    for i in np.argsort(-gains, kind="stable"):
        j = others[i]
        if len(pairs) == most or gains[i] <= _TINY:
            break
        if not (used[i] or used[j]):
            used[[i, j]] = True
            pairs.append((i, j))
    first, second = np.array(pairs, int).reshape(-1, 2).T
    return first, second


def _of_swap(table: np.ndarray) -> np.ndarray:
    """Gain from swapping the partners of two rows: t_ij + t_ji - t_ii - t_jj."""
    own = np.diag(table)
    return table + table.T - own[:, None] - own
