"""A graph of near rows, from which positive pairs are drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor

from skdeepcluster.neighbors.distinct import DistinctRows
from skdeepcluster.neighbors.search import mutual, nearest_neighbors
from skdeepcluster.training import Hints

#: Partners that each row has, if need be by nearest rows that are not mutual.
_MIN_PARTNERS = 5


@dataclass(frozen=True)
class NeighborGraph:
    """Partners of each row, and how likely each is drawn.

    Parameters
    ----------
    partners : LongTensor of shape (n_samples, n_partners)
        Positions of rows: all neighbours, also those that are never drawn.
    weights : Tensor of shape (n_samples, n_partners)
        Not negative; 0 for entries that do not count. A row without any partner is its
        own.
    """

    partners: Tensor
    weights: Tensor

    @classmethod
    def of_table(
        cls,
        table: Tensor,
        n_neighbors: int,
        min_partners: int = _MIN_PARTNERS,
        seed: int = 0,
    ) -> NeighborGraph:
        """Mutual neighbours, filled up with nearest rows where there are few.

        Two rows that have each other among their nearest mostly share a cluster, more
        often than where one has the other. A row with fewer than ``min_partners``
        mutual neighbours takes its nearest others until it has that many.

        Parameters
        ----------
        table : Tensor of shape (n_samples, n_features)
        n_neighbors : int
        min_partners : int, default=5
        seed : int, default=0
            Of the search, where it is approximate.
        """
        if len(table) < 2:
            nobody = torch.full((len(table), 1), -1, device=table.device)
            return cls._of_positions(nobody, min_partners)
        positions, _ = nearest_neighbors(table, n_neighbors, seed)
        return cls._of_positions(positions, min_partners)

    @classmethod
    def of_matrix(
        cls, matrix: csr_array, min_partners: int = _MIN_PARTNERS
    ) -> NeighborGraph:
        """The same from neighbours that are given as the entries of a sparse matrix.

        Parameters
        ----------
        matrix : csr_array of shape (n_samples, n_samples)
            Stored entries are the neighbours of a row, smaller ones nearer; of equal
            ones, those that are stored first. The diagonal does not count.
        min_partners : int, default=5
        """
        n = matrix.shape[0]
        row = np.repeat(np.arange(n), np.diff(matrix.indptr))
        others = row != matrix.indices
        row, column = row[others], matrix.indices[others]
        order = np.lexsort((matrix.data[others], row))
        counts = np.bincount(row, minlength=n)
        rank = rank_in_rows(counts)
        positions = torch.full((n, max(1, counts.max())), -1)
        positions[row, rank] = torch.from_numpy(column[order].astype(np.int64))
        return cls._of_positions(positions, min_partners)

    @classmethod
    def _of_positions(cls, positions: Tensor, min_partners: int) -> NeighborGraph:
        both = mutual(positions)
        missing = (min_partners - both.sum(1, keepdim=True)).clamp(min=0)
        one_way = ~both & (positions >= 0)
        filled = one_way & (one_way.cumsum(1) <= missing)
        itself = torch.arange(len(positions), device=positions.device)[:, None]
        partners = torch.where(positions < 0, itself, positions)
        return cls(partners, (both | filled).float())

    def repeated(self, distinct: DistinctRows) -> NeighborGraph:
        """The graph of a table, where this one is that of its distinct rows.

        Parameters
        ----------
        distinct : DistinctRows
        """
        partners = distinct.in_table(self.partners)
        return NeighborGraph(partners, self.weights[distinct.group])

    def heeding(self, hints: Hints) -> NeighborGraph:
        """The graph without rows that are apart, and with some that are together.

        Parameters
        ----------
        hints : Hints
        """
        n = len(self.partners)
        group = self.partners.new_full((n,), -1)
        sizes = hints.starts.diff()
        of_member = torch.arange(len(sizes), device=sizes.device)
        of_member = of_member.repeat_interleave(sizes)
        group[hints.members] = of_member
        a, b = group[:, None].expand_as(self.partners), group[self.partners]
        pair = torch.minimum(a, b) * len(sizes) + torch.maximum(a, b)
        apart = torch.isin(pair, hints.apart[:, 0] * len(sizes) + hints.apart[:, 1])
        weights = self.weights.masked_fill(apart & (a >= 0) & (b >= 0), 0)
        # The next ones of the group, in a circle.
        start, size = hints.starts[of_member, None], sizes[of_member, None]
        place = torch.arange(len(of_member), device=sizes.device)[:, None]
        step = torch.arange(1, _MIN_PARTNERS + 1, device=sizes.device)
        fellows = hints.members[start + (place - start + step) % size]
        partners = torch.arange(n, device=sizes.device)[:, None]
        partners = partners.repeat(1, _MIN_PARTNERS)
        partners[hints.members] = fellows
        drawn = torch.zeros_like(partners, dtype=weights.dtype)
        drawn[hints.members] = (step < size).to(weights.dtype)
        return NeighborGraph(
            torch.cat([self.partners, partners], 1), torch.cat([weights, drawn], 1)
        )

    def among(self, chosen: Tensor) -> NeighborGraph:
        """The graph of a table of which this one has the chosen rows.

        Parameters
        ----------
        chosen : BoolTensor of shape (n_all,)
        """
        rows = chosen.nonzero()[:, 0]
        shape = len(chosen), self.partners.shape[1]
        partners = self.partners.new_zeros(shape)
        weights = self.weights.new_zeros(shape)
        partners[rows] = rows[self.partners]
        weights[rows] = self.weights
        return NeighborGraph(partners, weights)

    def to(self, device: torch.device) -> NeighborGraph:
        """The graph on a device."""
        return NeighborGraph(self.partners.to(device), self.weights.to(device))

    def draw(self, index: Tensor, generator: torch.Generator) -> Tensor:
        """One partner of each row, in proportion to its weights.

        Parameters
        ----------
        index : LongTensor of shape (n,)
            Positions of rows.
        generator : torch.Generator

        Returns
        -------
        partners : LongTensor of shape (n,)
        """
        totals = self.weights[index].cumsum(1)
        draws = torch.rand(len(index), 1, generator=generator, device=index.device)
        # A draw below 1 falls below the total, but for rounding.
        chosen = (totals <= draws * totals[:, -1:]).sum(1)
        chosen = chosen.clamp(max=totals.shape[1] - 1)
        partners = self.partners[index].gather(1, chosen[:, None])[:, 0]
        return torch.where(totals[:, -1] > 0, partners, index)

    def average(self, table: Tensor) -> Tensor:
        """Move each row halfway to the mean of its partners.

        Parameters
        ----------
        table : Tensor of shape (n_samples, n_features)

        Returns
        -------
        moved : Tensor of shape (n_samples, n_features)
        """
        totals = self.weights.sum(1, keepdim=True)
        shares = self.weights / torch.where(totals > 0, totals, 1)
        mean = torch.where(totals > 0, 0, table)  # alone
        # One partner at a time, so that memory is that of the table.
        for share, partner in zip(shares.T, self.partners.T, strict=True):
            mean = mean + share[:, None] * table[partner]
        return (table + mean) / 2


def rank_in_rows(counts: np.ndarray) -> np.ndarray:
    """Places 0, 1, ... of entries in their rows, of which each has so many."""
    return np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
