"""The losses of EAMC's stages."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from skdeepcluster.losses import (
    attention_loss,
    coassignment_loss,
    critic_loss,
    gaussian_kernel,
    generator_loss,
    nt_xent,
    orthogonality_loss,
    separation_loss,
    simplex_loss,
)
from skdeepcluster.networks import FusedNetwork
from skdeepcluster.training import Batch

#: Pairs of views that are contrasted in a batch: all of those of ten views. The memory
#: of all pairs would grow with the squares of the views and of the batch.
_MOST_PAIRS = 45


@dataclass(frozen=True)
class CrossViewReconstruction:
    """Pretraining: reconstruction of each view, and weak agreement of latents.

    Sum of the mean squared errors of the views, plus ``contrast_weight`` times the
    contrastive loss between the latents of a row, averaged over pairs of views.
    """

    contrast_weight: float
    contrast_temperature: float
    complete: bool

    def __call__(self, network: FusedNetwork, batch: Batch) -> dict[str, Tensor]:
        """The terms of the loss on a batch."""
        tables, observed = network.views(batch.x)
        h = network.latents(tables, observed)
        terms = {"reconstruction": self._reconstruction(network, h, tables, observed)}
        if self.contrast_weight and len(tables) > 1:
            contrast = self._contrast(h, observed, batch.generator)
            terms["contrast"] = self.contrast_weight * contrast
        return terms

    def _reconstruction(
        self, network: FusedNetwork, h: Tensor, tables: list[Tensor], observed: Tensor
    ) -> Tensor:
        errors = []
        for v, (table, decoder) in enumerate(
            zip(tables, network.decoders or (), strict=True)
        ):
            squares = (decoder(h[:, v]).float() - table).square().mean(1)
            has = observed[:, v]
            errors.append((squares * has).sum() / has.sum().clamp(min=1))
        return torch.stack(errors).sum()

    def _contrast(
        self, h: Tensor, observed: Tensor, generator: torch.Generator
    ) -> Tensor:
        """Mean over the pairs of views; of many views, over a sample of the pairs."""
        pairs = torch.combinations(torch.arange(h.shape[1], device=h.device))
        if len(pairs) > _MOST_PAIRS:
            draw = torch.randperm(len(pairs), generator=generator, device=h.device)
            pairs = pairs[draw[:_MOST_PAIRS]]
        losses = []
        # Selected together: the positions of single views would have to leave the GPU.
        ours, others = ((h[:, v], observed[:, v]) for v in pairs.unbind(1))
        for a, has_a, b, has_b in zip(
            *(each.unbind(1) for each in (*ours, *others)), strict=True
        ):
            if not self.complete:
                both = has_a & has_b
                a, b = a[both], b[both]
            if len(a) > 1:  # a single pair has no negatives
                losses.append(nt_xent(a, b, self.contrast_temperature))
        return torch.stack(losses).mean() if losses else h.sum() * 0


@dataclass(frozen=True)
class HeadFit:
    """Train the head on the clusters that a plain clusterer found in the latents."""

    embedding: Tensor
    labels: Tensor

    def __call__(self, network: FusedNetwork, batch: Batch) -> dict[str, Tensor]:
        """The terms of the loss on a batch."""
        u = network.hidden(self.embedding[batch.index])
        logits = network.output(u).float()
        return {"labels": F.cross_entropy(logits, self.labels[batch.index])}


@dataclass(frozen=True)
class AdversarialFusion:
    """EAMC's own losses: L_c + L_att + gamma L_gen against L_disc.

    ``encoder_loss`` trains encoders, attention and head; ``critic_loss`` trains the
    critics on the latents of the same batch, which ``encoder_loss`` stores in
    ``batch.shared``. ``weights`` maps names of terms to their weights; a term with
    weight 0 is not computed.
    """

    weights: dict[str, float]
    kernel_width: float
    regularizer: str
    attention_reduction: str
    reference: int
    complete: bool

    def encoder_loss(self, network: FusedNetwork, batch: Batch) -> dict[str, Tensor]:
        """The terms of L_c + L_att + gamma L_gen."""
        tables, observed = network.views(batch.x)
        h = network.latents(tables, observed)
        w = network.attend(h, observed)
        fused = network.fuse(h, observed, w)
        u = network.hidden(fused)
        a = network.assign_hidden(u)
        kernel = gaussian_kernel(u, self.kernel_width)
        regularize = {
            "coassignment": coassignment_loss,
            "orthogonality": orthogonality_loss,
        }[self.regularizer]
        batch.shared["latents"] = h.detach(), observed
        terms = {
            "separation": lambda: separation_loss(a, kernel),
            "simplex": lambda: simplex_loss(a, kernel),
            "regularization": lambda: regularize(a),
            "attention": lambda: self._attention(fused, h, w, observed),
            "adversarial": lambda: self._generator(network, h, observed),
        }
        return {
            name: self.weights[name] * term()
            for name, term in terms.items()
            if self.weights[name]
        }

    def critic_loss(self, network: FusedNetwork, batch: Batch) -> dict[str, Tensor]:
        """L_disc, summed over the critics."""
        h, observed = batch.shared["latents"]
        real, has_real = h[:, self.reference], observed[:, self.reference]
        losses = [
            critic_loss(critic(real).float(), critic(fake).float(), has_real, has)
            for critic, fake, has in self._paired(network, h, observed)
        ]
        return {"critics": torch.stack(losses).sum()}

    def _attention(
        self, fused: Tensor, h: Tensor, w: Tensor, observed: Tensor
    ) -> Tensor:
        both = None
        if not self.complete:
            both = observed.T[:, :, None] & observed.T[:, None, :]
        kernels = [
            gaussian_kernel(
                h[:, v], self.kernel_width, None if both is None else both[v]
            )
            for v in range(h.shape[1])
        ]
        return attention_loss(
            gaussian_kernel(fused, self.kernel_width),
            torch.stack(kernels),
            w,
            None if self.complete else observed,
            self.attention_reduction,
        )

    def _generator(self, network: FusedNetwork, h: Tensor, observed: Tensor) -> Tensor:
        """L_gen, summed over the critics."""
        losses = [
            generator_loss(critic(fake).float(), has)
            for critic, fake, has in self._paired(network, h, observed)
        ]
        return torch.stack(losses).sum()

    def _paired(
        self, network: FusedNetwork, h: Tensor, observed: Tensor
    ) -> Iterator[tuple[nn.Module, Tensor, Tensor]]:
        """Each critic with the latents of its view and the rows that have it."""
        assert network.critics is not None
        others = [v for v in range(h.shape[1]) if v != self.reference]
        for critic, v in zip(network.critics, others, strict=True):
            yield critic, h[:, v], observed[:, v]
