"""Pretraining by neighbours: near rows are embedded near each other."""

from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor

from skdeepcluster.base.components import searched_table
from skdeepcluster.embedded.reconstruction import Reconstruction
from skdeepcluster.losses import student_t_contrast
from skdeepcluster.neighbors import (
    NeighborGraph,
    default_epochs,
    neighbor_stage,
    with_neighbors,
)
from skdeepcluster.networks import AutoencoderNetwork
from skdeepcluster.training import Batch, Player, Rows, Run, Stage, adam

#: Learning rate, as a multiple of the parameter.
_RATE = 2


@dataclass(frozen=True)
class NeighborReconstruction:
    """InfoNCE of rows and a neighbour of each, plus the reconstruction of both.

    Parameters
    ----------
    rows : Rows
        The whole table.
    graph : NeighborGraph
    reconstruction : Reconstruction
    """

    rows: Rows
    graph: NeighborGraph
    reconstruction: Reconstruction

    def __call__(self, network: AutoencoderNetwork, batch: Batch) -> dict[str, Tensor]:
        """The terms of the loss on a batch."""
        pairs = with_neighbors(batch, self.rows, self.graph)
        z, terms = self.reconstruction.with_embedding(network, pairs)
        return {**terms, "contrast": student_t_contrast(*z.chunk(2))}


def neighbor_stages(
    network: AutoencoderNetwork,
    run: Run,
    *,
    epochs: int | None,
    n_neighbors: int,
    learning_rate: float,
    reconstruction: Reconstruction,
) -> Iterator[Stage]:
    """The stage that trains encoder and decoder on neighbours and reconstruction.

    Neighbours are searched in 50 principal components.
    """
    if epochs is None:
        epochs = default_epochs(run)
    graph = NeighborGraph.of_table(searched_table(run.rows), n_neighbors)
    assert network.decoder is not None
    parameters = [*network.encoder.parameters(), *network.decoder.parameters()]
    loss = NeighborReconstruction(run.rows, graph, reconstruction)
    player = Player(loss, parameters, adam(_RATE * learning_rate))
    yield neighbor_stage("pretrain", player, epochs, run)
