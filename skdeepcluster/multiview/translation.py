"""The losses of DM2C's stages."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from skdeepcluster.augment import apply_augmentation
from skdeepcluster.losses import (
    balance_loss,
    cluster_loss,
    gradient_penalty,
    instance_loss,
    translation_loss,
    wasserstein_critic_loss,
    wasserstein_generator_loss,
)
from skdeepcluster.neighbors import NeighborGraph
from skdeepcluster.networks import TranslationNetwork
from skdeepcluster.training import Batch, Rows

#: Temperatures of contrastive clustering.
_INSTANCE_TEMPERATURE = 0.5
_CLUSTER_TEMPERATURE = 1.0

#: Clusters that are contrasted in a step; of more, as many are drawn, because time and
#: memory grow with the square.
_MOST_CLUSTERS = 256

#: Weight of the gradient penalty, as published for it.
_PENALTY_WEIGHT = 10.0


@dataclass(frozen=True)
class CandidateReconstruction:
    """Pretraining as published: reconstruction of each modality."""

    def __call__(self, network: TranslationNetwork, batch: Batch) -> dict[str, Tensor]:
        """The terms of the loss on a batch."""
        tables, observed = network.views(batch.x)
        errors = []
        for view, table in enumerate(tables):
            rows = table[observed[:, view]]
            for candidate in network.candidates_of(view):
                errors.append(
                    F.mse_loss(candidate.decode(candidate.encode(rows)), rows)
                )
        return {"reconstruction": torch.stack(errors).sum()}


@dataclass(frozen=True)
class NeighborContrast:
    """The losses of contrastive clustering, on rows and their neighbours.

    Instead of two copies of a row, the partners are a copy of the row and a copy of a
    mutual neighbour in the same modality. No augmentation of tables is sure to preserve
    the cluster, but mutual neighbours mostly share it.

    Parameters
    ----------
    rows : Rows
        The whole table.
    graphs : sequence of NeighborGraph
        Mutual neighbours in each view; a row without any is its own.
    augmentations : sequence of (callable or None)
    """

    rows: Rows
    graphs: Sequence[NeighborGraph]
    augmentations: Sequence[Callable | None]

    def __call__(self, network: TranslationNetwork, batch: Batch) -> dict[str, Tensor]:
        """The terms of the loss on a batch."""
        _, observed = network.views(batch.x)
        losses: dict[str, list[Tensor]] = {"instance": [], "cluster": [], "entropy": []}
        for view in range(observed.shape[1]):
            has = observed[:, view]
            for candidate in network.candidates_of(view):
                # One pass for both halves, so that they share batch statistics.
                copies = self._copies(network, batch, has, view)
                z, y = candidate.project(candidate.encode(copies))
                (z_a, z_b), (y_a, y_b) = z.chunk(2), y.chunk(2)
                losses["instance"].append(
                    instance_loss(z_a, z_b, _INSTANCE_TEMPERATURE)
                )
                losses["cluster"].append(self._cluster_loss(y_a, y_b, batch.generator))
                losses["entropy"].append(balance_loss(y_a) + balance_loss(y_b))
        return {name: torch.stack(terms).sum() for name, terms in losses.items()}

    def _cluster_loss(
        self, y_a: Tensor, y_b: Tensor, generator: torch.Generator
    ) -> Tensor:
        k = y_a.shape[1]
        if k > _MOST_CLUSTERS:
            order = torch.randperm(k, generator=generator, device=generator.device)
            some = order[:_MOST_CLUSTERS].to(y_a.device)
            y_a, y_b = y_a[:, some], y_b[:, some]
        return cluster_loss(y_a, y_b, _CLUSTER_TEMPERATURE)

    def _copies(
        self, network: TranslationNetwork, batch: Batch, has: Tensor, view: int
    ) -> Tensor:
        """Scaled rows that have a view, followed by a neighbour of each."""
        drawn = self.graphs[view].draw(batch.index[has], batch.generator)
        partners = self.rows.take(drawn)
        x = torch.cat([batch.x[has], partners])
        table = network.views.split(x)[view]
        table = apply_augmentation(self.augmentations[view], table, batch.generator)
        return network.views.rescale(table, view)


@dataclass(frozen=True)
class Translation:
    """DM2C's own losses, between each modality (m) and the hub (h).

    Parameters
    ----------
    weights : dict of str to float
        Weights of the terms by name; a term with weight 0 is left out.
    latents : sequence of Tensor or None
        Latents of all rows, if encoders are frozen.
    targets : dict of int to (Tensor, Tensor)
        For an aligned view, the target of each row's translation to the hub, and the
        target of the translation of each row of the hub to the view.
    penalty : bool
        Whether the critics have a gradient penalty.
    """

    weights: dict[str, float]
    latents: Sequence[Tensor] | None
    targets: dict[int, tuple[Tensor, Tensor]]
    penalty: bool

    def generator_loss(
        self, network: TranslationNetwork, batch: Batch
    ) -> dict[str, Tensor]:
        """The terms that autoencoders and translators minimise."""
        tables, observed = network.views(batch.x)
        z = self._latents(network, batch, tables, observed)
        losses: dict[str, list[Tensor]] = {name: [] for name in self.weights}
        for v, table in enumerate(tables):
            has = observed[:, v]
            decoded = network.modality(v).decode(z[v][has])
            losses["reconstruction"].append(F.mse_loss(decoded, table[has]))
        batch.shared["translated"] = []
        for v in network.others:
            self._translate(network, batch, v, tables, observed, z, losses)
        return {
            name: weight * torch.stack(losses[name]).sum()
            for name, weight in self.weights.items()
            if weight and losses[name]
        }

    def _latents(
        self,
        network: TranslationNetwork,
        batch: Batch,
        tables: list[Tensor],
        observed: Tensor,
    ) -> list[Tensor]:
        """Latents of each view, zeros for rows that lack it."""
        if self.latents is not None:
            return [z[batch.index] for z in self.latents]
        latents = []
        for v, table in enumerate(tables):
            has = observed[:, v]
            z = network.modality(v).encode(table[has])
            empty = z.new_zeros(len(table), z.shape[1])
            latents.append(empty.masked_scatter(has[:, None], z))
        return latents

    def _translate(
        self,
        network: TranslationNetwork,
        batch: Batch,
        v: int,
        tables: list[Tensor],
        observed: Tensor,
        z: list[Tensor],
        losses: dict[str, list[Tensor]],
    ) -> None:
        """Add the terms between view ``v`` and the hub."""
        h = network.hub
        to_hub, from_hub = network.to_hub[v], network.from_hub[v]
        here, there = observed[:, v], observed[:, h]
        z_v, z_h = z[v][here], z[h][there]
        v_to_h, h_to_v = to_hub(z_v).float(), from_hub(z_h).float()
        cycles = (
            (v, here, z_v, from_hub(v_to_h).float()),
            (h, there, z_h, to_hub(h_to_v).float()),
        )
        for w, has, latent, cycled in cycles:
            losses["cycle"].append(translation_loss(latent, cycled))
            if self.weights["cycle_reconstruction"]:
                decoded = network.modality(w).decode(cycled)
                error = F.mse_loss(decoded, tables[w][has])
                losses["cycle_reconstruction"].append(error)
        if self.weights["adversarial"]:
            assert network.critics is not None
            for w, real, fake in ((h, z_h, v_to_h), (v, z_v, h_to_v)):
                height = network.critics[w](fake).float()
                losses["adversarial"].append(wasserstein_generator_loss(height))
                translated = w, real.detach(), fake.detach()
                batch.shared["translated"].append(translated)
        if v in self.targets:
            in_hub, in_view = self.targets[v]
            for target, translated, has in (
                (in_hub, v_to_h, here),
                (in_view, h_to_v, there),
            ):
                error = F.mse_loss(translated, target[batch.index[has]])
                losses["alignment"].append(error)
        both = here & there
        if self.weights["pairs"] and both.any():
            losses["pairs"].append(translation_loss(z[h][both], v_to_h[both[here]]))
            losses["pairs"].append(translation_loss(z[v][both], h_to_v[both[there]]))

    def critic_loss(
        self, network: TranslationNetwork, batch: Batch
    ) -> dict[str, Tensor]:
        """The critics' loss, on the latents that ``generator_loss`` translated."""
        assert network.critics is not None
        losses, penalties = [], []
        for v, real, fake in batch.shared["translated"]:
            critic = network.critics[v]
            heights = critic(real).float(), critic(fake).float()
            losses.append(wasserstein_critic_loss(*heights))
            if self.penalty:
                penalties.append(gradient_penalty(critic, real, fake, batch.generator))
        terms = {"critics": self.weights["adversarial"] * torch.stack(losses).sum()}
        if penalties:
            terms["penalty"] = _PENALTY_WEIGHT * torch.stack(penalties).sum()
        return terms


def clip_weights(critics: nn.Module, bound: float) -> None:
    """Clip every weight and bias to [-bound, bound]."""
    with torch.no_grad():
        for parameter in critics.parameters():
            parameter.clamp_(-bound, bound)
