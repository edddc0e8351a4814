"""Kinds of tables, and how rows are read from each: arrays, files, sparse matrices."""

import hashlib
from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np
from scipy.sparse import issparse

#: Bytes, as float32, from which a file is read in blocks of rows, not as a whole.
LARGE_FILE = 32 * 2**20

#: Rows that are read together where one of them is needed.
_BLOCK_ROWS = 64

#: Rows read at a time, and values at most: 32 MiB as float32.
CHUNK_SIZE = 2048
_CHUNK_VALUES = 2**23
_FEWEST_CHUNK_ROWS = 64


def chunk_rows(n_features: int) -> int:
    """Rows of a chunk: 2048, fewer of more than 4096 columns.

    It depends on nothing else, so that all inferences use the same chunks, and labels
    of equal tables are equal bit for bit.
    """
    return min(CHUNK_SIZE, max(_FEWEST_CHUNK_ROWS, _CHUNK_VALUES // n_features))


def is_memory_map(X: object) -> bool:
    """Whether ``X`` is, or is a view of, a numpy memory map."""
    while isinstance(X, np.ndarray):
        if isinstance(X, np.memmap):
            return True
        X = X.base
    return False


def is_sliceable(X: Any) -> bool:
    """Whether ``X`` is a table of numbers of another library, such as HDF5.

    It has two dimensions, a dtype of numpy's and slices of rows, as datasets of h5py
    and zarr, arrays of dask, and ``X`` of a backed AnnData have.
    """
    if isinstance(X, np.ndarray) or issparse(X) or hasattr(X, "columns"):
        return False
    try:
        shape, dtype = tuple(X.shape), np.dtype(X.dtype)
    except (AttributeError, TypeError):
        return False
    return len(shape) == 2 and dtype.kind in "biuf" and hasattr(X, "__getitem__")


def dense(piece: Any) -> np.ndarray:
    """Some rows of a table as an array."""
    return piece.toarray() if issparse(piece) else np.asarray(piece)


def read_if_small(X: Any) -> Any:
    """A sliceable table in memory: an array or sparse; itself if it is large."""
    if is_large(X):
        return X
    table = X[:]
    return table if issparse(table) else np.asarray(table)


def is_large(X: Any) -> bool:
    """Whether a table that is in a file should be read in blocks of rows."""
    return 4 * prod(X.shape) > LARGE_FILE


def blocks(X: Any) -> Iterator[tuple[int, np.ndarray]]:
    """Consecutive rows of any kind of table, and the number of the first of them."""
    size = chunk_rows(X.shape[1])
    for start in range(0, X.shape[0], size):
        yield start, dense(X[start : start + size])


class Source:
    """A table that is read by slices of rows.

    Parameters
    ----------
    table : object with ``shape``, ``dtype`` and slices

    Attributes
    ----------
    reads_blocks : bool
        Whether single rows take as long to read as many that are next to each other.
    groups : list of range or None
        Rows that can only be read together, if there are such.
    """

    reads_blocks = True

    def __init__(self, table: Any) -> None:
        self.table = table
        self.groups: list[range] | None = getattr(table, "groups", None)

    def cut(self, start: int, stop: int) -> np.ndarray:
        """Consecutive rows."""
        return dense(self.table[start:stop])

    def pick(self, index: np.ndarray) -> np.ndarray:
        """The rows at positions, in their order; each block is read once."""
        rows = np.empty((len(index), self.table.shape[1]), self.table.dtype)
        numbers = index // _BLOCK_ROWS
        for number in np.unique(numbers):
            start = int(number) * _BLOCK_ROWS
            block = self.cut(start, min(start + _BLOCK_ROWS, self.table.shape[0]))
            inside = numbers == number
            rows[inside] = block[index[inside] - start]
        return rows

    def subset(self, index: np.ndarray) -> Any:
        """The rows at positions, as a table in memory."""
        return self.pick(index)

    def content(self) -> Any:
        """What is equal for equal tables, and can be pickled."""
        digests = [hashlib.sha256(b.tobytes()).hexdigest() for _, b in self._blocks()]
        return self.table.shape, str(self.table.dtype), digests

    def column_ranges(self) -> tuple[np.ndarray, np.ndarray]:
        """Smallest and largest value of each column, NaN apart."""
        low = high = None
        for _, block in self._blocks():
            least, most = np.fmin.reduce(block, axis=0), np.fmax.reduce(block, axis=0)
            low = least if low is None else np.fmin(low, least)
            high = most if high is None else np.fmax(high, most)
        assert low is not None and high is not None, "a table has at least one row"
        return low, high

    def _blocks(self) -> Iterator[tuple[int, np.ndarray]]:
        return blocks(self.table)


class ArraySource(Source):
    """An array in memory, or a memory map."""

    table: np.ndarray

    def __init__(self, table: np.ndarray) -> None:
        super().__init__(table)
        self.reads_blocks = is_memory_map(table) and is_large(table)

    def pick(self, index: np.ndarray) -> np.ndarray:
        return self.table[index]

    def content(self) -> np.ndarray:
        return self.table

    def column_ranges(self) -> tuple[np.ndarray, np.ndarray]:
        return np.fmin.reduce(self.table, axis=0), np.fmax.reduce(self.table, axis=0)


class SparseSource(Source):
    """A sparse matrix or array of SciPy's, stored by rows; never dense as a whole."""

    reads_blocks = False

    def __init__(self, table: Any) -> None:
        if not table.has_canonical_format:  # it may store a value in several parts
            table = table.copy()
            table.sum_duplicates()
        super().__init__(table)

    def cut(self, start: int, stop: int) -> np.ndarray:
        return _dense_float32(self.table[start:stop])

    def pick(self, index: np.ndarray) -> np.ndarray:
        return _dense_float32(self.table[index])

    def subset(self, index: np.ndarray) -> Any:
        return self.table[index]

    def content(self) -> Any:
        return self.table

    def column_ranges(self) -> tuple[np.ndarray, np.ndarray]:
        low, high = self.table.nanmin(axis=0), self.table.nanmax(axis=0)
        return dense(low).ravel(), dense(high).ravel()


def _dense_float32(piece: Any) -> np.ndarray:
    with np.errstate(over="ignore"):  # infinities are reported by the caller
        return piece.astype(np.float32).toarray()


def source_of(X: Any) -> Source:
    """The source of a table: an array, a sparse matrix by rows, or sliceable."""
    if isinstance(X, np.ndarray):
        return ArraySource(X)
    return SparseSource(X) if issparse(X) else Source(X)
