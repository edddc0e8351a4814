"""Transfer of rows to a GPU."""

from collections.abc import Iterable, Iterator
from functools import lru_cache

import torch
from torch import Tensor

#: Fraction of a GPU's free memory that the table may take; the rest is for training.
_SHARE = 0.5


def fits_on_device(device: torch.device, n_bytes: int) -> bool:
    """Whether a table of ``n_bytes`` bytes is kept on the device."""
    if device.type != "cuda":
        return True
    free, _ = torch.cuda.mem_get_info(device)
    # Memory that torch has cached counts as free.
    free += torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    return n_bytes <= _SHARE * free


def prefetch_to_device(
    pieces: Iterable[Tensor], device: torch.device
) -> Iterator[Tensor]:
    """Yield each piece on the device, copied while the previous one is processed.

    Parameters
    ----------
    pieces : iterable of Tensor
        On the CPU.
    device : torch.device
    """
    if device.type != "cuda":
        for piece in pieces:
            yield piece.to(device)
        return
    beside = _stream_beside(device)
    waiting: tuple[Tensor, torch.cuda.Event] | None = None
    for piece in pieces:
        with torch.cuda.stream(beside):
            # Only copies from pinned memory are asynchronous.
            sent = piece.pin_memory().to(device, non_blocking=True)
            arrived = beside.record_event()
        if waiting is not None:
            yield _received(*waiting, device)
        waiting = sent, arrived
    if waiting is not None:
        yield _received(*waiting, device)


@lru_cache
def _stream_beside(device: torch.device) -> torch.cuda.Stream:
    """One stream for all transfers: memory of one stream is not reused by others."""
    return torch.cuda.Stream(device)


def _received(sent: Tensor, arrived: torch.cuda.Event, device: torch.device) -> Tensor:
    """The piece, ready for the computing stream; the CPU does not wait."""
    stream = torch.cuda.current_stream(device)
    stream.wait_event(arrived)
    sent.record_stream(stream)
    return sent
