"""Finding extreme rows, and columns in far larger units than all others.

A row is extreme if it is five times as far from the medians of the columns as every row
that is not, and if at most 2 % of the rows are. In tables with heavy tails there are
rows in between, and more rows would be a cluster: both are left alone.
"""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from skdeepcluster.base.limits import GAP, MOST_ROWS, Limits, ViewLimits, mean_distance
from skdeepcluster.training import Rows

#: A column is in other units if the middle 80 % of its values spread over this many
#: times the whole range of every other column, and if at most this share (or a single
#: column) does.
_UNITS = 1000
_MOST_COLUMNS = 0.1

#: Rows that medians and spreads of columns are computed from, and values at most:
#: medians take several times their memory.
_SAMPLE = 2000
_SAMPLE_VALUES = 2**24

#: Rows whose distances are added up together.
_PIECE = 2**16

#: Rows and columns that a warning lists.
_SHOWN = 5


def find_limits(
    rows: Rows,
    columns: Sequence[np.ndarray],
    alike: Sequence[bool],
    names: Sequence[Any],
) -> tuple[Limits, bool]:
    """The limits of a table; warns of extreme rows and of columns in other units.

    Parameters
    ----------
    rows : Rows
    columns : sequence of ndarray of int
        Columns that are scaled together: all of them, or those of each view.
    alike : sequence of bool
        Whether all columns of a view have the same unit, as pixels have.
    names : sequence
        Name or number of each column of the table.

    Returns
    -------
    limits : Limits
    needed : bool
        Whether they change any of the rows.
    """
    n_sampled = min(_SAMPLE, max(1, _SAMPLE_VALUES // rows.n_features))
    sample = rows.sample(n_sampled, np.random.RandomState(0))
    views, with_units = [], []
    for numbers, same_unit in zip(columns, alike, strict=True):
        index = torch.from_numpy(numbers).to(rows.device)
        table = _complete(sample[:, index])
        if len(table):
            views.append(ViewLimits.around(table.median(0).values, index))
            with_units += [] if same_unit else views[-1:]
    limits = Limits(views, 1.0)
    extreme = _measure(rows, limits)
    wide = []
    for view in with_units:
        table = _complete(sample[:, view.columns])
        found = _wide_columns(table, view)
        if found:
            view.units[found] = _units(table, view, found)
            wide += [names[c] for c in view.columns[found].tolist()]
    if wide:
        _warn_of_columns(wide)
        extreme = _measure(rows, limits)
    if extreme:
        _warn_of_rows(extreme, [names[c] for c in _far_columns(rows, limits, extreme)])
    return limits, bool(wide or extreme)


def _complete(table: Tensor) -> Tensor:
    return table[table.isfinite().all(1)]


def _measure(rows: Rows, limits: Limits) -> list[int]:
    """Set ranges and reaches to those of the rows that are not extreme.

    Views that few rows have, or in which most are equal, are left out. Returns the
    numbers of the extreme rows.
    """
    if not limits.views:
        return []
    for view in limits.views:
        view.typical = 1.0
    distances = _all_distances(rows, limits)
    typical = [_median(of_view) for of_view in distances.T]
    kept = [number for number, median in enumerate(typical) if median > 0]
    limits.views = [limits.views[number] for number in kept]
    if not kept:
        return []
    for view, number in zip(limits.views, kept, strict=True):
        view.typical = typical[number]
    if len(kept) < distances.shape[1]:
        distances = distances[:, kept]
    total = _total_distances(distances, distances.new_tensor(typical)[kept])
    finite = total.isfinite()
    limits.reach = _largest_before_gap(_those(total, finite))
    ordinary = finite & (total <= limits.reach)
    for view, of_view in zip(limits.views, distances.T, strict=True):
        seen = _those(of_view, ordinary & of_view.isfinite())
        view.reach = float(seen.max()) if len(seen) else view.typical
    _set_ranges(rows, limits, ordinary)
    return (finite & ~ordinary).nonzero().flatten().tolist()


def _all_distances(rows: Rows, limits: Limits) -> Tensor:
    """Distance of each row in each view."""
    # Filled piece by piece: pieces would lie between chunks, and hold their memory.
    shape = len(rows), len(limits.views)
    distances = torch.empty(shape, dtype=torch.float64, device=rows.device)
    start = 0
    for chunk in rows.chunks():
        distances[start : start + len(chunk)] = _distances(limits, chunk)
        start += len(chunk)
    return distances


def _total_distances(distances: Tensor, typical: Tensor) -> Tensor:
    """Distance of each row in all views, in multiples of the typical ones."""
    total = distances.new_empty(len(distances))
    # In pieces, because steps in between would take several times the memory.
    for piece, result in zip(distances.split(_PIECE), total.split(_PIECE), strict=True):
        result.copy_(mean_distance(piece / typical))
    return total


def _distances(limits: Limits, chunk: Tensor) -> Tensor:
    tables = [view.select(chunk).double() for view in limits.views]
    pairs = zip(limits.views, tables, strict=True)
    return torch.stack([view.distance(table) for view, table in pairs], 1)


def _median(distances: Tensor) -> float:
    """The median; 0 of so few that a single one is more than the largest share."""
    finite = _those(distances, distances.isfinite())
    middle = (len(finite) - 1) // 2
    if len(finite) * MOST_ROWS < 1:
        return 0.0
    finite.partition(middle)
    return float(finite[middle])


def _those(distances: Tensor, mask: Tensor) -> np.ndarray:
    """A copy of those in the mask; torch would make a list of their positions."""
    return distances.cpu().numpy()[mask.cpu().numpy()]


def _largest_before_gap(distances: np.ndarray) -> float:
    """Largest distance of the rows that are not extreme; sorts them in place."""
    distances.sort()
    most = int(MOST_ROWS * len(distances))
    top = distances[-most - 1 :]
    gaps = np.flatnonzero(top[1:] > GAP * top[:-1])
    return float(top[gaps[0]] if len(gaps) else top[-1])


def _set_ranges(rows: Rows, limits: Limits, ordinary: Tensor) -> None:
    for view in limits.views:
        view.low = torch.full_like(view.center, torch.inf)
        view.high = -view.low
    start = 0
    for chunk in rows.chunks():
        kept = chunk[ordinary[start : start + len(chunk)]]
        start += len(chunk)
        for view in limits.views:
            table = _complete(view.select(kept))
            if len(table):
                view.low = torch.minimum(view.low, table.amin(0))
                view.high = torch.maximum(view.high, table.amax(0))


def _wide_columns(sample: Tensor, view: ViewLimits) -> list[int]:
    """Columns that spread far more widely than all others."""
    spread = np.subtract(*np.quantile(sample.cpu().numpy(), [0.9, 0.1], axis=0))
    whole = (view.high.double() - view.low.double()).cpu().numpy()
    order = np.argsort(-spread)
    for n in range(1, max(1, int(_MOST_COLUMNS * len(order))) + 1):
        wide, others = order[:n], order[n:]
        largest = whole[others].max(initial=0)
        if largest > 0 and spread[wide].min() > _UNITS * largest:
            return sorted(wide.tolist())
    return []


def _units(sample: Tensor, view: ViewLimits, wide: list[int]) -> Tensor:
    """Factors by which wide columns spread like the widest of the others."""
    kept = ((sample >= view.low) & (sample <= view.high)).all(1)
    spread = sample[kept].double().std(0, correction=0)
    others = torch.ones_like(spread, dtype=torch.bool)
    others[wide] = False
    return (spread[others].max() / spread[wide]).to(view.units.dtype)


def _far_columns(rows: Rows, limits: Limits, extreme: list[int]) -> list[int]:
    """Columns by which extreme rows are so."""
    x = rows.take(torch.tensor(extreme, device=rows.device))
    columns = []
    for view in limits.views:
        far = (view.deviation(view.select(x)).abs() > view.reach).any(0)
        columns += view.columns[far].tolist()
    return columns


def _warn_of_rows(extreme: list[int], columns: list[Any]) -> None:
    shown = ", ".join(map(str, extreme[:_SHOWN]))
    shown += ", ..." if extreme[_SHOWN:] else ""
    where = f" by column {columns[0]!r}" if len(columns) == 1 else ""
    one = len(extreme) == 1
    who = f"Row {shown} of X is" if one else f"{len(extreme)} rows of X ({shown}) are"
    warnings.warn(
        f"{who} extreme{where}: more than {GAP} times as far from the medians of the "
        f"columns as all others. {'It is' if one else 'They are'} treated as the "
        "nearest ordinary values, so as not to hide the clusters of the others. "
        f"Correct or drop {'it' if one else 'them'}, or, if "
        f"{'it is' if one else 'they are'} right, compress the columns, "
        "for example by numpy.arcsinh.",
        UserWarning,
        stacklevel=2,
    )


def _warn_of_columns(wide: list[Any]) -> None:
    shown = ", ".join(map(repr, wide[:_SHOWN])) + (", ..." if wide[_SHOWN:] else "")
    one = len(wide) == 1
    who = f"Column {shown} of X spreads" if one else f"Columns {shown} of X spread"
    warnings.warn(
        f"{who} over more than {_UNITS} times the range of all others. "
        f"{'It is' if one else 'They are'} rescaled so that the spread is that "
        "of the widest other column, so as not to hide the others. Bring the columns "
        f"to comparable scales (StandardScaler), or leave {'it' if one else 'them'} "
        "out.",
        UserWarning,
        stacklevel=2,
    )
