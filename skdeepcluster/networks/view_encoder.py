"""An encoder per view, and the mean of their embeddings."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from skdeepcluster.networks.projected_views import observed_tables

#: Smallest weight of a view, which may still be the only one of a row.
_LEAST_WEIGHT = 1e-3


class ViewEncoder(nn.Module):
    """Embeds each view of a row by an encoder of its own, and takes the mean.

    A row that lacks views is embedded by those that it has.

    Parameters
    ----------
    widths : sequence of int
        Columns of each view, as rows were projected.
    encoders : sequence of nn.Module
        One per view; all return as many values per row.
    input_shapes : sequence of (tuple of int or None)
        Shape of one row inside each encoder, if not flat.

    Attributes
    ----------
    weights : Tensor of shape (n_views,)
        How much each view counts in the mean.
    """

    weights: Tensor

    def __init__(
        self,
        widths: Sequence[int],
        encoders: Sequence[nn.Module],
        input_shapes: Sequence[tuple[int, ...] | None],
    ) -> None:
        super().__init__()
        self.widths = list(widths)
        self.encoders = nn.ModuleList(encoders)
        self.input_shapes = list(input_shapes)
        self.register_buffer("weights", torch.ones(len(encoders)))

    def weigh(self, weights: np.ndarray) -> None:
        """Set the weights of the views."""
        self.weights.copy_(torch.from_numpy(weights))

    def forward(self, projected: Tensor) -> Tensor:
        tables, observed = observed_tables(projected, self.widths)
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


def _shaped(table: Tensor, shape: tuple[int, ...] | None) -> Tensor:
    return table if shape is None else table.reshape(-1, *shape)
