"""DEC's clustering stage: targets from all rows, steps towards them."""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from skdeepcluster.losses import clustering_loss, target_distribution
from skdeepcluster.networks import EmbeddedClusteringNetwork
from skdeepcluster.training import Batch, Rows, Run, reseed_empty_clusters

#: Minimum number of batches between comparisons of labels, the interval published for
#: USPS; half an epoch of a small table is shorter.
_CHECK_BATCHES = 30


class SelfTraining:
    """The alternation of DEC: targets from all rows, then steps towards them.

    Parameters
    ----------
    network : EmbeddedClusteringNetwork
    run : Run
    gamma : float
        Weight of the clustering loss L_c.
    tol : float
        Fraction of changed labels below which the stage ends.
    interval : int
        Number of batches between two updates of the target.
    embed : callable (network, batch) -> (z, terms)
        The embedding of a batch and the other terms of the loss.
    """

    def __init__(
        self,
        network: EmbeddedClusteringNetwork,
        run: Run,
        gamma: float,
        tol: float,
        interval: int,
        embed: Callable[
            [EmbeddedClusteringNetwork, Batch], tuple[Tensor, dict[str, Tensor]]
        ],
    ) -> None:
        self.network = network
        self.run = run
        self.gamma = gamma
        self.tol = tol
        self.embed = embed
        self.labels: Tensor | None = None
        self.target: Tensor | None = None
        # A few batches hardly change any labels, converged or not.
        self.renewals_per_check = math.ceil(_CHECK_BATCHES / interval)
        self.n_renewals = 0

    @torch.no_grad()
    def refresh(self) -> bool:
        """Update the target P from all rows; return whether the labels converged."""
        q = reseed_empty_clusters(self.network, self.run.embed())
        self.target = target_distribution(q)
        return self._is_done(q.argmax(1))

    def _is_done(self, labels: Tensor) -> bool:
        """Whether the labels converged, if it is time to look."""
        due = self.n_renewals % self.renewals_per_check == 0
        self.n_renewals += 1
        return due and self._has_converged(labels)

    def state_dict(self) -> dict[str, Any]:
        """What is remembered from one update to the next."""
        names = ("target", "labels", "n_renewals")
        return {name: getattr(self, name) for name in names}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what :meth:`state_dict` returned."""
        for name, value in state.items():
            on_device = isinstance(value, Tensor)
            setattr(self, name, value.to(self.run.device) if on_device else value)

    def _has_converged(self, labels: Tensor) -> bool:
        """Whether few labels changed since the previous check; False on the first."""
        before, self.labels = self.labels, labels
        if before is None:
            return False
        return (before != labels).float().mean().item() < self.tol

    def loss(
        self, network: EmbeddedClusteringNetwork, batch: Batch
    ) -> dict[str, Tensor]:
        """The terms of L = (reconstruction and sparsity) + gamma L_c."""
        z, terms = self.embed(network, batch)
        q = self.network.assign_embedding(z)
        assert self.target is not None  # there is a refresh before the first batch
        clustering = clustering_loss(self.target[batch.index], q)
        return {**terms, "clustering": self.gamma * clustering}


def assignment_divergence(network: EmbeddedClusteringNetwork, rows: Rows) -> float:
    """KL(P || Q) of all rows, mean over rows."""
    q = rows.map(network.assign)
    return clustering_loss(target_distribution(q), q).item()
