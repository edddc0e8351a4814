"""Rows that are equal: many of them would have no neighbours but each other."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

#: Difference up to which values are equal, as a share of what rows mostly have: a row
#: that is computed in another batch may differ in its last digits.
_ROUNDING = 1e-5


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
