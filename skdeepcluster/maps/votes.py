"""A graph of several tables of the same rows, each of which votes for neighbours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor

from skdeepcluster.maps.view_support import supported_views
from skdeepcluster.neighbors import (
    assortativity,
    nearest_neighbors,
    pair_counts,
    shares,
)
from skdeepcluster.neighbors.graph import NeighborGraph, rank_in_rows

#: Partners of a row at most, as a multiple of the neighbours in each view: as many as
#: have the votes of the last one that is kept.
_MOST_PARTNERS = 3

#: Votes of all views side by side, as a share of those that they have one by one.
_TOGETHER = 0.5

#: A view counts fully from this share of what the best view has, less below it.
_ENOUGH = 0.1

#: Shares of neighbours in common up to which views are no copies of each other, and
#: from which they are. Of the six views of handwritten digits, which are measured on
#: the same pictures, pairs have up to .57 in common.
_COPIES = 0.6, 0.8

#: Agreement and assortativity that chance may give: clusters were found with the help
#: of the view.
_CHANCE = 0.03


@dataclass(frozen=True)
class ViewNeighbors:
    """The nearest rows of each row in several views.

    Parameters
    ----------
    tables : list of Tensor of shape (n_samples, n_features of the view)
        Of mean square one.
    observed : BoolTensor of shape (n_samples, n_views)
        Which row has which view.
    graphs : list of csr_array of shape (n_samples, n_samples)
        Of each view: 1 for the nearest rows of each row that has the view.
    n_neighbors : int
    seed : int
        Of the search, where it is approximate.
    """

    tables: list[Tensor]
    observed: Tensor
    graphs: list[csr_array]
    n_neighbors: int
    seed: int

    @classmethod
    def of_tables(
        cls, tables: Sequence[Tensor], observed: Tensor, n_neighbors: int, seed: int = 0
    ) -> ViewNeighbors:
        """Search each view, among the rows that have it.

        Parameters
        ----------
        tables : sequence of Tensor of shape (n_samples, n_features of the view)
        observed : BoolTensor of shape (n_samples, n_views)
        n_neighbors : int
        seed : int, default=0
            Of the search, where it is approximate.
        """
        graphs = [
            _near(table, has, n_neighbors, seed)
            for table, has in zip(tables, observed.T, strict=True)
        ]
        return cls(list(tables), observed, graphs, n_neighbors, seed)

    def elect(self, weights: np.ndarray) -> NeighborGraph:
        """Each row's neighbours with most votes.

        An edge has half a vote, times the weight of the view, for each direction in
        which a view has it. All views side by side have votes too, half as many as they
        have one by one: where each shows little, together they may show more. A row
        keeps ``n_neighbors`` partners, and further ones that have as many votes as the
        last.

        Parameters
        ----------
        weights : ndarray of shape (n_views,)
        """
        total = sum(w * g for w, g in zip(weights, self.graphs, strict=True))
        if (weights > 0).sum() > 1:
            total = total + _TOGETHER * weights.sum() * self._together(weights)
        votes = csr_array((total + total.T) / 2)
        votes.eliminate_zeros()
        n = votes.shape[0]
        counts = np.diff(votes.indptr)
        row = np.repeat(np.arange(n), counts)
        order = np.lexsort((-votes.data, row))
        column, value = votes.indices[order], votes.data[order]
        rank = rank_in_rows(counts)
        least = np.zeros(n)  # votes of the last that is kept
        last = rank == np.minimum(self.n_neighbors, counts)[row] - 1
        least[row[last]] = value[last]
        kept = value >= least[row] * (1 - 1e-6)
        kept &= rank < _MOST_PARTNERS * self.n_neighbors
        width = int(rank[kept].max(initial=0)) + 1
        partners = np.repeat(np.arange(n)[:, None], width, 1)
        chosen = np.zeros((n, width), np.float32)
        partners[row[kept], rank[kept]] = column[kept]
        chosen[row[kept], rank[kept]] = value[kept]
        return NeighborGraph(torch.from_numpy(partners), torch.from_numpy(chosen))

    def _together(self, weights: np.ndarray) -> csr_array:
        """Nearest rows in all views, among the rows that have all of these."""
        kept = np.flatnonzero(weights)
        table = torch.cat(
            [
                self.tables[v] * (weights[v] / self.tables[v].shape[1]) ** 0.5
                for v in kept
            ],
            1,
        )
        has = self.observed[:, kept].all(1)
        return _near(table, has, self.n_neighbors, self.seed)

    def agreement(self, n_clusters: int) -> np.ndarray:
        """How much pairs of views agree about who is near.

        The share of a view's edges that another view has too, less what chance would
        give, over what it is if neighbours are drawn from the same ``n_clusters``
        clusters of equal size; at most 1.

        Parameters
        ----------
        n_clusters : int
            At least 2.

        Returns
        -------
        agreement : ndarray of shape (n_views, n_views)
            Symmetric, in [0, 1], with ones on the diagonal. 0 for views that have no
            rows in common.
        """
        lift, largest = self._lifts
        # Few rows leave few others to be near to.
        most = np.minimum(n_clusters, largest)
        agreement = np.clip((lift - 1) / np.maximum(most - 1, 1e-12), 0, 1)
        np.fill_diagonal(agreement, 1)
        return agreement

    def copies(self, n_clusters: int) -> np.ndarray:
        """How far pairs of views are copies of each other.

        By the share of edges in common, beyond what neighbours drawn from the same
        ``n_clusters`` clusters of equal size have: 0 up to .6 of all, 1 from .8 on.

        Parameters
        ----------
        n_clusters : int
            At least 2.

        Returns
        -------
        copies : ndarray of shape (n_views, n_views)
            Symmetric, in [0, 1], with ones on the diagonal.
        """
        lift, largest = self._lifts
        n_both = self._in_common
        others = np.maximum(n_both / n_clusters - 1, 1e-12)  # in the same cluster
        most = np.minimum((n_both - 1) / others, largest)
        common = (lift - most) / np.maximum(largest - most, 1e-9)
        common[n_both < 2] = 0
        least, enough = _COPIES
        copies = np.clip((common - least) / (enough - least), 0, 1)
        np.fill_diagonal(copies, 1)
        return copies

    @cached_property
    def _lifts(self) -> tuple[np.ndarray, np.ndarray]:
        """Edges that pairs of views share over what chance gives, and at most."""
        observed = self.observed.cpu().numpy()
        # Edges of each view whose rows both have another view, too.
        seen = np.array(
            [
                (observed[row] & observed[column]).sum(0)
                for row, column in self._edges()
            ],
            float,
        )
        shared = self._shared_edges()
        n_pairs = self._in_common * (self._in_common - 1)
        comparable = seen * seen.T > 0
        lift, largest = np.zeros(shared.shape), np.ones(shared.shape)
        np.divide(shared * n_pairs, seen * seen.T, out=lift, where=comparable)
        np.divide(n_pairs, np.maximum(seen, seen.T), out=largest, where=comparable)
        return lift, largest

    @property
    def _in_common(self) -> np.ndarray:
        """Number of rows that have both of a pair of views."""
        observed = self.observed.cpu().numpy().astype(float)
        return observed.T @ observed

    def _edges(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Rows, and their nearest rows, of each view."""
        for graph in self.graphs:
            row, column = graph.nonzero()
            yield row.astype(np.int64), column.astype(np.int64)

    def _shared_edges(self) -> np.ndarray:
        """Number of edges that pairs of views have in common."""
        n = len(self.observed)
        lengths = [graph.nnz for graph in self.graphs]
        edges = np.concatenate([row * n + column for row, column in self._edges()])
        names, edges = np.unique(edges, return_inverse=True)
        view = np.repeat(np.arange(len(lengths)), lengths)
        shape = len(lengths), len(names)
        table = csr_array((np.ones(len(edges)), (view, edges)), shape=shape)
        return (table @ table.T).toarray()

    def first_weights(self, n_clusters: int) -> np.ndarray:
        """Weights of the views by whether the others support them.

        Copies do not support each other, and share the weight of one view.

        Parameters
        ----------
        n_clusters : int
            At least 2.
        """
        copies = self.copies(n_clusters)
        supported = self._supported(n_clusters)
        if not supported.any():
            supported[:] = True
        return supported / copies.sum(1)

    def weights(self, labels: np.ndarray, n_clusters: int) -> np.ndarray:
        """Weights of the views by how well each keeps clusters together.

        Parameters
        ----------
        labels : ndarray of int of shape (n_samples,)
        n_clusters : int
        """
        counts = (
            pair_counts(labels[row], labels[column], n_clusters)
            for row, column in self._edges()
        )
        kept = np.array([assortativity(shares(each)) for each in counts])
        n_clusters = max(2, n_clusters)
        weights = _weights(kept, self._supported(n_clusters))
        return weights / self.copies(n_clusters).sum(1)

    def _supported(self, n_clusters: int) -> np.ndarray:
        """Views that agree with others one by one, or with all of them together."""
        copies = self.copies(n_clusters)
        agreement = self.agreement(n_clusters) * (1 - copies)
        together = supported_views(self.tables, self.observed, copies)
        return together | (agreement.sum(1) > _CHANCE * (len(copies) - 1))


def _near(table: Tensor, has: Tensor, n_neighbors: int, seed: int) -> csr_array:
    n = len(has)
    rows = has.nonzero()[:, 0]
    if len(rows) < 2:
        return csr_array((n, n), dtype=np.float32)
    positions, _ = nearest_neighbors(table[rows], n_neighbors, seed)
    row = rows.repeat_interleave(positions.shape[1]).cpu().numpy()
    column = rows[positions.flatten()].cpu().numpy()
    return csr_array((np.ones(len(row), np.float32), (row, column)), shape=(n, n))


def _weights(values: np.ndarray, supported: np.ndarray) -> np.ndarray:
    """1 from a tenth of the largest value on, less below; 0 for chance.

    Views that others do not support count in proportion to their values.
    """
    stands_out = (values > _CHANCE) | (supported & (values > 0))
    if not stands_out.any():
        return np.ones(len(values))
    enough = np.where(supported, _ENOUGH, 1) * values.max()
    return np.where(stands_out, np.minimum(1, values / enough), 0.0)
