"""The nearest rows of each row: exactly in blocks of distances, or approximately."""

from functools import partial
from importlib.util import find_spec

import torch
from torch import Tensor

from skdeepcluster.training import row_by_row, warn_once

#: Distances that are held at a time: 16 MiB. Larger blocks are slower, too.
_BLOCK = 2**22

#: Neighbours at least where clusters have few rows.
_FEWEST_NEIGHBORS = 3

#: Rows above which neighbours are searched approximately.
_EXACT_ROWS = 100_000


def within_clusters(n_neighbors: int, n_samples: int, n_clusters: int | None) -> int:
    """As many neighbours as a cluster of average size has, if these are fewer.

    Parameters
    ----------
    n_neighbors : int
        At most.
    n_samples : int
    n_clusters : int or None
        None if it is not known.
    """
    if n_clusters is None:
        return n_neighbors
    others = n_samples // n_clusters - 1
    return min(n_neighbors, max(_FEWEST_NEIGHBORS, others))


@torch.no_grad()
def nearest_neighbors(
    table: Tensor, n_neighbors: int, seed: int = 0
) -> tuple[Tensor, Tensor]:
    """Nearest other rows of each row, by Euclidean distance.

    Up to 100 000 rows every distance is computed, one block of rows after the other, so
    that time grows with the square of the rows and memory with their number. Larger
    tables are searched by pynndescent, if it is installed, in nearly linear time; it
    finds almost all of the nearest rows.

    Parameters
    ----------
    table : Tensor of shape (n_samples, n_features)
        A single row has no neighbours.
    n_neighbors : int
        At most ``n_samples - 1`` are returned.
    seed : int, default=0
        Of the approximate search.

    Returns
    -------
    positions : LongTensor of shape (n_samples, n_neighbors)
        The nearest first. Of rows at the same distance any may come first.
    squared_distances : Tensor of shape (n_samples, n_neighbors)
    """
    n_neighbors = min(n_neighbors, len(table) - 1)
    if len(table) > _EXACT_ROWS:
        if find_spec("pynndescent") is not None:
            return _approximate(table, n_neighbors, seed)
        warn_once(
            f"Comparing all pairs of {len(table)} rows takes time that grows with the "
            "square of their number. Install pynndescent for a faster, approximate "
            "search.",
        )
    # Far from zero, float32 has no digits for differences.
    table = table - table.mean(0)
    search = partial(_exact, table, n_neighbors)
    positions, distances = row_by_row(search, len(table))
    return positions, distances


def _exact(table: Tensor, n_neighbors: int, rows: range) -> tuple[Tensor, Tensor]:
    squares = table.square().sum(1)
    shape = len(rows), n_neighbors
    positions = torch.empty(shape, dtype=torch.long, device=table.device)
    distances = table.new_empty(shape)
    step = max(1, _BLOCK // len(table))
    for start in range(rows.start, rows.stop, step):
        stop = min(rows.stop, start + step)
        block = table[start:stop]
        # Squared distances less the square of the block's own row.
        relative = torch.addmm(squares, block, table.T, alpha=-2)
        itself = torch.arange(len(block), device=table.device)
        relative[itself, start + itself] = torch.inf
        found = slice(start - rows.start, stop - rows.start)
        values, positions[found] = relative.topk(n_neighbors, largest=False)
        distances[found] = values + squares[start:stop, None]
        del relative  # before the next block is made
    return positions, distances.clamp_(min=0)


def _approximate(table: Tensor, n_neighbors: int, seed: int) -> tuple[Tensor, Tensor]:
    from pynndescent import NNDescent

    # One more, because each row finds itself.
    index = NNDescent(
        table.cpu().numpy(), n_neighbors=n_neighbors + 1, random_state=seed
    )
    found = (torch.from_numpy(each) for each in index.neighbor_graph)
    positions, distances = (each.to(table.device) for each in found)
    itself = positions == torch.arange(len(table), device=table.device)[:, None]
    # Among copies of a row it may not find itself: then the last one goes.
    order = itself.int().argsort(dim=1, stable=True)[:, :n_neighbors]
    return positions.long().gather(1, order), distances.square().gather(1, order)


def mutual(positions: Tensor) -> Tensor:
    """Whether each neighbour has the row among its own neighbours.

    Parameters
    ----------
    positions : LongTensor of shape (n_samples, n_neighbors)
        -1 for none.

    Returns
    -------
    mutual : BoolTensor of shape (n_samples, n_neighbors)
        False for none.
    """
    n, n_neighbors = positions.shape
    step = max(1, _BLOCK // n_neighbors**2)
    rows = torch.arange(n, device=positions.device)[:, None, None]
    back = torch.cat(
        [
            (positions[block] == rows[start : start + len(block)]).any(2)
            for start, block in zip(
                range(0, n, step), positions.split(step), strict=True
            )
        ]
    )
    return back & (positions >= 0)
