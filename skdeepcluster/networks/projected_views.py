"""The views of a row, each on principal components of its own."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from skdeepcluster.networks.principal import PrincipalComponents
from skdeepcluster.networks.views import TablesOfViews, ViewInput


class ProjectedViews(TablesOfViews):
    """Splits and scales views, and projects them.

    It takes the place of :class:`ViewInput` where no view has to be restored. What it
    computes does not depend on what is trained, so that a fit needs to call
    :meth:`project` once for each row.

    Parameters
    ----------
    views : ViewInput
    projections : sequence of (PrincipalComponents or None)
        Of the scaled table of each view; None leaves it as it is.

    Attributes
    ----------
    widths : list of int
        Columns of each view after the projection.
    """

    def __init__(
        self, views: ViewInput, projections: Sequence[PrincipalComponents | None]
    ) -> None:
        super().__init__()
        self.views = views
        self.names = views.names
        self.projections = nn.ModuleList(each or nn.Identity() for each in projections)
        self.widths = [
            width if each is None else len(each.components)
            for each, width in zip(projections, views.widths, strict=True)
        ]

    def forward(self, x: Tensor) -> tuple[list[Tensor], Tensor]:
        """Table of each view, zeros where it is missing, and which row has which."""
        return observed_tables(self.project(x), self.widths)

    def project(self, x: Tensor) -> Tensor:
        """The tables of all views side by side; missing views are NaN."""
        tables, observed = self.views(x)
        pieces = [
            projection(table).masked_fill(~has[:, None], torch.nan)
            for projection, table, has in zip(
                self.projections, tables, observed.T, strict=True
            )
        ]
        return torch.cat(pieces, 1)


def observed_tables(
    projected: Tensor, widths: Sequence[int]
) -> tuple[list[Tensor], Tensor]:
    """The table of each view, zeros where it is missing, and which row has which.

    Parameters
    ----------
    projected : Tensor of shape (n_rows, sum of ``widths``)
        As :meth:`ProjectedViews.project` returns it.
    widths : sequence of int
        Columns of each view.
    """
    pieces = projected.split(list(widths), 1)
    missing = torch.stack([piece[:, 0].isnan() for piece in pieces], 1)
    tables = [
        piece.masked_fill(lacks[:, None], 0.0)
        for piece, lacks in zip(pieces, missing.T, strict=True)
    ]
    return tables, ~missing
