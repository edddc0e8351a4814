"""Clusters that agree with the neighbours in the table, and a map that follows them."""

from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

from skdeepcluster.losses import student_t_contrast
from skdeepcluster.neighbors import NeighborGraph, index_with_neighbors
from skdeepcluster.networks import PartitionedNetwork
from skdeepcluster.training import Batch, Rows

#: Rounds of votes; after a few, labels hardly change.
_N_ROUNDS = 5

#: Smallest membership, so that its logarithm is finite.
_TINY = 1e-6


def vote(graph: NeighborGraph, labels: Tensor, n_clusters: int) -> Tensor:
    """Each row takes the label that most of its neighbours have.

    A row has a vote itself, which decides ties between two neighbours. Votes end before
    they would take more than half of the rows of any cluster.

    Parameters
    ----------
    graph : NeighborGraph
    labels : LongTensor of shape (n_samples,)
    n_clusters : int

    Returns
    -------
    labels : LongTensor of shape (n_samples,)
    """
    sizes = labels.bincount(minlength=n_clusters)
    for _ in range(_N_ROUNDS):
        votes = F.one_hot(labels, n_clusters).float()
        votes.scatter_add_(1, labels[graph.partners], graph.weights)
        elected = votes.argmax(1)
        if (elected.bincount(minlength=n_clusters) < sizes / 2).any():
            break
        labels = elected
    return labels


@dataclass(frozen=True)
class RefinementLoss:
    """The loss of the map, and cross-entropy of memberships and labels.

    Parameters
    ----------
    table : Rows
        The whole table, after the fixed map of the network.
    graph : NeighborGraph
    labels : LongTensor of shape (n_samples,)
    """

    table: Rows
    graph: NeighborGraph
    labels: Tensor

    def __call__(self, network: PartitionedNetwork, batch: Batch) -> dict[str, Tensor]:
        """The terms of the loss on a batch."""
        index = index_with_neighbors(batch, self.graph)
        z = network.embed_projected(self.table.take(index))
        log_membership = network.assign_embedding(z).clamp(min=_TINY).log()
        return {
            "contrast": student_t_contrast(*z.chunk(2)),
            "labels": F.nll_loss(log_membership, self.labels[index]),
        }
