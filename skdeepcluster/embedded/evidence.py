"""The loss of VaDE: the negative evidence lower bound."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from skdeepcluster.augment import apply_augmentation
from skdeepcluster.networks import MixtureNetwork
from skdeepcluster.training import Batch, Rows


@dataclass(frozen=True)
class Evidence:
    """Negative log-likelihood at one draw of the codes, plus the divergence of these.

    Parameters
    ----------
    augmentation : callable or None
    """

    augmentation: Callable | None = None

    def __call__(self, network: MixtureNetwork, batch: Batch) -> dict[str, Tensor]:
        """The terms of the loss on a batch."""
        x = network.rescale(
            apply_augmentation(self.augmentation, batch.x, batch.generator)
        )
        mean, log_variance = network.posterior(x)
        noise = torch.empty_like(mean).normal_(generator=batch.generator)
        z = mean + (0.5 * log_variance).exp() * noise
        return {
            "reconstruction": network.nll(z, x),
            "divergence": network.divergence(mean, log_variance, z),
        }


@torch.no_grad()
def evidence_objective(network: MixtureNetwork, rows: Rows) -> float:
    """The negative evidence lower bound in the units of the rows, mean over rows.

    Codes are drawn from a generator of their own, always alike.
    """
    generator = torch.Generator(device=rows.device).manual_seed(0)
    loss = Evidence()
    total = 0.0
    for x in rows.chunks():
        terms = loss(network, Batch(x, torch.arange(len(x)), generator))
        total += sum(float(term) for term in terms.values()) * len(x)
    # The density of a row is that of the scaled row, divided by the scale per value.
    unit = 0.0 if network.bernoulli else math.log(float(network.scale))
    return total / len(rows) + rows.n_features * unit
