"""From a table with several views to one scaled table per view, and clusters."""

from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor, nn


class TablesOfViews(nn.Module):
    """From rows to one table per view, and which row has which view.

    Attributes
    ----------
    names : list of str
    widths : list of int
        Columns of each table.
    """

    names: list[str]
    widths: list[int]


class ViewInput(TablesOfViews):
    """Splits rows into views, centres the columns and scales each view.

    The mean of every column is subtracted and each view is divided by one scale, so
    that a fit depends neither on origins nor on the units of views; columns of a view
    keep their relative scales. A view that a row lacks (NaN in any of its columns)
    becomes zeros, that is, the column means.

    Parameters
    ----------
    columns : dict of str to ndarray of int
        Columns of each view.
    center : ndarray of shape (n_columns,)
        Mean of each column, in the order of ``columns``.
    scale : ndarray of shape (n_views,)
    """

    order: Tensor
    center: Tensor
    scale: Tensor

    def __init__(
        self, columns: dict[str, np.ndarray], center: np.ndarray, scale: np.ndarray
    ) -> None:
        super().__init__()
        self.names = list(columns)
        self.widths = [len(c) for c in columns.values()]
        order = torch.from_numpy(np.concatenate(list(columns.values())))
        self.reorders = not torch.equal(order, torch.arange(len(order)))
        self.register_buffer("order", order)
        self.register_buffer("center", torch.as_tensor(center, dtype=torch.float32))
        scale = np.repeat(scale, self.widths)
        self.register_buffer("scale", torch.as_tensor(scale, dtype=torch.float32))

    def columns(self) -> dict[str, np.ndarray]:
        """Columns of each view."""
        pieces = [piece.cpu().numpy().copy() for piece in self.order.split(self.widths)]
        return dict(zip(self.names, pieces, strict=True))

    def forward(self, x: Tensor) -> tuple[list[Tensor], Tensor]:
        """Scaled table of each view, and which row has which view, (m, V)."""
        raw = self._ordered(x)
        # One missing value makes the maximum of its view missing. Scaled or added up,
        # large values could become NaN, too.
        missing = [table.amax(1).isnan() for table in raw.split(self.widths, 1)]
        tables = ((raw - self.center) / self.scale).split(self.widths, 1)
        return [
            table.masked_fill(lacks[:, None], 0.0)
            for table, lacks in zip(tables, missing, strict=True)
        ], ~torch.stack(missing, 1)

    def split(self, x: Tensor) -> tuple[Tensor, ...]:
        """Split into the table of each view, in the units of the data."""
        return self._ordered(x).split(self.widths, 1)

    def rescale(self, table: Tensor, view: int) -> Tensor:
        """Centre and scale a table of one view."""
        center, scale = self._units(view)
        return (table - center) / scale

    def restore(self, table: Tensor, view: int) -> Tensor:
        """Convert a scaled table of one view to the units of the data."""
        center, scale = self._units(view)
        return table * scale + center

    def keep_origin(self, view: int) -> None:
        """Scale a view, but do not centre its columns."""
        self.center.split(self.widths)[view].zero_()

    def _ordered(self, x: Tensor) -> Tensor:
        if self.reorders:
            return x[:, self.order]
        return x[:, : len(self.order)]

    def _units(self, view: int) -> tuple[Tensor, Tensor]:
        return (
            self.center.split(self.widths)[view],
            self.scale.split(self.widths)[view],
        )


def encode_views(
    encoders: Iterable[nn.Module],
    input_shapes: Iterable[tuple[int, ...] | None],
    tables: Iterable[Tensor],
) -> Tensor:
    """Latent of each view, of shape (n_rows, n_views, n_components).

    Parameters
    ----------
    encoders : iterable of nn.Module
    input_shapes : iterable of (tuple of int or None)
        Shape of one row inside each encoder, if not flat.
    tables : iterable of Tensor
    """
    latents = []
    for encoder, shape, table in zip(encoders, input_shapes, tables, strict=True):
        rows = table if shape is None else table.reshape(-1, *shape)
        latents.append(encoder(rows).float())
    return torch.stack(latents, 1)


class ViewNetwork(nn.Module):
    """A network that assigns rows of several views to clusters.

    Parameters
    ----------
    views : TablesOfViews
    n_clusters : int

    Attributes
    ----------
    cluster_means : Tensor of shape (n_clusters, n_columns)
        Means of the scaled rows of each cluster; set at the end of fit.
    """

    views: TablesOfViews
    cluster_means: Tensor

    def __init__(self, views: TablesOfViews, n_clusters: int) -> None:
        super().__init__()
        self.views = views
        means = torch.zeros(n_clusters, sum(views.widths))
        self.register_buffer("cluster_means", means)

    def assign(self, x: Tensor) -> Tensor:
        """Soft assignment of rows given in the units of the data."""
        raise NotImplementedError

    def inertia(self, x: Tensor) -> Tensor:
        """Squared distance of each row to the mean of its cluster.

        Mean over the columns of a view, then over the views that the row has.
        """
        tables, observed = self.views(x)
        means = self.cluster_means[self.assign(x).argmax(1)]
        squares = [
            (table - mean).square().mean(1)
            for table, mean in zip(
                tables, means.split(self.views.widths, 1), strict=True
            )
        ]
        shares = observed / observed.sum(1, keepdim=True).clamp(min=1)
        return (torch.stack(squares, 1) * shares).sum(1)
