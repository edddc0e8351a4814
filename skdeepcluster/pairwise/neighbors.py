"""Neighbours of the rows of a batch, as the other half of positive pairs."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from skdeepcluster.base.components import principal_projection
from skdeepcluster.neighbors import NeighborGraph
from skdeepcluster.training import Batch, Rows

#: Partners that each row has, if need be by nearest rows that are not mutual.
_MIN_PARTNERS = 5


@dataclass(frozen=True)
class Neighbors:
    """A table and which of its rows are near each other.

    Parameters
    ----------
    rows : Rows
        The whole table.
    graph : NeighborGraph
    """

    rows: Rows
    graph: NeighborGraph

    @classmethod
    def among(cls, rows: Rows, n_neighbors: int) -> Neighbors:
        """Search neighbours in up to 50 principal components."""
        projection = principal_projection(rows, unit_length=False).to(rows.device)
        table = rows.map(projection)
        return cls(rows, NeighborGraph.of_table(table, n_neighbors, _MIN_PARTNERS))

    def of(self, batch: Batch) -> Tensor:
        """A neighbour of each row of the batch, drawn anew at each call."""
        return self.rows.take(self.graph.draw(batch.index, batch.generator))
