"""The nearest rows of each row, exactly, in blocks of distances."""

import torch
from torch import Tensor

#: Distances that are held at a time: 64 MiB.
_BLOCK = 2**24


@torch.no_grad()
def nearest_neighbors(table: Tensor, n_neighbors: int) -> tuple[Tensor, Tensor]:
    """Nearest other rows of each row, by Euclidean distance.

    Every distance is computed, one block of rows after the other, so that time grows
    with the square of the rows and memory with their number.

    Parameters
    ----------
    table : Tensor of shape (n_samples, n_features)
        At least two rows.
    n_neighbors : int
        At most ``n_samples - 1`` are returned.

    Returns
    -------
    positions : LongTensor of shape (n_samples, n_neighbors)
        The nearest first. Of rows at the same distance any may come first.
    squared_distances : Tensor of shape (n_samples, n_neighbors)
    """
    n = len(table)
    n_neighbors = min(n_neighbors, n - 1)
    # Far from zero, float32 has no digits for differences.
    table = table - table.mean(0)
    squares = table.square().sum(1)
    positions = torch.empty(n, n_neighbors, dtype=torch.long, device=table.device)
    distances = table.new_empty(n, n_neighbors)
    step = max(1, _BLOCK // n)
    for start in range(0, n, step):
        block = table[start : start + step]
        end = start + len(block)
        # Squared distances less the square of the block's own row.
        partial = torch.addmm(squares, block, table.T, alpha=-2)
        itself = torch.arange(len(block), device=table.device)
        partial[itself, start + itself] = torch.inf
        values, positions[start:end] = partial.topk(n_neighbors, largest=False)
        distances[start:end] = values + squares[start:end, None]
    return positions, distances.clamp_(min=0)


def mutual(positions: Tensor) -> Tensor:
    """Whether each neighbour has the row among its own neighbours.

    Parameters
    ----------
    positions : LongTensor of shape (n_samples, n_neighbors)

    Returns
    -------
    mutual : BoolTensor of shape (n_samples, n_neighbors)
    """
    n, n_neighbors = positions.shape
    step = max(1, _BLOCK // n_neighbors**2)
    rows = torch.arange(n, device=positions.device)[:, None, None]
    return torch.cat(
        [
            (positions[block] == rows[start : start + len(block)]).any(2)
            for start, block in zip(
                range(0, n, step), positions.split(step), strict=True
            )
        ]
    )
