"""Rows that are equal: as neighbours of each other, they tell nothing."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from skdeepcluster.neighbors.search import nearest_neighbors

#: Difference up to which values are equal, as a share of what rows mostly have: a row
#: that is computed in another batch may differ in its last digits.
_ROUNDING = 1e-5

#: Share of the distinct rows that are neighbours at most, where others are equal to
#: them: if they are few, all would be joined to all.
_MOST_NEIGHBORS = 1 / 4


@dataclass(frozen=True)
class DistinctRows:
    """Which rows of a table are equal.

    Parameters
    ----------
    first : LongTensor of shape (n_distinct,)
        Position of the first of the rows with each value.
    group : LongTensor of shape (n_samples,)
        Which of these each row equals.
    """

    first: Tensor
    group: Tensor

    @classmethod
    def of(cls, table: Tensor) -> DistinctRows:
        """Compare the rows of a table, up to rounding.

        Parameters
        ----------
        table : Tensor of shape (n_samples, n_features)
            Finite.
        """
        positions = torch.arange(len(table), device=table.device)
        # Far from zero, float32 has no digits for differences.
        table = table - table.mean(0)
        lengths = torch.linalg.vector_norm(table, dim=1)
        # The mean, in which outliers count little, of their root mean squares.
        step = _ROUNDING * lengths.mean() / table.shape[1] ** 0.5
        if not step > 0:  # equal, or none at all
            return cls(positions[:1], torch.zeros_like(positions))
        rounded = table.div_(step).round_()
        values, group = rounded.unique(dim=0, return_inverse=True)
        if len(values) == len(table):
            return cls(positions, positions)
        last = positions[-1].expand(len(values))
        return cls(last.scatter_reduce(0, group, positions, "amin"), group)

    def nearest(self, table: Tensor, n_neighbors: int, seed: int = 0) -> Tensor:
        """The nearest distinct rows of each of them.

        Parameters
        ----------
        table : Tensor of shape (n_samples, n_features)
            The one whose rows were compared.
        n_neighbors : int
        seed : int, default=0
            Of the search, where it is approximate.

        Returns
        -------
        positions : LongTensor of shape (n_distinct, n_neighbors)
            Among ``first``. There are as many neighbours as other rows at most, and a
            quarter of the distinct ones if some rows are equal.
        """
        n_distinct = len(self.first)
        if n_distinct < 2:
            return self.first.new_empty((n_distinct, 0))
        if n_distinct < len(self.group):
            most = max(1, int(_MOST_NEIGHBORS * n_distinct))
            n_neighbors = min(n_neighbors, most)
        return nearest_neighbors(table[self.first], n_neighbors, seed)[0]

    def in_table(self, positions: Tensor) -> Tensor:
        """Of each row of the table, positions in it that are given of distinct rows.

        Parameters
        ----------
        positions : LongTensor of shape (n_distinct, n_neighbors)
            Among ``first``.

        Returns
        -------
        positions : LongTensor of shape (n_samples, n_neighbors)
        """
        return self.first[positions][self.group]
