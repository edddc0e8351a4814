"""Encoders behind principal components: of a table, and of views."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from skdeepcluster.base.components import projection_of
from skdeepcluster.networks import (
    NormalizedMLP,
    PrincipalComponents,
    ProjectedViews,
    ViewInput,
)
from skdeepcluster.training import Rows

#: Total width of the hidden layers of all views, and the least and most of one.
_TOTAL_WIDTH = 1024
_WIDTHS = 32, 256

#: Rows that a view's principal components are computed from.
_PCA_ROWS = 20_000

#: Values of a sample at most: 256 MiB.
_SAMPLE_VALUES = 2**26

#: Share of zeros from which a view without negative values counts as term counts.
_SPARSE = 0.5


def hidden_widths(n_views: int) -> tuple[int, int]:
    """Widths of the hidden layers of each view: the narrower, the more views."""
    least, most = _WIDTHS
    width = min(most, max(least, _TOTAL_WIDTH // n_views))
    return width, width


def embedding_network(
    n_features: int, hidden: Sequence[int], n_components: int
) -> nn.Sequential:
    """An encoder with batch normalisation and a linear last layer."""
    widths = [n_features, *hidden]
    return nn.Sequential(NormalizedMLP(widths), nn.Linear(widths[-1], n_components))


def is_like_counts(table: np.ndarray) -> bool:
    """Whether a table looks like term counts: nothing negative, and mostly zeros.

    In such tables only the proportions of a row matter, and rows are compared by the
    cosine of their angle.

    Parameters
    ----------
    table : ndarray of shape (n_samples, n_features)
    """
    return bool(table.min() >= 0 and (table == 0).mean() >= _SPARSE)


def projected_views(
    rows: Rows, views: ViewInput, kept: Sequence[bool], metric: str
) -> ProjectedViews:
    """Principal components of each view.

    Parameters
    ----------
    rows : Rows
        With ``observed`` set.
    views : ViewInput
        Of these rows. Views that are compared by cosine lose their centre.
    kept : sequence of bool
        Views that are not projected, because their encoder takes all columns.
    metric : {"auto", "euclidean", "cosine"}
        "auto" compares views like term counts by cosine.
    """
    assert rows.observed is not None
    projections: list[PrincipalComponents | None] = []
    for view, columns in enumerate(views.columns().values()):
        index = _drawn(rows.observed[:, view], _SAMPLE_VALUES // rows.n_features)
        sample = rows.take(index)[:, torch.from_numpy(columns)].cpu()
        cosine = _is_by_cosine(sample, metric)
        if cosine:  # angles are those at the origin
            views.keep_origin(view)
        if kept[view]:
            projections.append(None)
        else:
            table = views.rescale(sample, view).numpy()
            projections.append(projection_of(table, unit_length=cosine))
    return ProjectedViews(views, projections)


def searched_views(
    tables: Sequence[Tensor], observed: Tensor, front: ProjectedViews, metric: str
) -> list[Tensor]:
    """The tables in which neighbours are searched: principal components of each view.

    Parameters
    ----------
    tables : sequence of Tensor of shape (n_samples, n_features of the view)
        As ``front`` makes them.
    observed : BoolTensor of shape (n_samples, n_views)
    front : ProjectedViews
        Views that it leaves as they are, for their encoders, are projected here.
    metric : {"auto", "euclidean", "cosine"}
        As in :func:`projected_views`.
    """
    searched = []
    for table, has, given in zip(tables, observed.T, front.projections, strict=True):
        if not isinstance(given, PrincipalComponents):
            sample = table[_drawn(has, _PCA_ROWS).to(table.device)].cpu()
            cosine = _is_by_cosine(sample, metric)
            projection = projection_of(sample.numpy(), unit_length=cosine)
            table = projection.to(table.device)(table)
        searched.append(table)
    return searched


def _drawn(has: Tensor, most: int) -> Tensor:
    """Positions of up to 20 000 rows, drawn among those that have a view."""
    index = has.nonzero()[:, 0].cpu()
    n = min(_PCA_ROWS, max(1, most))
    if len(index) > n:
        drawn = np.random.RandomState(0).choice(len(index), n, replace=False)
        index = index[torch.from_numpy(np.sort(drawn))]
    return index


def _is_by_cosine(sample: Tensor, metric: str) -> bool:
    return metric == "cosine" or (metric == "auto" and is_like_counts(sample.numpy()))
