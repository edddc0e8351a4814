"""The loss by which rows come to lie next to their neighbours."""

from dataclasses import dataclass

from torch import Tensor

from skdeepcluster.losses import student_t_contrast
from skdeepcluster.neighbors import NeighborGraph, index_with_neighbors
from skdeepcluster.networks import FusedNetwork, PartitionedNetwork
from skdeepcluster.training import Batch, Rows


@dataclass(frozen=True)
class MapLoss:
    """InfoNCE of rows and a neighbour of each, which is drawn anew every time.

    Parameters
    ----------
    table : Rows
        The whole table, after the fixed map of the network; see
        :func:`projected_table`.
    graph : NeighborGraph
    """

    table: Rows
    graph: NeighborGraph

    def __call__(
        self, network: PartitionedNetwork | FusedNetwork, batch: Batch
    ) -> dict[str, Tensor]:
        """The terms of the loss on a batch."""
        pairs = self.table.take(index_with_neighbors(batch, self.graph))
        z = network.embed_projected(pairs)
        return {"contrast": student_t_contrast(*z.chunk(2))}


def projected_table(network: PartitionedNetwork | FusedNetwork, rows: Rows) -> Rows:
    """All rows after the fixed map of the network, which is computed once.

    Parameters
    ----------
    network : PartitionedNetwork or FusedNetwork
    rows : Rows

    Returns
    -------
    table : Rows
        ``rows`` themselves if the network has no fixed map.
    """
    if isinstance(network, PartitionedNetwork) and network.front is None:
        return rows
    return Rows(rows.map(network.project).cpu().numpy(), rows.device)
