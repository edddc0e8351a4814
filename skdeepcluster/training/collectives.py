"""Rows cut and gathered among processes, with gradients.

All processes hold the same batch. Each passes its part of the rows through a module and
gathers the results of all, so that losses see the whole batch everywhere; the gradient
of a cut is a gathering, and that of a gathering a cut.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor
from torch.autograd import Function

from skdeepcluster.training.lost import close_and_find_lost


def collective(function: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
    """Call one of torch's collectives.

    Raises
    ------
    RuntimeError
        If another process has ended, with its number; or what torch raises, if none
        has.
    """
    try:
        function(*args, **kwargs)
        return
    except RuntimeError as error:
        # Its frames would keep connections open.
        failure = error.with_traceback(None)
    rank = dist.get_rank()
    lost = close_and_find_lost()
    if not lost:
        raise failure
    numbers = f"process {lost[0]}"
    if len(lost) > 1:
        numbers = f"processes {', '.join(map(str, lost))}"
    raise RuntimeError(
        f"Process {rank} has lost {numbers} of this fit. Whether a process was ended, "
        "or raised an error of its own, is in its output."
    ) from failure


def own_rows(n: int) -> range:
    """The part of ``n`` rows that belongs to this process."""
    return _parts(n)[dist.get_rank()]


def _parts(n: int) -> list[range]:
    """The rows of each process; the first ones may have one more."""
    size = dist.get_world_size()
    starts = [rank * (n // size) + min(rank, n % size) for rank in range(size + 1)]
    return [range(*ends) for ends in pairwise(starts)]


class _Cut(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.n = len(x)
        own = own_rows(len(x))
        return x[own.start : own.stop].clone()

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        return gather_rows(gradient, ctx.n)


class _Gather(Function):
    @staticmethod
    def forward(ctx: Any, piece: Tensor, n: int) -> Tensor:
        return _gathered(piece, n)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        return cut_rows(gradient), None


class _Sum(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        total = x.clone(memory_format=torch.contiguous_format)
        collective(dist.all_reduce, total)
        return total

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        return sum_over_processes(gradient)


def cut_rows(x: Tensor) -> Tensor:
    """The rows of this process."""
    return _Cut.apply(x)


def gather_rows(piece: Tensor, n: int) -> Tensor:
    """All ``n`` rows from the pieces of the processes, in order."""
    return _Gather.apply(piece, n)


def sum_over_processes(x: Tensor) -> Tensor:
    """The sum of a tensor that each process has a part of."""
    return _Sum.apply(x)


def _gathered(piece: Tensor, n: int) -> Tensor:
    parts = _parts(n)
    # Backends know few types: truth values and bfloat16 travel as others.
    carrier = {torch.bool: torch.uint8, torch.bfloat16: torch.float32}
    sent = piece.new_zeros(
        (len(parts[0]), *piece.shape[1:]), dtype=carrier.get(piece.dtype, piece.dtype)
    )
    sent[: len(piece)] = piece
    if dist.get_backend() == "nccl":
        sent = sent.cuda()  # which knows no other tensors
    received = [torch.empty_like(sent) for _ in parts]
    collective(dist.all_gather, received, sent)
    kept = [each[: len(part)] for each, part in zip(received, parts, strict=True)]
    return torch.cat(kept).to(piece)
