"""The loss by which rows come to lie next to their neighbours."""

from dataclasses import dataclass

import torch
from torch import Tensor

from skdeepcluster.losses import student_t_contrast
from skdeepcluster.neighbors import NeighborGraph
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
        _, z = self.embed_pairs(network, batch)
        return {"contrast": student_t_contrast(*z.chunk(2))}

    def embed_pairs(
        self, network: PartitionedNetwork, batch: Batch
    ) -> tuple[Tensor, Tensor]:
        """Positions and embeddings of the rows, followed by a neighbour of each."""
        partners = self.graph.draw(batch.index, batch.generator)
        # One pass: both halves share the statistics of batch normalisation.
        z = network.encode(torch.cat([batch.x, self.rows.take(partners)]))
        return torch.cat([batch.index, partners]), z
