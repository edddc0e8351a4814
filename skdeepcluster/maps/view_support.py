"""Views of which neighbours in all other views tell something."""

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

#: Rows that are compared at most, and neighbours of each.
_ROWS = 1000
_NEIGHBORS = 15

#: Searches for neighbours, each without some of the views.
_SEARCHES = 64

#: Standard errors up to which support may be chance.
_ERRORS = 3.0

#: The same for the mean of views that would be left out: with many views of which each
#: tells little, they tell much together.
_ERRORS_TOGETHER = 6.0


def supported_views(
    tables: Sequence[Tensor], observed: Tensor, copies: np.ndarray | None = None
) -> np.ndarray:
    """Views that have something in common with all others together.

    Pair by pair, views of which each tells little hardly agree; what they have in
    common adds up in the others side by side.

    Parameters
    ----------
    tables : sequence of Tensor of shape (n_samples, n_features of the view)
        Zero in rows that lack the view.
    observed : BoolTensor of shape (n_samples, n_views)
    copies : ndarray of shape (n_views, n_views), optional
        How far pairs of views are copies of each other, which then do not support each
        other; ones on the diagonal.

    Returns
    -------
    supported : ndarray of bool of shape (n_views,)
        True for all where those that would be left out are supported all together.
    """
    if copies is None:
        copies = np.eye(len(tables))
    errors = errors_above_chance(tables, observed, copies)
    supported = errors > _ERRORS
    rest = errors[~supported]
    if rest.sum() > _ERRORS_TOGETHER * len(rest) ** 0.5:
        supported[:] = True
    return supported


def errors_above_chance(
    tables: Sequence[Tensor], observed: Tensor, copies: np.ndarray
) -> np.ndarray:
    """How far rows are like their neighbours in the other views, in each view.

    Neighbours are searched in the other views side by side, each of which counts alike,
    and the row's values in the view are multiplied by the means of its neighbours.

    Parameters
    ----------
    tables, observed, copies
        As in :func:`supported_views`.

    Returns
    -------
    errors : ndarray of shape (n_views,)
        In standard errors of what an independent view would have.
    """
    several = (observed.sum(1) > 1).nonzero()[:, 0]
    drawn = np.random.RandomState(0).permutation(len(several))[:_ROWS]
    rows = several[torch.from_numpy(drawn).to(observed.device)]
    observed = observed[rows].cpu()
    tables = [
        _of_unit_variance(table[rows].cpu().double(), has)
        for table, has in zip(tables, observed.T, strict=True)
    ]
    distances = torch.zeros(len(rows), len(rows), dtype=torch.double)
    for table, has in zip(tables, observed.T, strict=True):
        distances += _squared_distances(table, has)
    errors = np.zeros(len(tables))
    views = np.arange(len(tables))
    for left_out in np.array_split(views, min(_SEARCHES, len(tables))):
        others = 1 - copies[left_out].max(0)  # 0 for the views themselves
        if others.sum() < 1e-9:
            continue
        rest = distances.clone()
        for view in np.flatnonzero(others < 1):
            own = _squared_distances(tables[view], observed[:, view])
            rest -= (1 - others[view]) * own
        if not observed.all():
            seen = observed * torch.from_numpy(others)
            rest.masked_fill_(seen @ seen.T < 1e-9, torch.inf)
        rest.fill_diagonal_(torch.inf)
        for view in left_out:
            errors[view] = _errors(tables[view], observed[:, view], rest)
    return errors


def _errors(table: Tensor, has: Tensor, distances: Tensor) -> float:
    """The same of one view, from distances in the others."""
    if not has.all():
        table, distances = table[has], distances[has][:, has]
    n_neighbors = min(_NEIGHBORS, len(table) - 1)
    if n_neighbors < 1:
        return 0.0
    distance, nearest = distances.topk(n_neighbors, largest=False)
    compared = distance.isfinite()
    alike = ((table[nearest] * compared[:, :, None]).sum(1) * table).sum(1)
    alike = (alike / compared.sum(1))[compared.any(1)]
    if len(alike) < 2:
        return 0.0
    mean = alike.mean().item()
    # Rows that are neighbours of each other count twice.
    error = alike.std().item() * math.sqrt(2 / len(alike))
    if error < 1e-9:  # a yes/no question that the others answer, or a constant view
        return math.inf if mean > 0 else 0.0
    return mean / error


def _of_unit_variance(table: Tensor, has: Tensor) -> Tensor:
    """Of mean zero and mean square one among the rows that have the view."""
    n_rows = has.sum().clamp(min=1)
    table = (table - table.sum(0) / n_rows) * has[:, None]
    return table / (table.square().sum() / n_rows).sqrt().clamp(min=1e-12)


def _squared_distances(table: Tensor, has: Tensor) -> Tensor:
    """Where one of two rows lacks the view, what two rows have on average."""
    distances = torch.cdist(table, table).square()
    return distances.masked_fill_(~(has[:, None] & has), 2.0)
