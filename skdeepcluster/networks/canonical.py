"""The network of DCCA: an encoder per view, and a linear map to what views share."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from skdeepcluster.networks.views import TablesOfViews, encode_views


class CanonicalNetwork(nn.Module):
    """Latents of views, and their canonical variates.

    Parameters
    ----------
    views : TablesOfViews
    encoders : sequence of nn.Module
        One per view; all return as many values per row.
    input_shapes : sequence of (tuple of int or None)
        Shape of one row inside each encoder, if not flat.
    n_components : int

    Attributes
    ----------
    decoders : nn.ModuleList or None
        From latents to views; only during training.
    center : Tensor of shape (n_views, n_components)
        Means of the latents.
    maps : Tensor of shape (n_views, n_components, n_components)
        From the centred latents of a view to its variates.
    correlations : Tensor of shape (n_components,)
        Canonical correlations of the training rows.
    """

    decoders: nn.ModuleList | None
    center: Tensor
    maps: Tensor
    correlations: Tensor

    def __init__(
        self,
        views: TablesOfViews,
        encoders: Sequence[nn.Module],
        input_shapes: Sequence[tuple[int, ...] | None],
        n_components: int,
    ) -> None:
        super().__init__()
        n_views = len(encoders)
        self.views = views
        self.encoders = nn.ModuleList(encoders)
        self.decoders = None
        self.input_shapes = list(input_shapes)
        self.register_buffer("center", torch.zeros(n_views, n_components))
        maps = torch.eye(n_components).repeat(n_views, 1, 1)
        self.register_buffer("maps", maps)
        self.register_buffer("correlations", torch.zeros(n_components))

    def latents(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Latent of each view, (m, V, n_components), and which row has which view."""
        tables, observed = self.views(x)
        return self.encode_tables(tables), observed

    def encode_tables(self, tables: Sequence[Tensor]) -> Tensor:
        """Latents of the tables of views, those of missing views included."""
        return encode_views(self.encoders, self.input_shapes, tables)

    def variates(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Canonical variates of each view, zeros for missing ones, and which it has."""
        h, observed = self.latents(x)
        z = torch.einsum("mvd,vdk->mvk", h - self.center, self.maps)
        return z * observed[:, :, None], observed

    def encode(self, x: Tensor) -> Tensor:
        """Mean of the variates of the views that a row has."""
        z, observed = self.variates(x)
        return z.sum(1) / observed.sum(1, keepdim=True).clamp(min=1)

    def forward(self, x: Tensor) -> Tensor:
        return self.encode(x)
