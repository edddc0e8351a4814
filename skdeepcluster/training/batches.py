"""Shuffled batches of rows: plain, stratified, and of files larger than memory."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor

from skdeepcluster.training.rows import Rows
from skdeepcluster.training.sources import LARGE_FILE

#: Rows of a stratum per batch; with fewer, its batch statistics are mostly noise.
_FEWEST_OF_STRATUM = 16

#: Bytes of a file that are kept in memory, and shuffled, at a time.
_WINDOW = LARGE_FILE

#: The same of a file whose rows are read in groups; at least one group.
_WINDOW_OF_GROUPS = 4 * LARGE_FILE


@dataclass
class Batch:
    """The input of a loss.

    Parameters
    ----------
    x : Tensor of shape (n_rows, n_features)
    index : LongTensor of shape (n_rows,)
        Positions of the rows in the table.
    generator : torch.Generator
        Source of noise.
    shared : dict
        Values that the loss of a player stores for the losses of later players.
    """

    x: Tensor
    index: Tensor
    generator: torch.Generator
    shared: dict[str, Any] = field(default_factory=dict)


class Batches:
    """Shuffled batches of rows, reshuffled for each iteration.

    A remainder of one row, or of less than a quarter of a batch, is added to the batch
    before it: a single row has no batch statistics, and the step of a small batch is
    mostly noise.
    """

    def __init__(
        self,
        rows: Rows,
        batch_size: int,
        generator: torch.Generator,
        noise: torch.Generator,
    ) -> None:
        self.rows = rows
        self.batch_size = batch_size
        self.generator = generator
        self.noise = noise
        self._bounds = _bounds(len(rows), batch_size)

    def __len__(self) -> int:
        return len(self._bounds) - 1

    def __iter__(self) -> Iterator[Batch]:
        indices = self._draw()
        # All at once: a copy for each batch would stall the GPU.
        order = torch.cat(indices)
        there = order.to(self.rows.device)
        picked = order if self.rows.storage_device.type == "cpu" else there
        sizes = [len(index) for index in indices]
        taken = self.rows.take_each(picked.split(sizes))
        for x, index in zip(taken, there.split(sizes), strict=True):
            yield Batch(x, index, self.noise)

    def _draw(self) -> list[Tensor]:
        """Positions of the rows of each batch."""
        order = torch.randperm(len(self.rows), generator=self.generator)
        return [order[start:end] for start, end in pairwise(self._bounds)]


class StratifiedBatches(Batches):
    """Batches that hold rows of every stratum, in the proportions of the table.

    If a stratum is too rare for that, each batch holds 16 rows of it, or all of them:
    its rows then occur several times per epoch, but never twice in a batch.

    Parameters
    ----------
    strata : ndarray of int of shape (n_samples,)
    """

    def __init__(
        self,
        rows: Rows,
        batch_size: int,
        generator: torch.Generator,
        noise: torch.Generator,
        strata: np.ndarray,
    ) -> None:
        super().__init__(rows, batch_size, generator, noise)
        self._members = [
            torch.from_numpy(np.flatnonzero(strata == s)) for s in np.unique(strata)
        ]

    def _draw(self) -> list[Tensor]:
        shares = [self._shares(members) for members in self._members]
        return [torch.cat(pieces) for pieces in zip(*shares, strict=True)]

    def _shares(self, members: Tensor) -> list[Tensor]:
        """Positions of a stratum's rows, one tensor per batch."""
        n, n_batches = len(members), len(self)
        order = members[torch.randperm(n, generator=self.generator)]
        fewest = min(_FEWEST_OF_STRATUM, n)
        if n < fewest * n_batches:
            order = order.repeat(-(-fewest * n_batches // n))[: fewest * n_batches]
        return list(order.tensor_split(n_batches))


class MappedBatches(Batches):
    """Batches of a large file, which is read in blocks and not row by row.

    Blocks of consecutive rows, of the size of a batch, are read in random order;
    several are kept in memory at a time, and their rows are shuffled. Each epoch reads
    the file once, and neighbouring rows of the file share a batch no more often than
    any other rows that are in memory together.
    """

    def __iter__(self) -> Iterator[Batch]:
        size, n = self.batch_size, len(self.rows)
        starts = size * torch.randperm(n // size, generator=self.generator)
        rest = range(len(starts) * size, n)
        for blocks in starts.split(self._blocks_held()):
            # The remainder comes last, and may make the last batch larger.
            spans = [range(b, b + size) for b in blocks.tolist()]
            if blocks[-1] == starts[-1] and rest:
                spans.append(rest)
            yield from self._of_window(spans)

    def _of_window(self, spans: list[range]) -> Iterator[Batch]:
        device = self.rows.device
        places = torch.cat([torch.arange(s.start, s.stop) for s in spans]).to(device)
        x = torch.empty(len(places), self.rows.n_features, device=device)
        start = 0
        for piece in self.rows.slice_each(spans):
            x[start : start + len(piece)] = piece
            start += len(piece)
        order = torch.randperm(len(x), generator=self.generator).to(device)
        bounds = _bounds(len(x), self.batch_size)
        for start, end in pairwise(bounds):
            kept = order[start:end]
            yield Batch(x[kept], places[kept], self.noise)

    def _blocks_held(self) -> int:
        block = 4 * self.batch_size * self.rows.n_features
        return max(1, _WINDOW // block)


class GroupedBatches(Batches):
    """Batches of a large file whose rows can only be read in groups.

    Groups are read in random order. As many as fit are kept in memory at a time, and
    their rows are shuffled; a last batch or two of them stay for the next ones.
    """

    def __iter__(self) -> Iterator[Batch]:
        groups = self.rows.source.groups
        assert groups is not None
        numbers = torch.randperm(len(groups), generator=self.generator).tolist()
        windows = [*self._windows([groups[number] for number in numbers])]
        device = self.rows.device
        x = torch.empty(0, self.rows.n_features, device=device)
        places = torch.empty(0, dtype=torch.long, device=device)
        for number, spans in enumerate(windows, 1):
            x, places = self._read(spans, x, places)
            order = torch.randperm(len(x), generator=self.generator).to(device)
            bounds = _bounds(len(x), self.batch_size)
            if number < len(windows):  # the remainder, and a batch that it may join
                bounds = bounds[: max(1, len(x) // self.batch_size)]
            for start, end in pairwise(bounds):
                kept = order[start:end]
                yield Batch(x[kept], places[kept], self.noise)
            rest = order[bounds[-1] :]
            x, places = x[rest], places[rest]

    def _windows(self, groups: list[range]) -> Iterator[list[range]]:
        """Groups that are in memory together."""
        most = _WINDOW_OF_GROUPS // (4 * self.rows.n_features)
        held: list[range] = []
        for group in groups:
            if held and sum(map(len, held)) + len(group) > most:
                yield held
                held = []
            held.append(group)
        yield held

    def _read(
        self, spans: list[range], x: Tensor, places: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Rows and their positions, after those that are left."""
        pieces = [torch.arange(span.start, span.stop) for span in spans]
        places = torch.cat([places, torch.cat(pieces).to(places.device)])
        rows = x.new_empty(len(places), x.shape[1])
        rows[: len(x)] = x
        start = len(x)
        for piece in self.rows.slice_each(spans):
            rows[start : start + len(piece)] = piece
            start += len(piece)
        return rows, places


def batches_of(
    rows: Rows,
    batch_size: int,
    generator: torch.Generator,
    noise: torch.Generator,
    strata: np.ndarray | None,
) -> Batches:
    """Choose the class of batches for the rows.

    A small memory map is read row by row like an array, with the same results.
    """
    drawn_from = (rows, batch_size, generator, noise)
    if strata is not None:
        return StratifiedBatches(*drawn_from, strata)
    if rows.source.reads_blocks and len(rows) > batch_size:
        in_groups = rows.source.groups is not None
        return (GroupedBatches if in_groups else MappedBatches)(*drawn_from)
    return Batches(*drawn_from)


def _bounds(n: int, batch_size: int) -> list[int]:
    """Start of each batch, and end of the last."""
    ends = list(range(batch_size, n, batch_size))
    rest = n - ends[-1] if ends else n
    if ends and (rest * 4 < batch_size or rest == 1 < batch_size):
        ends.pop()
    return [0, *ends, n]
