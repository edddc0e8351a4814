"""Rows of which each process has a part, put together in one table.

The table is a file that is mapped into memory, written by the first process of each
machine from what all of them send.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from scipy.sparse import csr_array, issparse, vstack

from skdeepcluster.training.collectives import collective
from skdeepcluster.training.processes import Processes
from skdeepcluster.training.sources import chunk_rows, dense

#: Bytes that are sent at a time.
_PIECE = 2**25


@contextmanager
def put_together(
    X: Any, processes: Processes, device: torch.device
) -> Iterator[tuple[Any, slice]]:
    """The rows of all processes, in their order.

    Parameters
    ----------
    X : table of shape (n_own_samples, n_features)
        With the same columns and dtype in all of them.
    processes : Processes
    device : torch.device
        By way of which rows are sent.

    Yields
    ------
    table : memory map or sparse matrix of shape (n_samples, n_features)
    own : slice
        The rows of this process.
    """
    counts = processes.exchange(X.shape[0])
    ends = [0, *accumulate(counts)]
    own = slice(*ends[processes.rank : processes.rank + 2])
    if issparse(X):
        yield _sparse_parts(X, processes, device), own
        return
    shape = sum(counts), X.shape[1]
    writes = processes.rank == 0 or os.environ.get("LOCAL_RANK", "0") == "0"
    with ExitStack() as stack:
        path, file = None, None
        with processes.errors_shared():
            if writes:
                folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
                path = Path(stack.enter_context(folder), "X.npy")
                _check_space(path, shape, X.dtype)
                file = stack.enter_context(path.open("wb"))
                _write_header(file, shape, X.dtype)
        for block in _blocks_of_all(X, counts, processes, device):
            if file is not None:
                block.tofile(file)
        if file is not None:
            file.close()
        paths = processes.exchange(path)
        # Machines follow each other: the last one before that writes is on this one.
        nearest = [each for each in paths[: processes.rank + 1] if each is not None]
        with processes.errors_shared():
            table = np.load(nearest[-1], mmap_mode="r")
        if os.name == "posix":
            # What is mapped stays as long as it is used, and nothing is left behind if
            # the process is killed.
            stack.close()
        yield table, own


def _check_space(path: Path, shape: tuple[int, int], dtype: np.dtype) -> None:
    needed = shape[0] * shape[1] * dtype.itemsize
    free = shutil.disk_usage(path.parent).free
    if needed > free:
        raise OSError(
            f"The rows of all processes take {needed} bytes, and {path.parent} has "
            f"{free}: set the environment variable TMPDIR to a folder on a larger disk."
        )


def _write_header(file: Any, shape: tuple[int, int], dtype: np.dtype) -> None:
    described = {
        "descr": np.lib.format.dtype_to_descr(dtype),
        "fortran_order": False,
        "shape": shape,
    }
    np.lib.format.write_array_header_2_0(file, described)


def _blocks_of_all(
    X: Any, counts: list[int], processes: Processes, device: torch.device
) -> Iterator[np.ndarray]:
    """Blocks of the rows of all processes, in their order."""
    size = chunk_rows(X.shape[1])
    for rank, count in enumerate(counts):
        for start in range(0, count, size):
            stop = min(start + size, count)
            block = np.empty((stop - start, X.shape[1]), X.dtype)
            if rank == processes.rank:
                block[:] = dense(X[start:stop])
            _pass_on(block, rank, device)
            yield block


def _sparse_parts(X: Any, processes: Processes, device: torch.device) -> Any:
    arrays = X.data, X.indices, X.indptr
    parts = []
    described = processes.exchange([(len(each), each.dtype) for each in arrays])
    for rank, of_rank in enumerate(described):
        received = [np.empty(n, dtype) for n, dtype in of_rank]
        for to, own in zip(received, arrays, strict=True):
            if rank == processes.rank:
                to[:] = own
            _pass_on(to, rank, device)
        shape = len(received[-1]) - 1, X.shape[1]
        parts.append(csr_array(tuple(received), shape=shape))
    return vstack(parts, format="csr")


def _pass_on(array: np.ndarray, rank: int, device: torch.device) -> None:
    """Replace an array by that of one of the processes."""
    values = torch.from_numpy(array.reshape(-1).view(np.uint8))  # any dtype, as bytes
    for piece in values.split(_PIECE) if len(values) else ():
        sent = piece.to(device)
        collective(dist.broadcast, sent, src=rank)
        piece.copy_(sent)
