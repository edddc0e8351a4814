"""The loss of EAMC, and that of its critics."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from skdeepcluster.losses import (
    attention_loss,
    coassignment_loss,
    critic_loss,
    gaussian_kernel,
    generator_loss,
    orthogonality_loss,
    separation_loss,
    simplex_loss,
)
from skdeepcluster.networks import FusedNetwork
from skdeepcluster.training import Batch


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
