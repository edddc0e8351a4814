"""Rows of a table as float32 tensors, in batches and in chunks."""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

#: Rows encoded at a time outside training. Every inference walks a table in
#: the same chunks, so that labels of equal tables are equal bit for bit.
CHUNK_SIZE = 2048

#: Matrix libraries add up a product of one to three rows in another order than one
#: of many; a row's last digits would depend on the rows beside it.
_FEWEST_ROWS = 16

#: Rows of a stratum without which its batch statistics are mostly noise.
_FEWEST_OF_STRATUM = 16


def is_memory_map(X: object) -> bool:
    """Whether ``X`` is, or is a view of, a numpy memory map."""
    while isinstance(X, np.ndarray):
        if isinstance(X, np.memmap):
            return True
        X = X.base
    return False


class Rows:
    """The rows of a 2-D array, handed out as float32 tensors on a device.

    A C-contiguous float32 array is used in place. Any other array is converted
    once when ``resident`` is true and it is not a memory map, else piece by
    piece, so that memory stays bounded.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        Real numbers of any dtype.
    device : torch.device
    resident : bool
        Whether rows are read many times (training) or once (inference).
    """

    def __init__(
        self, X: np.ndarray, device: torch.device, *, resident: bool = True
    ) -> None:
        self.device = device
        self.array = X
        self._tensor: Tensor | None = None
        if resident and not is_memory_map(X):
            self._tensor = _from_numpy(_as_float32(X)).to(device)
        elif X.dtype == np.float32 and X.flags.c_contiguous and min(X.strides) >= 0:
            self._tensor = _from_numpy(X)

    def __len__(self) -> int:
        return len(self.array)

    @property
    def n_features(self) -> int:
        return self.array.shape[1]

    def take(self, index: Tensor) -> Tensor:
        """The rows at ``index``, a tensor on ``device`` or the CPU."""
        if self._tensor is not None:
            return self._tensor[index.to(self._tensor.device)].to(self.device)
        return self._convert(self.array[index.cpu().numpy()])

    def sample(self, n: int, random_state: np.random.RandomState) -> Tensor:
        """At most ``n`` rows of all the table, in its order."""
        n = min(len(self), n)
        index = np.sort(random_state.choice(len(self), n, replace=False))
        return self.take(torch.from_numpy(index))

    def chunks(self, size: int = CHUNK_SIZE) -> Iterator[Tensor]:
        """Consecutive pieces of at most ``size`` rows."""
        for start in range(0, len(self), size):
            piece = slice(start, start + size)
            if self._tensor is not None:
                yield self._tensor[piece].to(self.device)
            else:
                yield self._convert(self.array[piece])

    def map(self, function: Callable[[Tensor], Tensor]) -> Tensor:
        """Apply a row-wise function chunk by chunk; results on ``device``."""
        output: Tensor | None = None
        start = 0
        with torch.no_grad():
            for chunk in self.chunks():
                result = function(_at_least_few(chunk))[: len(chunk)]
                if output is None:
                    output = result.new_empty(len(self), *result.shape[1:])
                output[start : start + len(result)] = result
                start += len(result)
        assert output is not None, "a table has at least one row"
        return output

    def root_mean_square(self, center: float = 0.0) -> float:
        """Root mean square of the whole table around ``center``; 1 where it is 0.

        Raises
        ------
        ValueError
            If a value is too large for float32 arithmetic.
        """
        scale = self._mean(lambda chunk: (chunk - center).square()) ** 0.5
        if not np.isfinite(np.float32(scale)):
            raise ValueError(
                "Input X contains values too large for float32 arithmetic; scale it "
                "first, for example with StandardScaler."
            )
        return scale or 1.0

    def mean(self) -> float:
        """Mean of the whole table."""
        return self._mean(lambda chunk: chunk)

    def _mean(self, function: Callable[[Tensor], Tensor]) -> float:
        total = sum(float(function(c.double()).sum()) for c in self.chunks())
        return total / self.array.size

    def _convert(self, piece: np.ndarray) -> Tensor:
        return torch.from_numpy(_as_float32(piece)).to(self.device)


@dataclass
class Batch:
    """What a loss is given: rows, their positions, and a source of noise."""

    x: Tensor
    index: Tensor
    generator: torch.Generator


class Batches:
    """Shuffled batches of rows, reshuffled each time they are walked.

    A remainder of less than a quarter of a batch joins the batch before it: a
    batch of one row has no batch statistics, and its step is mostly noise.
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
        n = len(rows)
        ends = list(range(batch_size, n, batch_size))
        if ends and (n - ends[-1]) * 4 < batch_size:
            ends.pop()
        self._bounds = [0, *ends, n]

    def __len__(self) -> int:
        return len(self._bounds) - 1

    def __iter__(self) -> Iterator[Batch]:
        for index in self._draw():
            index = index.to(self.rows.device)
            yield Batch(self.rows.take(index), index, self.noise)

    def _draw(self) -> Iterator[Tensor]:
        """Positions of the rows of each batch."""
        order = torch.randperm(len(self.rows), generator=self.generator)
        for start, end in zip(self._bounds[:-1], self._bounds[1:], strict=True):
            yield order[start:end]


class StratifiedBatches(Batches):
    """Batches that hold rows of every stratum, in the proportions of the table.

    Of a stratum too rare for that, each batch holds 16 rows, or all: rows then come
    several times while the table is walked once, though never twice in a batch.

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

    def _draw(self) -> Iterator[Tensor]:
        shares = [self._shares(members) for members in self._members]
        for pieces in zip(*shares, strict=True):
            yield torch.cat(pieces)

    def _shares(self, members: Tensor) -> list[Tensor]:
        """Positions of a stratum's rows, one piece a batch."""
        n, n_batches = len(members), len(self)
        order = members[torch.randperm(n, generator=self.generator)]
        fewest = min(_FEWEST_OF_STRATUM, n)
        if n < fewest * n_batches:
            order = order.repeat(-(-fewest * n_batches // n))[: fewest * n_batches]
        return list(order.tensor_split(n_batches))


def _at_least_few(chunk: Tensor) -> Tensor:
    """The rows, and below them copies of the last while there are few."""
    missing = _FEWEST_ROWS - len(chunk)
    if missing <= 0:
        return chunk
    return torch.cat([chunk, chunk[-1:].expand(missing, -1)])


def _as_float32(X: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):  # infinities are reported by their reader
        X = np.ascontiguousarray(X, dtype=np.float32)
    # A single row or column counts as contiguous even when it runs backwards.
    return X.copy() if min(X.strides) < 0 else X


def _from_numpy(X: np.ndarray) -> Tensor:
    with warnings.catch_warnings():
        # Read-only arrays are fine: rows are only ever read.
        warnings.filterwarnings("ignore", message=".*not writable.*")
        return torch.from_numpy(X)
