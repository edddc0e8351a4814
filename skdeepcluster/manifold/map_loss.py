"""The loss by which rows come to lie next to their neighbours."""

from dataclasses import dataclass

from torch import Tensor

from skdeepcluster.losses import student_t_contrast
from skdeepcluster.neighbors import NeighborGraph, with_neighbors
from skdeepcluster.networks import PartitionedNetwork
from skdeepcluster.training import Batch, Rows


@dataclass(frozen=True)
class MapLoss:
    """InfoNCE of rows and a neighbour of each, which is drawn anew every time.

    Parameters
    ----------
    rows : Rows
        The whole table.
    graph : NeighborGraph
    """

    rows: Rows
    graph: NeighborGraph

    def __call__(self, network: PartitionedNetwork, batch: Batch) -> dict[str, Tensor]:
        """The terms of the loss on a batch."""
        z = network.encode(with_neighbors(batch, self.rows, self.graph).x)
        return {"contrast": student_t_contrast(*z.chunk(2))}
