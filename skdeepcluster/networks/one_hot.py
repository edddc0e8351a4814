"""One-hot columns, as targets of a decoder and as what it decodes to."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from skdeepcluster.losses import mixed_loss


class OneHotColumns(nn.Module):
    """Which columns of scaled rows are codes of categories, and their two values.

    Parameters
    ----------
    groups : sequence of sequences of int
        Columns of each category.
    low, high : Tensor of shape (n_features,)
        The values that stand for no and yes, in the network's scale.
    weight : float
        Weight of the cross-entropy.
    """

    columns: Tensor
    low: Tensor
    high: Tensor

    def __init__(
        self, groups: Sequence[Sequence[int]], low: Tensor, high: Tensor, weight: float
    ) -> None:
        super().__init__()
        columns = torch.tensor([column for group in groups for column in group])
        self.sizes = tuple(len(group) for group in groups)
        self.weight = weight
        self.register_buffer("columns", columns)
        self.register_buffer("low", low[columns])
        self.register_buffer("high", high[columns])

    def loss(self, decoded: Tensor, x: Tensor) -> Tensor:
        """What the decoder's output lacks to be the scaled rows ``x``."""
        spread = self.high - self.low
        spread = torch.where(spread > 0, spread, torch.ones_like(spread))
        shares = (x.index_select(1, self.columns) - self.low) / spread
        target = x.index_copy(1, self.columns, shares.clamp(0, 1))
        return mixed_loss(target, decoded, self.columns, self.sizes, self.weight)

    def values(self, decoded: Tensor) -> Tensor:
        """Scaled rows, with the probability of each category between its values."""
        logits = decoded.index_select(1, self.columns).split(self.sizes, 1)
        shares = torch.cat([group.softmax(1) for group in logits], dim=1)
        values = self.low + shares * (self.high - self.low)
        return decoded.index_copy(1, self.columns, values.to(decoded.dtype))
