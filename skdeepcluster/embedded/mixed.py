"""Categories among the columns: the parameter ``feature_groups``."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import torch
from torch import Tensor

from skdeepcluster.augment.rows import number_groups
from skdeepcluster.base.feature_groups import resolve_groups
from skdeepcluster.embedded.base_autoencoder import AutoencoderBase
from skdeepcluster.networks import OneHotColumns
from skdeepcluster.training import Rows


@dataclass(eq=False, repr=False, kw_only=True)
class MixedColumns(AutoencoderBase):
    """An auto-encoder that may decode groups of one-hot columns to categories."""

    feature_groups: Annotated[
        Sequence[Sequence[int | str]] | None, None, "array-like"
    ] = None

    def _groups(self, n_features: int) -> list[list[int]]:
        """The columns of each category, counted from the first.

        A group of one column is left out: the only category would be certain, and the
        column not reconstructed at all.
        """
        names = list(getattr(self, "feature_names_in_", ()))
        groups = resolve_groups(self.feature_groups, names)
        number_groups(n_features, groups)  # raises if a column is in two
        several = (group for group in groups if len(group) > 1)
        return [[column % n_features for column in group] for group in several]

    def _starts_without_error(self, n_features: int) -> bool:
        # Components give the values of codes, and logits are still to be learned.
        return super()._starts_without_error(n_features) and not self._groups(
            n_features
        )

    def _check_fit(self, rows: Rows) -> None:
        super()._check_fit(rows)
        groups = self._groups(rows.n_features)
        if groups:
            check_one_hot(rows, groups)

    def _autoencoder(self, rows: Rows) -> dict[str, Any]:
        networks = super()._autoencoder(rows)
        groups = self._groups(rows.n_features)
        if groups and not hasattr(self.encoder, "transform"):
            center, scale = networks["center"], networks["scale"]
            networks["one_hot"] = one_hot_columns(rows, groups, center, scale)
        return networks


def check_one_hot(rows: Rows, groups: list[list[int]]) -> None:
    """Raise unless columns have two values, of which one row has the larger once."""
    low, high, _ = _statistics(rows)
    for chunk in rows.chunks():
        for group in groups:
            values = chunk[:, group]
            is_high = values == high[group]
            is_code = (is_high | (values == low[group])).all()
            is_one = (is_high & (high > low)[group]).sum(1).max() <= 1
            if not (is_code and is_one):
                raise ValueError(
                    f"Columns {group} of X, a group of feature_groups, should be one "
                    "one-hot code: two values in each, and at most one column of a row "
                    "with the larger. Leave other columns out of feature_groups."
                )


def one_hot_columns(
    rows: Rows, groups: list[list[int]], center: float, scale: float
) -> OneHotColumns:
    """The one-hot columns of a table.

    The weight of their cross-entropy is that of a likelihood in which the numbers are
    normal, with the mean of their variances, whatever the unit of the table.
    """
    low, high, variance = _statistics(rows)
    numbers = torch.ones_like(low, dtype=torch.bool)
    numbers[[column for group in groups for column in group]] = False
    noise = float(variance[numbers].mean()) / scale**2 if numbers.any() else 1.0
    low, high = (low - center) / scale, (high - center) / scale
    return OneHotColumns(groups, low, high, 2 * (noise or 1.0))


def _statistics(rows: Rows) -> tuple[Tensor, Tensor, Tensor]:
    """Smallest and largest value, and variance, of each column."""
    low = high = total = squares = torch.zeros(())
    for i, chunk in enumerate(rows.chunks()):
        low = chunk.amin(0) if i == 0 else torch.minimum(low, chunk.amin(0))
        high = chunk.amax(0) if i == 0 else torch.maximum(high, chunk.amax(0))
        if i == 0:
            origin = chunk[0].double()  # near the mean, for the digits of the variance
        moved = chunk.double() - origin
        total = total.to(moved) + moved.sum(0)
        squares = squares.to(moved) + moved.square().sum(0)
    variance = squares / len(rows) - (total / len(rows)).square()
    return low, high, variance.clamp(min=0)
