"""An encoder per view, and the mean of their embeddings."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from skdeepcluster.networks.partitioned import PrincipalComponents
from skdeepcluster.networks.views import ViewInput

#: Smallest weight of a view, which may still be the only one of a row.
_LEAST_WEIGHT = 1e-3


class ViewEncoder(nn.Module):
    """Embeds each view of a row by an encoder of its own, and takes the mean.

    A row that lacks views is embedded by those that it has.

    Parameters
    ----------
    views : ViewInput
    encoders : sequence of nn.Module
        One per view; all return as many values per row.
    input_shapes : sequence of (tuple of int or None)
        Shape of one row inside each encoder, if not flat.
    projections : sequence of PrincipalComponents
        Of the scaled table of each view, onto what neighbours are searched in.

    Attributes
    ----------
    projections : nn.ModuleList
        Empty after the search.
    weights : Tensor of shape (n_views,)
        How much each view counts in the mean.
    """

    weights: Tensor

    def __init__(
        self,
        views: ViewInput,
        encoders: Sequence[nn.Module],
        input_shapes: Sequence[tuple[int, ...] | None],
        projections: Sequence[PrincipalComponents],
    ) -> None:
        super().__init__()
        self.views = views
        self.encoders = nn.ModuleList(encoders)
        self.projections = nn.ModuleList(projections)
        self.projected_widths = [len(each.components) for each in projections]
        self.input_shapes = list(input_shapes)
        self.register_buffer("weights", torch.ones(len(encoders)))

    def forward(self, x: Tensor) -> Tensor:
        tables, observed = self.views(x)
        shares = observed * self.weights.clamp(min=_LEAST_WEIGHT)
        # Rows without any view do not occur, except as padding.
        shares = shares / shares.sum(1, keepdim=True).clamp(min=1e-12)
        embeddings = [
            encoder(_shaped(table, shape)).float()
            for encoder, table, shape in zip(
                self.encoders, tables, self.input_shapes, strict=True
            )
        ]
        return (torch.stack(embeddings, 1) * shares[:, :, None]).sum(1)

    def project(self, x: Tensor) -> Tensor:
        """The projections of all views, side by side."""
        tables, _ = self.views(x)
        pairs = zip(self.projections, tables, strict=True)
        return torch.cat([projection(table) for projection, table in pairs], 1)


def _shaped(table: Tensor, shape: tuple[int, ...] | None) -> Tensor:
    return table if shape is None else table.reshape(-1, *shape)
