"""Neighbours of the rows of a batch, as the other half of positive pairs."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from skdeepcluster.base.components import searched_table
from skdeepcluster.neighbors import NeighborGraph
from skdeepcluster.training import Batch, Rows

#: How often rows are averaged with their neighbours.
_ROUNDS = 5


@dataclass(frozen=True)
class Neighbors:
    """A table and which of its rows are near each other.

    Parameters
    ----------
    rows : Rows
        The whole table.
    graph : NeighborGraph
    table : Tensor of shape (n_samples, n_components)
        The rows as they were searched.
    """

    rows: Rows
    graph: NeighborGraph
    table: Tensor

    @classmethod
    def among(cls, rows: Rows, n_neighbors: int) -> Neighbors:
        """Search neighbours in up to 50 principal components."""
        table = searched_table(rows)
        return cls(rows, NeighborGraph.of_table(table, n_neighbors), table)

    def of(self, batch: Batch) -> Tensor:
        """A neighbour of each row of the batch, drawn anew at each call."""
        return self.rows.take(self.graph.draw(batch.index, batch.generator))

    def averaged(self) -> Rows:
        """Each row of the table, repeatedly averaged with its neighbours.

        Clusters contract, so that the variance within a large one no longer hides
        small ones from k-means.
        """
        table = self.table
        for _ in range(_ROUNDS if len(table) > 2 else 0):  # two would become equal
            table = self.graph.average(table)
        return Rows(table.cpu().numpy(), table.device)
