"""The losses of the last stages of EAMC and CoMVC, and that of EAMC's critics."""

from collections.abc import Callable, Iterator, Sequence
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

#: Terms of a loss, computed only if they count.
Terms = dict[str, Callable[[], Tensor]]

#: Views whose kernels and critics take part in a step; of more, as many are drawn. The
#: memory of all kernels would grow with the views and the square of the batch.
_MOST_VIEWS = 16


@dataclass(frozen=True)
class Divergence:
    """L_c = D_sc + D_sim + D_reg of a head.

    ``weights`` maps names of terms to their weights; a term with weight 0 is not
    computed.
    """

    weights: dict[str, float]
    kernel_width: float
    regularizer: str

    def _clustering(self, u: Tensor, a: Tensor) -> Terms:
        """The terms, by the hidden layer and the assignments of a head."""
        kernel = gaussian_kernel(u, self.kernel_width)
        regularize = {
            "coassignment": coassignment_loss,
            "orthogonality": orthogonality_loss,
        }[self.regularizer]
        return {
            "separation": lambda: separation_loss(a, kernel),
            "simplex": lambda: simplex_loss(a, kernel),
            "regularization": lambda: regularize(a),
        }

    def _weighted(self, terms: Terms) -> dict[str, Tensor]:
        """Those terms that count, times their weights."""
        return {
            name: self.weights[name] * term()
            for name, term in terms.items()
            if self.weights[name]
        }


@dataclass(frozen=True)
class AdversarialFusion(Divergence):
    """EAMC's own losses: L_c + L_att + gamma L_gen against L_disc.

    ``encoder_loss`` trains encoders, attention and head; ``critic_loss`` trains the
    critics on the latents of the same batch, which ``encoder_loss`` stores in
    ``batch.shared``.
    """

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
        some = drawn_views(range(h.shape[1]), _MOST_VIEWS, batch.generator)
        batch.shared["latents"] = h.detach(), observed, some
        terms = {
            **self._clustering(u, a),
            "attention": lambda: self._attention(
                fused, h[:, some], w[some], observed[:, some]
            ),
            "adversarial": lambda: self._generator(network, h, observed, some),
        }
        return self._weighted(terms)

    def critic_loss(self, network: FusedNetwork, batch: Batch) -> dict[str, Tensor]:
        """L_disc, summed over the critics."""
        h, observed, some = batch.shared["latents"]
        real, has_real = h[:, self.reference], observed[:, self.reference]
        losses = [
            critic_loss(critic(real).float(), critic(fake).float(), has_real, has)
            for critic, fake, has in self._paired(network, h, observed, some)
        ]
        return {"critics": (len(h[0]) - 1) * torch.stack(losses).mean()}

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
            w / w.sum(),
            None if self.complete else observed,
            self.attention_reduction,
        )

    def _generator(
        self, network: FusedNetwork, h: Tensor, observed: Tensor, some: list[int]
    ) -> Tensor:
        """L_gen, summed over the critics."""
        losses = [
            generator_loss(critic(fake).float(), has)
            for critic, fake, has in self._paired(network, h, observed, some)
        ]
        return (len(h[0]) - 1) * torch.stack(losses).mean()

    def _paired(
        self, network: FusedNetwork, h: Tensor, observed: Tensor, some: list[int]
    ) -> Iterator[tuple[nn.Module, Tensor, Tensor]]:
        """Each critic with the latents of its view and the rows that have it."""
        assert network.critics is not None
        others = [v for v in range(h.shape[1]) if v != self.reference]
        for critic, v in zip(network.critics, others, strict=True):
            if v in some:
                yield critic, h[:, v], observed[:, v]


def drawn_views(
    views: Sequence[int], most: int, generator: torch.Generator
) -> list[int]:
    """Views that take part in a step: all, or two and more drawn at random."""
    if len(views) <= most:
        return [*views]
    order = torch.randperm(len(views), generator=generator, device=generator.device)
    return sorted(views[i] for i in order[:most].tolist())
