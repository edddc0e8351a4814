"""The network of VaDE: a variational auto-encoder whose prior is a mixture."""

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from skdeepcluster.losses import (
    bernoulli_nll,
    component_log_densities,
    gaussian_nll,
    mixture_divergence,
)
from skdeepcluster.networks.autoencoder import AutoencoderNetwork
from skdeepcluster.networks.mlp import MLP
from skdeepcluster.networks.skip import SkipMLP

#: Bounds of log-variances, in the units of scaled rows.
_LOG_VARIANCES = -14.0, 14.0


class MixtureNetwork(AutoencoderNetwork):
    """An auto-encoder whose codes have a Gaussian posterior and a mixture as prior.

    The encoder gives the mean of the posterior; the log-variance is a linear map of
    what the encoder's last layer sees, or of the mean where that is unknown. There is
    no mixture before :meth:`set_mixture`, so that pretraining does not depend on the
    number of clusters.

    Parameters
    ----------
    encoder, decoder : nn.Module
    n_components : int
    bernoulli : bool
        Whether the decoder gives logits of values in [0, 1], not scaled rows.
    **scaling
        ``center``, ``scale`` and ``input_shape`` of :class:`AutoencoderNetwork`.
    """

    logits: nn.Parameter
    means: nn.Parameter
    log_variances: nn.Parameter

    def __init__(
        self,
        encoder: nn.Module,
        decoder: nn.Module,
        n_components: int,
        bernoulli: bool,
        **scaling: Any,
    ) -> None:
        super().__init__(encoder, decoder, **scaling)
        self.bernoulli = bernoulli
        stack = encoder.mlp if isinstance(encoder, SkipMLP) else encoder
        self.sees_hidden = isinstance(stack, MLP)
        n_in = n_components
        if isinstance(stack, MLP):
            last = stack.layers[-1]
            assert isinstance(last, nn.Linear)
            n_in = last.in_features
        self.log_variance = nn.Linear(n_in, n_components)
        nn.init.zeros_(self.log_variance.weight)
        self.log_noise = nn.Parameter(torch.tensor(0.0))
        for name in ("logits", "means", "log_variances"):
            self.register_parameter(name, None)

    def forward(self, x: Tensor) -> Tensor:
        return self.assign(x)

    # -- the mixture -----------------------------------------------------------

    def set_mixture(self, weights: Tensor, means: Tensor, variances: Tensor) -> None:
        """Set the prior: positive weights, means and variances of each cluster."""
        device = self.scale.device
        self.logits = nn.Parameter(weights.log().float().to(device))
        self.means = nn.Parameter(means.float().to(device))
        self.log_variances = nn.Parameter(variances.log().float().to(device))

    def set_noise(self, variance: float, of_codes: float) -> None:
        """Set the variances of the noise of scaled rows and of the posterior."""
        nn.init.constant_(self.log_noise, math.log(variance))
        nn.init.zeros_(self.log_variance.weight)
        nn.init.constant_(self.log_variance.bias, math.log(of_codes))

    def assign(self, x: Tensor) -> Tensor:
        """Posterior of the components at the mean code of each row."""
        return self.assign_embedding(self.encode(x))

    def assign_embedding(self, z: Tensor) -> Tensor:
        """Posterior of the components at codes, in float32."""
        return self.log_assign(z).exp()

    def log_assign(self, z: Tensor) -> Tensor:
        """Its logarithm."""
        return component_log_densities(z.float(), *self.mixture()).log_softmax(1)

    @torch.no_grad()
    def reorder_clusters(self, order: Tensor) -> None:
        """Let cluster ``i`` be what ``order[i]`` was."""
        for parameter in (self.logits, self.means, self.log_variances):
            parameter.copy_(parameter[order])

    def mixture(self) -> tuple[Tensor, Tensor, Tensor]:
        """Log-weights, means and log-variances of the components."""
        variances = self.log_variances.clamp(*_LOG_VARIANCES)
        return self.logits.log_softmax(0), self.means, variances

    # -- codes and rows ----------------------------------------------------------

    def posterior(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance of the codes of scaled rows, in float32."""
        if self.sees_hidden:
            mean, hidden = self.embed_with_hidden(x)
            seen = [self.shape(x), *hidden][-1]
        else:
            seen = mean = self.embed(x)
        log_variance = self.log_variance(seen).float().clamp(*_LOG_VARIANCES)
        return mean.float(), log_variance

    def divergence(self, mean: Tensor, log_variance: Tensor, z: Tensor) -> Tensor:
        """KL of the posterior, with components as likely as they are at ``z``."""
        gamma = self.log_assign(z)
        return mixture_divergence(mean, log_variance, gamma, *self.mixture())

    def nll(self, z: Tensor, x: Tensor) -> Tensor:
        """Negative log-likelihood of scaled rows given codes, mean over rows."""
        decoded = self.reconstruct(z).float()
        if self.bernoulli:
            return bernoulli_nll(self.restore(x), decoded)
        return gaussian_nll(x, decoded, self.log_noise)

    def reconstruction_loss(self, z: Tensor, x: Tensor) -> Tensor:
        """Mean squared error, of scaled rows or of values in [0, 1]."""
        if self.bernoulli:
            return F.mse_loss(self.decode(z).float(), self.restore(x))
        return super().reconstruction_loss(z, x)

    def restore(self, x: Tensor) -> Tensor:
        """Scaled rows in the units of the data."""
        return x * self.scale + self.center

    def decode(self, z: Tensor) -> Tensor:
        """Expected rows given codes, in the units of the data."""
        decoded = self.reconstruct(z)
        return F.sigmoid(decoded) if self.bernoulli else self.restore(decoded)
