"""Rows of a table as float32 tensors, by position and in chunks."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import torch
from scipy.sparse import csr_array, vstack
from torch import Tensor

from skdeepcluster.training.sources import (
    ArraySource,
    SparseSource,
    chunk_rows,
    is_memory_map,
    source_of,
)
from skdeepcluster.training.transfer import fits_on_device, prefetch_to_device

if TYPE_CHECKING:
    from skdeepcluster.training.hints import Hints

#: Values of a sample at most: 256 MiB.
_SAMPLE_VALUES = 2**26

#: Stored values of a sparse table that are summed at a time.
_SUMMED = 2**20

#: Matrix libraries sum a product of one to three rows in a different order from one
#: of many; a row's last digits would depend on the number of rows.
_FEWEST_ROWS = 16


class Rows:
    """The rows of a table as float32 tensors on a device.

    A C-contiguous float32 array is used in place. Any other array is converted
    once if ``resident`` is true and it is not a memory map. Everything else is
    converted chunk by chunk, so that memory stays bounded. A resident table is kept
    on the device if it fits there; otherwise chunks are prefetched.

    Parameters
    ----------
    X : table of shape (n_samples, n_features)
        Real numbers of any dtype: an array, a sparse matrix stored by rows, or an
        object with ``shape``, ``dtype`` and slices.
    device : torch.device
        Where rows are used.
    resident : bool
        Whether rows are read many times (training) or once (inference).

    Attributes
    ----------
    limits : callable or None
        Applied to all rows that are read, on ``device``: what extreme rows are taken
        as, row by row.
    observed : BoolTensor of shape (n_samples, n_views) or None
        Which rows have which view, set by estimators of several views.
    hints : Hints or None
        What is known of the clusters of some rows, set by a fit that is told.
    """

    limits: Callable[[Tensor], Tensor] | None = None
    observed: Tensor | None = None
    hints: Hints | None = None

    def __init__(self, X: Any, device: torch.device, *, resident: bool = True) -> None:
        self.device = device
        self.source = source_of(X)
        self._tensor: Tensor | None = None
        if not isinstance(self.source, ArraySource):
            return
        if resident and not is_memory_map(X):
            tensor = _from_numpy(_as_float32(X))
            there = fits_on_device(device, tensor.nbytes)
            self._tensor = tensor.to(device) if there else tensor
        elif X.dtype == np.float32 and X.flags.c_contiguous and min(X.strides) >= 0:
            self._tensor = _from_numpy(X)

    def __len__(self) -> int:
        return self.source.table.shape[0]

    @property
    def n_features(self) -> int:
        return self.source.table.shape[1]

    @property
    def is_sparse(self) -> bool:
        return isinstance(self.source, SparseSource)

    @property
    def storage_device(self) -> torch.device:
        """Where rows are selected: ``device`` if the table is there, else the CPU."""
        return torch.device("cpu") if self._tensor is None else self._tensor.device

    def take(self, index: Tensor) -> Tensor:
        """The rows at ``index``, a tensor on ``device`` or the CPU."""
        return self._limited(self._pick(index).to(self.device))

    def take_each(self, indices: Iterable[Tensor]) -> Iterator[Tensor]:
        """The rows at each index, prefetched to ``device``."""
        return self._sent(self._pick(index) for index in indices)

    def slice_each(self, spans: Iterable[range]) -> Iterator[Tensor]:
        """Consecutive rows of each span, prefetched to ``device``."""
        return self._sent(self._cut(span.start, span.stop) for span in spans)

    def sample(self, n: int, random_state: np.random.RandomState) -> Tensor:
        """A random sample of at most ``n`` rows, in the order of the table.

        It has fewer rows of very wide tables.
        """
        n = min(n, max(1, _SAMPLE_VALUES // self.n_features))
        return self.take(torch.from_numpy(self._drawn(n, random_state)))

    def subsample(self, n: int, random_state: np.random.RandomState) -> Self:
        """A random sample of at most ``n`` rows as a table, sparse if this one is."""
        return self.subset(self._drawn(n, random_state))

    def subset(self, index: np.ndarray) -> Self:
        """The rows at positions as a table of its own."""
        rows = type(self)(self.source.subset(index), self.device)
        rows.limits = self.limits
        return rows

    def table(self) -> Any:
        """The whole table; it belongs to the caller of fit, if rows have no limits."""
        if self.limits is None:
            return self.source.table
        chunks = (chunk.cpu().numpy() for chunk in self.chunks())
        if self.is_sparse:
            return vstack([csr_array(chunk) for chunk in chunks], format="csr")
        return np.concatenate([*chunks])

    def chunks(self, size: int | None = None) -> Iterator[Tensor]:
        """Consecutive chunks of at most ``size`` rows."""
        size = size or chunk_rows(self.n_features)
        starts = range(0, len(self), size)
        return self.slice_each(range(start, start + size) for start in starts)

    def n_distinct(self, most: int = 10_000) -> int:
        """Number of distinct rows, of a sample where there are ``most`` or more."""
        sample = self.subsample(most, np.random.RandomState(0))
        digests = (
            hashlib.sha256(row.tobytes()).digest()
            for chunk in sample.chunks()
            for row in (chunk + 0.0).cpu().numpy()  # -0 becomes 0
        )
        return len(set(digests))

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
        """Root mean square of the table around ``center``; 1 if that is 0.

        Raises
        ------
        ValueError
            If a value is too large for float32 arithmetic.
        """
        scale = self._mean(lambda chunk: (chunk - center).square()) ** 0.5
        if np.isnan(scale) and any(chunk.isnan().any() for chunk in self.chunks()):
            # Nobody has looked before (assume_finite).
            raise ValueError("Input X contains NaN: impute the missing values.")
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
        """Mean of a function of single values."""
        size = len(self) * self.n_features
        pieces: Iterable[Tensor] = self.chunks()
        total = 0.0
        if isinstance(self.source, SparseSource) and self.limits is None:
            stored = _from_numpy(_as_float32(self.source.table.data))
            pieces = stored.split(_SUMMED)
            n_zeros = size - len(stored)
            total = n_zeros * float(function(torch.zeros((), dtype=torch.float64)))
        total += sum(float(function(piece.double()).sum()) for piece in pieces)
        return total / size

    def _drawn(self, n: int, random_state: np.random.RandomState) -> np.ndarray:
        """Positions of a random sample, in the order of the table."""
        n = min(len(self), n)
        return np.sort(random_state.choice(len(self), n, replace=False))

    def _pick(self, index: Tensor) -> Tensor:
        if self._tensor is not None:
            return self._tensor[index.to(self.storage_device)]
        return torch.from_numpy(_as_float32(self.source.pick(index.cpu().numpy())))

    def _cut(self, start: int, stop: int) -> Tensor:
        if self._tensor is not None:
            return self._tensor[start:stop]
        return torch.from_numpy(_as_float32(self.source.cut(start, stop)))

    def _sent(self, pieces: Iterable[Tensor]) -> Iterator[Tensor]:
        if self.storage_device.type != self.device.type:
            pieces = prefetch_to_device(pieces, self.device)
        return iter(pieces) if self.limits is None else map(self.limits, pieces)

    def _limited(self, piece: Tensor) -> Tensor:
        return piece if self.limits is None else self.limits(piece)


def _at_least_few(chunk: Tensor) -> Tensor:
    """The rows, padded with copies of the last one if there are few."""
    missing = _FEWEST_ROWS - len(chunk)
    if missing <= 0:
        return chunk
    return torch.cat([chunk, chunk[-1:].expand(missing, -1)])


def _as_float32(X: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):  # infinities are reported by the caller
        X = np.ascontiguousarray(X, dtype=np.float32)
    # A single row or column counts as contiguous even when it runs backwards.
    return X.copy() if min(X.strides) < 0 else X


def _from_numpy(X: np.ndarray) -> Tensor:
    with warnings.catch_warnings():
        # Read-only arrays are fine: rows are only ever read.
        warnings.filterwarnings("ignore", message=".*not writable.*")
        return torch.from_numpy(X)
