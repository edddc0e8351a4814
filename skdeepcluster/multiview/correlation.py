"""The loss of DCCA, and what is measured at the end of a fit."""

from dataclasses import dataclass

import torch
from torch import Tensor

from skdeepcluster.losses import canonical_maps, correlation_loss, cross_covariance
from skdeepcluster.multiview.pretraining import reconstruction_error
from skdeepcluster.networks import CanonicalNetwork
from skdeepcluster.training import Batch, Rows, Run


@dataclass(frozen=True)
class Correlation:
    """Minus the canonical correlations of the views of a batch, and reconstruction.

    Encoders see views with Gaussian noise, decoders have to restore them without.
    """

    ridge: float
    reconstruction_weight: float
    noise: float

    def __call__(self, network: CanonicalNetwork, batch: Batch) -> dict[str, Tensor]:
        """The terms of the loss on a batch."""
        tables, observed = network.views(batch.x)
        h = network.encode_tables([self._noisy(t, batch.generator) for t in tables])
        terms = {"correlation": correlation_loss(h, h.shape[2], self.ridge, observed)}
        if network.decoders is not None:
            error = reconstruction_error(network.decoders, h, tables, observed)
            terms["reconstruction"] = self.reconstruction_weight * error
        return terms

    def _noisy(self, table: Tensor, generator: torch.Generator) -> Tensor:
        if not self.noise:
            return table
        drawn = torch.randn(table.shape, generator=generator, device=table.device)
        return table + self.noise * drawn


@torch.no_grad()
def set_variates(network: CanonicalNetwork, run: Run, ridge: float) -> None:
    """Store the canonical variates of the latents of all rows."""
    n_views, d = network.center.shape
    h = run.embed(encode=lambda x: network.latents(x)[0].flatten(1))
    covariance, center = cross_covariance(h.view(-1, n_views, d), run.rows.observed)
    maps, correlations = canonical_maps(covariance, d, ridge)
    network.center.copy_(center)
    network.maps.copy_(maps)
    network.correlations.copy_(correlations)


def measured_correlations(network: CanonicalNetwork, rows: Rows) -> Tensor:
    """Correlation of each variate between the views of rows.

    Mean covariance between two views as a share of the mean variance in a view; 0 where
    there is no variance.

    Returns
    -------
    correlations : Tensor of shape (n_components,), float64
    """
    n_views = len(network.encoders)

    def variates(x: Tensor) -> Tensor:
        z, observed = network.variates(x)
        return torch.cat([z.flatten(1), observed], 1)

    packed = rows.map(variates)
    z = packed[:, :-n_views].view(len(packed), n_views, -1)
    covariance, _ = cross_covariance(z, packed[:, -n_views:] > 0)
    same = covariance.diagonal(dim1=1, dim2=3)  # of one variate, (V, V, k)
    own = same.diagonal().sum(1)
    between = (same.sum((0, 1)) - own) / max(1, n_views - 1)
    return between / own.clamp(min=torch.finfo(own.dtype).tiny)
