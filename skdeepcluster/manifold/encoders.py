"""Encoders that begin with principal components: of a table, and of views."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from skdeepcluster.networks import NormalizedMLP, PrincipalComponents
from skdeepcluster.training import Rows

#: Total width of the hidden layers of all views, and the least and most of one.
_TOTAL_WIDTH = 1024
_WIDTHS = 32, 256

#: Rows that a view's principal components are computed from.
_PCA_ROWS = 20_000

#: Share of zeros from which a view without negative values counts as term counts.
_SPARSE = 0.5


def hidden_widths(n_views: int) -> tuple[int, int]:
    """Widths of the hidden layers of each view: the narrower, the more views."""
    least, most = _WIDTHS
    width = min(most, max(least, _TOTAL_WIDTH // n_views))
    return width, width


def is_like_counts(table: np.ndarray) -> bool:
    """Whether a table looks like term counts: nothing negative, and mostly zeros.

    In such tables only the proportions of a row matter, and rows are compared by the
    cosine of their angle.

    Parameters
    ----------
    table : ndarray of shape (n_samples, n_features)
    """
    return bool(table.min() >= 0 and (table == 0).mean() >= _SPARSE)


def view_sample(rows: Rows, view: int, columns: np.ndarray) -> np.ndarray:
    """Up to 20 000 rows of a view, drawn among those that have it.

    Parameters
    ----------
    rows : Rows
        With ``observed`` set.
    view : int
    columns : ndarray of int
    """
    assert rows.observed is not None
    index = rows.observed[:, view].nonzero()[:, 0].cpu()
    if len(index) > _PCA_ROWS:
        drawn = np.random.RandomState(0).choice(len(index), _PCA_ROWS, replace=False)
        index = index[torch.from_numpy(np.sort(drawn))]
    return rows.take(index)[:, torch.from_numpy(columns)].cpu().numpy()


def embedding_network(
    projection: PrincipalComponents, hidden: Sequence[int], n_components: int
) -> nn.Sequential:
    """An encoder that begins with a projection."""
    widths = [len(projection.components), *hidden]
    return nn.Sequential(
        projection, NormalizedMLP(widths), nn.Linear(widths[-1], n_components)
    )
