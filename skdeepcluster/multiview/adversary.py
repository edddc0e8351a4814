"""The losses of DAMC: reconstruction, critics of it, and sharpened clusters."""

from typing import Any

import torch
from torch import Tensor

from skdeepcluster.losses import (
    clustering_loss,
    critic_loss,
    generator_loss,
    target_distribution,
)
from skdeepcluster.multiview.pretraining import view_errors
from skdeepcluster.networks import SharedCodeNetwork
from skdeepcluster.training import Batch, Run, reseed_empty_clusters


def code_reconstruction(network: SharedCodeNetwork, batch: Batch) -> dict[str, Tensor]:
    """The error of all views, decoded from the one code of a row."""
    tables, observed = network.views(batch.x)
    restored = network.decode(network.encode_tables(tables, observed))
    return {"reconstruction": view_errors(restored, tables, observed)}


class AdversarialSharpening:
    """The last stage: L_r + lambda L_gen + gamma KL(P || Q) against L_disc.

    Parameters
    ----------
    network : SharedCodeNetwork
    run : Run
    adversarial_weight, gamma : float
    """

    def __init__(
        self,
        network: SharedCodeNetwork,
        run: Run,
        adversarial_weight: float,
        gamma: float,
    ) -> None:
        self.network = network
        self.run = run
        self.adversarial_weight = adversarial_weight
        self.gamma = gamma
        self.target: Tensor | None = None

    @torch.no_grad()
    def refresh(self) -> bool:
        """Update the target P from all rows; the stage goes on."""
        q = reseed_empty_clusters(self.network, self.run.embed())
        self.target = target_distribution(q)
        return False

    def state_dict(self) -> dict[str, Any]:
        """What is remembered from one batch to the next."""
        return {"target": self.target}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what :meth:`state_dict` returned."""
        target = state["target"]
        self.target = None if target is None else target.to(self.run.device)

    def network_loss(
        self, network: SharedCodeNetwork, batch: Batch
    ) -> dict[str, Tensor]:
        """The terms that encoders, decoders and centres minimise."""
        tables, observed = network.views(batch.x)
        z = network.encode_tables(tables, observed)
        restored = network.decode(z)
        terms = {"reconstruction": view_errors(restored, tables, observed)}
        if self.adversarial_weight:
            assert network.critics is not None
            fooled = [
                generator_loss(critic(fake).float()[:, 0], has)
                for critic, fake, has in zip(
                    network.critics, restored, observed.T, strict=True
                )
            ]
            terms["adversarial"] = self.adversarial_weight * torch.stack(fooled).sum()
            fakes = [table.detach() for table in restored]
            batch.shared["views"] = tables, fakes, observed.T
        if self.gamma:
            assert self.target is not None  # there is a refresh before the first batch
            q = self.network.assign_embedding(z)
            clustering = clustering_loss(self.target[batch.index], q)
            terms["clustering"] = self.gamma * clustering
        return terms

    def critic_loss(
        self, network: SharedCodeNetwork, batch: Batch
    ) -> dict[str, Tensor]:
        """L_disc, summed over views: rows as they are against decoded ones."""
        assert network.critics is not None
        losses = []
        for critic, *tables, has in zip(
            network.critics, *batch.shared["views"], strict=True
        ):
            real, fake = (critic(table).float()[:, 0] for table in tables)
            losses.append(critic_loss(real, fake, has, has))
        return {"critics": torch.stack(losses).sum()}
