"""Views fused into one latent, which a head clusters: the network of EAMC, CoMVC."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from skdeepcluster.networks.projected_views import ProjectedViews, observed_tables
from skdeepcluster.networks.views import TablesOfViews, ViewNetwork, encode_views

#: Minimum weight of a view.
_LEAST_WEIGHT = 1e-6


class FusedNetwork(ViewNetwork):
    """Latents of views, their weighted mean, and a clustering head.

    Parameters
    ----------
    views : TablesOfViews
    encoders : sequence of nn.Module
        One per view; all return ``n_components`` values per row.
    input_shapes : sequence of (tuple of int or None)
        Shape of one row inside each encoder, if not flat.
    n_components, n_clusters, head_units : int
    attention : nn.Module
        From the latents of all views side by side to a logit per view.

    Attributes
    ----------
    decoders : nn.ModuleList or None
        From latents to views; only during pretraining.
    critics : Critics or None
        Only while there is an adversary.
    view_weights : Tensor of shape (n_views,)
        Weights for predictions, so that the prediction of a row does not depend on the
        other rows.
    votes : Tensor of shape (n_views,)
        By which attention is multiplied: 0 for a view without a vote.
    """

    view_weights: Tensor
    votes: Tensor
    decoders: nn.ModuleList | None
    critics: "Critics | None"

    def __init__(
        self,
        views: TablesOfViews,
        encoders: Sequence[nn.Module],
        input_shapes: Sequence[tuple[int, ...] | None],
        n_components: int,
        n_clusters: int,
        head_units: int,
        attention: nn.Module,
    ) -> None:
        super().__init__(views, n_clusters)
        n_views = len(encoders)
        self.encoders = nn.ModuleList(encoders)
        self.decoders = None
        self.critics = None
        self.input_shapes = list(input_shapes)
        self.attention = attention
        self.hidden = nn.Sequential(
            nn.Linear(n_components, head_units), nn.ReLU(), nn.BatchNorm1d(head_units)
        )
        self.output = nn.Linear(head_units, n_clusters)
        self.register_buffer("view_weights", torch.full((n_views,), 1 / n_views))
        self.register_buffer("votes", torch.ones(n_views))

    def latents(self, tables: Sequence[Tensor], observed: Tensor) -> Tensor:
        """Latent of each view, (m, V, n_components), zeros for missing views."""
        h = encode_views(self.encoders, self.input_shapes, tables)
        return h * observed[:, :, None]

    def compare(self, h: Tensor, observed: Tensor) -> Tensor:
        """Attention e of each row to the views that it has, (m, V)."""
        logits = self.attention(h.flatten(1)).float()
        return logits.softmax(1) * observed * self.votes

    def attend(self, h: Tensor, observed: Tensor) -> Tensor:
        """Weights w of the views for this batch, (V,): means of e over the rows."""
        return mean_attention(self.compare(h, observed).sum(0), observed.sum(0))

    def fuse(self, h: Tensor, observed: Tensor, weights: Tensor) -> Tensor:
        """Weighted mean of the latents that each row has, (m, n_components)."""
        # A view of negligible weight may still be the only one of a row.
        shares = weights.clamp(min=_LEAST_WEIGHT) * observed
        # Rows without any view do not occur, except as padding.
        shares = shares / shares.sum(1, keepdim=True).clamp(min=1e-12)
        return (shares[:, :, None] * h).sum(1)

    def encode(self, x: Tensor) -> Tensor:
        """Fused latent of rows given in the units of the data."""
        return self._fused(*self.views(x))

    def _fused(self, tables: Sequence[Tensor], observed: Tensor) -> Tensor:
        return self.fuse(self.latents(tables, observed), observed, self.view_weights)

    def weigh(self, votes: np.ndarray) -> None:
        """Set the weights of the views' votes."""
        self.votes.copy_(torch.from_numpy(votes))
        self.view_weights.copy_(self.votes / self.votes.sum())

    def project(self, x: Tensor) -> Tensor:
        """Rows as they are embedded, after the fixed maps of the views."""
        assert isinstance(self.views, ProjectedViews)
        return self.views.project(x)

    def embed_projected(self, projected: Tensor) -> Tensor:
        """Fused latent of rows after the fixed maps."""
        return self._fused(*observed_tables(projected, self.views.widths))

    def assign(self, x: Tensor) -> Tensor:
        """Soft assignment of rows given in the units of the data."""
        return self.assign_hidden(self.hidden(self.encode(x)))

    def assign_hidden(self, u: Tensor) -> Tensor:
        """Soft assignment of the head's hidden layer, in float32."""
        return self.output(u).float().softmax(1)

    def forward(self, x: Tensor) -> Tensor:
        return self.assign(x)


class Attention(nn.Sequential):
    """How much each view of a row counts, by the latents of the row.

    Parameters
    ----------
    n_views, n_components : int
    temperature : float
        tau, the temperature of the softmax over views. The logits are in [0, 1], so the
        published value of 10 keeps the weights within 2.5 points of equal.
    """

    def __init__(self, n_views: int, n_components: int, temperature: float) -> None:
        # No activations in between, as in the authors' code: an affine map.
        super().__init__(
            nn.Linear(n_views * n_components, 100),
            nn.Linear(100, 50),
            nn.Linear(50, n_views),
        )
        self.temperature = temperature

    def forward(self, h: Tensor) -> Tensor:
        return super().forward(h).float().sigmoid() / self.temperature


class SharedWeights(nn.Module):
    """How much each view counts, the same for all rows.

    Parameters
    ----------
    n_views : int

    Attributes
    ----------
    logits : nn.Parameter of shape (n_views,)
    """

    def __init__(self, n_views: int) -> None:
        super().__init__()
        self.logits = nn.Parameter(torch.zeros(n_views))

    def forward(self, h: Tensor) -> Tensor:
        return self.logits.expand(len(h), -1)


def mean_attention(total: Tensor, n_rows: Tensor) -> Tensor:
    """View weights from sums of attention over the rows that have each view."""
    weights = total / n_rows.clamp(min=1)
    return weights / weights.sum()


class Critics(nn.ModuleList):
    """A critic for each view but the reference: is this a reference latent?

    Parameters
    ----------
    n_critics : int
    n_components : int
    widths : sequence of int
        Hidden widths, with LeakyReLU(0.2).
    """

    def __init__(
        self, n_critics: int, n_components: int, widths: Sequence[int] = (256, 256, 128)
    ) -> None:
        super().__init__()
        for _ in range(n_critics):
            layers: list[nn.Module] = []
            n_in = n_components
            for n_out in widths:
                layers += [nn.Linear(n_in, n_out), nn.LeakyReLU(0.2)]
                n_in = n_out
            self.append(nn.Sequential(*layers, nn.Linear(n_in, 1), nn.Flatten(0)))


def he_normal(module: nn.Module) -> None:
    """Initialise a linear layer by a normal distribution (He et al.)."""
    if isinstance(module, nn.Linear):
        nn.init.kaiming_normal_(module.weight)
