"""From a table with several views to one scaled table a view."""

import numpy as np
import torch
from torch import Tensor, nn


class ViewInput(nn.Module):
    """Splits rows into views, centres the columns and scales each view.

    Every column loses its mean and a view is divided by one scale, so that a fit
    depends neither on origins nor on the units of views; columns of a view keep
    their relative scales. A view that a row lacks (NaN in any of its columns)
    becomes zeros, that is column means.

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
        pieces = [piece.cpu().numpy() for piece in self.order.split(self.widths)]
        return dict(zip(self.names, pieces, strict=True))

    def forward(self, x: Tensor) -> tuple[list[Tensor], Tensor]:
        """Scaled table of each view, and which row has which view, (m, V)."""
        if self.reorders:
            x = x[:, self.order]
        x = (x[:, : len(self.order)] - self.center) / self.scale
        tables = x.split(self.widths, 1)
        # One missing value makes the sum of its view missing.
        observed = torch.stack([~table.sum(1).isnan() for table in tables], 1)
        seen = observed.unbind(1)
        return [
            table.masked_fill(~has[:, None], 0.0)
            for table, has in zip(tables, seen, strict=True)
        ], observed
