"""What extreme rows, and columns in far larger units than others, are taken as."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor

#: How many times as far from the medians of the columns as every other row an extreme
#: row is, and the largest share of rows that can be.
GAP = 5
MOST_ROWS = 0.02


@dataclass
class ViewLimits:
    """Limits of the columns of a table, or of one of its views.

    Parameters
    ----------
    columns : LongTensor of shape (n_columns,)
        Their numbers.
    center : Tensor of shape (n_columns,)
        Their medians.
    units : Tensor of shape (n_columns,)
        What each column is multiplied by; it is 1 for most.
    low, high : Tensor of shape (n_columns,)
        Range of the rows that are not extreme, in ``units``.
    typical, reach : float
        Median and maximum of the distance of these rows to the medians.
    """

    columns: Tensor
    center: Tensor
    units: Tensor
    low: Tensor
    high: Tensor
    typical: float = 1.0
    reach: float = 1.0

    def __post_init__(self) -> None:
        in_order = torch.arange(len(self.columns), device=self.columns.device)
        self._in_order = torch.equal(self.columns, in_order)

    @classmethod
    def around(cls, center: Tensor, columns: Tensor) -> Self:
        """No limits yet."""
        return cls(columns, center, torch.ones_like(center), center, center)

    @classmethod
    def from_state(cls, state: Mapping[str, Any], device: torch.device) -> Self:
        """The limits whose ``state`` this is, on a device."""
        arguments: dict[str, Any] = {
            name: value
            if isinstance(value, float)
            else torch.tensor(value, device=device)
            for name, value in state.items()
        }
        return cls(**arguments)

    def state(self) -> dict[str, Any]:
        """The arguments, as numbers and arrays."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {
            name: value if isinstance(value, float) else value.cpu().numpy()
            for name, value in values.items()
        }

    def select(self, x: Tensor) -> Tensor:
        """These columns of rows, in ``units``."""
        every = self._in_order and len(self.columns) == x.shape[1]
        table = x if every else x[:, self.columns]
        if not self.has_units():
            return table
        return torch.where(self.units == 1, table, (table - self.center) * self.units)

    def restore(self, table: Tensor) -> Tensor:
        """Rows of these columns in the units of the data."""
        if not self.has_units():
            return table
        return torch.where(self.units == 1, table, table / self.units + self.center)

    def has_units(self) -> bool:
        """Whether columns are converted; they are also centred."""
        return bool((self.units != 1).any())

    def deviation(self, table: Tensor) -> Tensor:
        """Rows of these columns, in ``units``, less the medians."""
        return table - torch.where(self.units == 1, self.center, 0)

    def distance(self, table: Tensor) -> Tensor:
        """Distance of rows to the medians, in multiples of the typical one."""
        return (self.deviation(table) / self.typical).norm(dim=1)

    def within(self, table: Tensor) -> Tensor:
        """Rows moved into the range of each column, and then into reach."""
        table = table.clamp(self.low, self.high)
        from_center = self.deviation(table)
        excess = from_center.norm(dim=1, keepdim=True) / self.reach
        center = table - from_center
        return torch.where(excess > 1, center + from_center / excess, table)


class Limits:
    """Limits of all views of a table; a function of rows.

    Parameters
    ----------
    views : sequence of ViewLimits
    reach : float
        Largest distance of a row that is not extreme, of all its views.

    Attributes
    ----------
    n_moved : int
        Number of extreme rows so far.
    """

    def __init__(self, views: Sequence[ViewLimits], reach: float) -> None:
        self.views = list(views)
        self.reach = reach
        self.n_moved = 0

    @classmethod
    def from_state(cls, state: Mapping[str, Any] | None, device: torch.device) -> Self:
        """The limits whose ``state`` this is, on a device; None has no limits."""
        if state is None:
            return cls([], 1.0)
        views = [ViewLimits.from_state(view, device) for view in state["views"]]
        return cls(views, state["reach"])

    def state(self) -> dict[str, Any]:
        """Numbers and arrays from which the limits can be made again."""
        return {"reach": self.reach, "views": [view.state() for view in self.views]}

    def __call__(self, x: Tensor) -> Tensor:
        """Rows in units and limits; ``x`` itself, if nothing changes."""
        if not self.views:
            return x
        tables = [view.select(x) for view in self.views]
        extreme = self.is_extreme(tables)
        moved = bool(extreme.any())
        if moved:  # infinities remain, for the error that names their row
            extreme &= ~x.isinf().any(1)
            self.n_moved += int(extreme.sum())
        elif not any(view.has_units() for view in self.views):
            return x
        x = x.clone()
        for view, table in zip(self.views, tables, strict=True):
            if moved:
                table = torch.where(extreme[:, None], view.within(table), table)
            x[:, view.columns] = table
        return x

    def is_extreme(self, tables: Sequence[Tensor]) -> Tensor:
        """Whether rows, given by the tables of all views, are extreme."""
        distances = [
            view.distance(t) for view, t in zip(self.views, tables, strict=True)
        ]
        # Training rows lie within 1 or beyond 5; rounding decides for none of them.
        return mean_distance(torch.stack(distances, 1)) > 0.99 * GAP * self.reach

    def restore(self, table: Tensor, columns: np.ndarray | None = None) -> Tensor:
        """Rows in the units of the data: of all columns, or of those of one view."""
        for view in self.views:
            if columns is None or np.array_equal(view.columns.cpu(), columns):
                table = view.restore(table)
        return table

    def warn_of_new_rows(self, n_rows: int) -> None:
        """Warn if a larger share of the rows so far was extreme than ever in fit."""
        if self.n_moved > MOST_ROWS * n_rows:
            warnings.warn(
                f"{self.n_moved} of {n_rows} rows of X are more than {GAP} times as "
                "far from the medians of the columns as the rows that the model was "
                "fitted on, and treated as the nearest ordinary values. Are the "
                "columns in the same order and units?",
                UserWarning,
                stacklevel=2,
            )


def mean_distance(distances: Tensor) -> Tensor:
    """Root mean square of the distances in all views that a row has."""
    return distances.square().nanmean(1).sqrt()
