"""Mutual nearest neighbours."""

from typing import Any

import numpy as np
from sklearn.neighbors import NearestNeighbors

#: Rows among which neighbours are searched, so that cost is linear in the table.
_BLOCK = 10_000


def mutual_neighbors(
    X: Any, n_neighbors: int, random_state: np.random.RandomState
) -> tuple[np.ndarray, np.ndarray]:
    """Find the nearest rows of each row that also have it among their nearest.

    A large table is split into random blocks; neighbours are searched within a block.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features), or object that is indexed like one
    n_neighbors : int
    random_state : RandomState

    Returns
    -------
    positions : ndarray of int of shape (n_samples, n_neighbors)
        Only the first ``counts`` of each row are valid.
    counts : ndarray of int of shape (n_samples,)
        Number of neighbours; a row that has none counts as its own neighbour.
    """
    n = len(X)
    order = random_state.permutation(n)
    positions = np.tile(np.arange(n)[:, None], (1, n_neighbors))
    counts = np.ones(n, int)
    for block in map(np.sort, np.array_split(order, -(-n // _BLOCK))):
        wanted = min(n_neighbors, len(block) - 1)
        if wanted < 1:
            continue
        search = NearestNeighbors(n_neighbors=wanted).fit(X[block])
        nearest = search.kneighbors(return_distance=False)
        back = (nearest[nearest] == np.arange(len(block))[:, None, None]).any(2)
        first = np.argsort(~back, axis=1, kind="stable")
        neighbors = np.take_along_axis(nearest, first, axis=1)
        alone = ~back.any(1)
        neighbors[alone, 0] = np.flatnonzero(alone)
        positions[block, :wanted] = block[neighbors]
        counts[block] = np.maximum(back.sum(1), 1)
    return positions, counts
