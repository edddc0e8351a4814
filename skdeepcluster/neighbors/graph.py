"""A graph of near rows, from which positive pairs are drawn."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from skdeepcluster.neighbors.search import mutual, nearest_neighbors


@dataclass(frozen=True)
class NeighborGraph:
    """Partners of each row, and how likely each is drawn.

    Parameters
    ----------
    partners : LongTensor of shape (n_samples, n_partners)
        Positions of rows.
    weights : Tensor of shape (n_samples, n_partners)
        Not negative; 0 for entries that do not count. A row without any partner is its
        own.
    """

    partners: Tensor
    weights: Tensor

    @classmethod
    def of_table(
        cls, table: Tensor, n_neighbors: int, min_partners: int
    ) -> NeighborGraph:
        """Mutual neighbours, filled up with nearest rows where there are few.

        Two rows that have each other among their nearest mostly share a cluster, more
        often than where one has the other. A row with fewer than ``min_partners``
        mutual neighbours takes its nearest others until it has that many.

        Parameters
        ----------
        table : Tensor of shape (n_samples, n_features)
        n_neighbors : int
        min_partners : int
        """
        positions, _ = nearest_neighbors(table, n_neighbors)
        both = mutual(positions)
        missing = (min_partners - both.sum(1, keepdim=True)).clamp(min=0)
        one_way = ~both
        filled = one_way & (one_way.cumsum(1) <= missing)
        return cls(positions, (both | filled).float())

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
