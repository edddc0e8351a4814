"""Training in several processes: each computes a part of every batch."""

from __future__ import annotations

import atexit
import importlib
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from skdeepcluster.training.collectives import (
    collective,
    cut_rows,
    gather_rows,
    own_rows,
    sum_over_processes,
)
from skdeepcluster.training.lost import check_none_lost
from skdeepcluster.training.seeding import different_draws

#: Those that share the fit that is running.
_current: ContextVar[Processes | None] = ContextVar("processes", default=None)


class Processes:
    """The processes that train one network.

    All of them run the same code on the same batches and draw the same random numbers.
    Modules with weights are given the rows of their own process only, and return those
    of all; gradients of their weights are summed. Whatever is computed from their
    results, such as losses that compare rows, is computed everywhere alike.
    """

    def __init__(self) -> None:
        self.rank = dist.get_rank()
        self.size = dist.get_world_size()
        self._draws_globally = False
        self._inside: nn.Module | None = None
        self._draws: Any = None
        self._n = 0
        self._shared: dict[nn.Module, list[Any]] = {}
        self._divided: set[int] = set()

    # -- the same on all -----------------------------------------------------------

    def agree(self, value: Any) -> Any:
        """The value of the first process."""
        box = [value]
        collective(dist.broadcast_object_list, box, src=0)
        return box[0]

    def exchange(self, value: Any) -> list[Any]:
        """The values of all processes."""
        every = [None] * self.size
        collective(dist.all_gather_object, every, value)
        return every

    @contextmanager
    def errors_shared(self) -> Iterator[None]:
        """Raise in all processes what one of them raises in the block.

        The block contains no collective operations.
        """
        found: Exception | None = None
        try:
            yield
        except Exception as error:
            found = error
        for rank, text in enumerate(self.exchange(found and str(found))):
            if found is not None:
                raise found
            if text is not None:
                raise ValueError(f"In process {rank}: {text}")

    def check_same(self, what: dict[str, Any]) -> None:
        """Raise if these values differ between processes."""
        every = self.exchange(what)
        for rank, other in enumerate(every):
            for name, value in other.items():
                if value != every[0][name]:
                    raise ValueError(
                        f"{name} is {every[0][name]} in process 0 and {value} in "
                        f"process {rank}. All processes should call fit with the same "
                        "parameters, and with the same rows or, with "
                        "distributed='sharded', rows of the same columns and dtype; "
                        "set distributed=False to fit alone."
                    )

    # -- a network -----------------------------------------------------------------

    @contextmanager
    def training(self, network: nn.Module, draws_globally: bool) -> Iterator[None]:
        """Share the work of the network's modules inside the block.

        ``draws_globally`` says whether they may draw from torch's global generators.
        """
        self._draws_globally = draws_globally
        token = _current.set(self)
        try:
            self.share(network)
            yield
        finally:
            _current.reset(token)
            for module, handles in self._shared.items():
                for handle in handles:
                    handle.remove()
                module.__dict__.pop("forward", None)
            self._shared = {}

    def share(self, network: Any) -> None:
        """Share modules that have been added, and start from the same weights."""
        for module in network.modules():
            if module is network or module in self._shared:
                continue
            handles = []
            if any(True for _ in module.parameters()):
                handles = [
                    module.register_forward_pre_hook(self._enter),
                    module.register_forward_hook(self._leave),
                ]
            if isinstance(module, _BatchNorm):
                module.forward = partial(self._normalise, module)  # type: ignore[method-assign]
            self._shared[module] = handles
        # Of others, such as centres, each process has the whole gradient.
        self._divided = {id(p) for module in self._shared for p in module.parameters()}
        for tensor in (*network.parameters(), *network.buffers()):
            if tensor.is_floating_point():
                collective(dist.broadcast, tensor.detach(), src=0)

    def sum_gradients(self, parameters: Sequence[nn.Parameter]) -> None:
        """Add up the gradients that each process has from its rows."""
        gradients = [
            p.grad for p in parameters if id(p) in self._divided and p.grad is not None
        ]
        if gradients:
            total = torch.cat([each.reshape(-1) for each in gradients])
            collective(dist.all_reduce, total)
            pieces = total.split([each.numel() for each in gradients])
            for gradient, piece in zip(gradients, pieces, strict=True):
                gradient.copy_(piece.view_as(gradient))

    # -- inside modules ----------------------------------------------------------------

    def _enter(self, module: nn.Module, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """Cut the rows of the outermost module."""
        if self._inside is not None or not args or not isinstance(args[0], Tensor):
            return args
        self._inside, self._n = module, len(args[0])
        if self._draws_globally:
            self._draws = different_draws(args[0].device, self.rank)
            self._draws.__enter__()
        return tuple(
            cut_rows(each)
            if isinstance(each, Tensor) and each.ndim and len(each) == self._n
            else each
            for each in args
        )

    def _leave(self, module: nn.Module, args: tuple[Any, ...], output: Any) -> Any:
        """Gather the rows again."""
        if self._inside is not module:
            return output
        if self._draws_globally:
            self._draws.__exit__(None, None, None)
        output = self._whole(output, len(args[0]), type(module).__name__)
        self._inside = None
        return output

    def _whole(self, output: Any, n_own: int, name: str) -> Any:
        if isinstance(output, list | tuple):
            return type(output)(self._whole(each, n_own, name) for each in output)
        if not isinstance(output, Tensor) or len(output) != n_own:
            raise TypeError(
                f"{name} does not return one result per row, and cannot be computed "
                "in several processes. Set distributed=False."
            )
        return gather_rows(output, self._n)

    def _normalise(self, norm: _BatchNorm, x: Tensor) -> Tensor:
        """Batch normalisation by the statistics of the whole batch."""
        if self._inside is None or not norm.training:
            return type(norm).forward(norm, x)
        x, kind = x.float(), x.dtype
        over = [0, *range(2, x.ndim)]
        shape = [1, -1] + [1] * (x.ndim - 2)
        n_own = x.new_full((1,), x.numel() // x.shape[1])
        totals = sum_over_processes(torch.cat([x.sum(over), n_own]))
        mean, n = totals[:-1] / totals[-1], totals[-1].detach()
        centered = x - mean.view(shape)
        variance = sum_over_processes(centered.square().sum(over)) / n
        if norm.track_running_stats:
            unbiased = variance.detach() * (n / (n - 1).clamp(min=1))
            _update(norm, mean.detach(), unbiased)
        result = centered * (variance + norm.eps).rsqrt().view(shape)
        if norm.affine:
            result = result * norm.weight.view(shape) + norm.bias.view(shape)
        return result.to(kind)


def _update(norm: _BatchNorm, mean: Tensor, variance: Tensor) -> None:
    """Running statistics, as torch's own batch normalisation keeps them."""
    assert norm.num_batches_tracked is not None
    assert norm.running_mean is not None and norm.running_var is not None
    norm.num_batches_tracked += 1
    weight = norm.momentum
    if weight is None:
        weight = 1 / float(norm.num_batches_tracked)
    norm.running_mean.lerp_(mean, weight)
    norm.running_var.lerp_(variance, weight)


# -- which processes -----------------------------------------------------------------


def find_processes(distributed: Any) -> Processes | None:
    """The processes that a fit is shared by; None if it is alone.

    These are the ones of torch's process group, or those that a launcher such as
    ``torchrun`` has started. Workers of joblib and threads fit alone.

    Raises
    ------
    ValueError
        If each process has rows of its own ("sharded"), and there are no processes.
    RuntimeError
        If a process was lost in an earlier fit.
    """
    main = multiprocessing.current_process().name == "MainProcess"
    main &= threading.current_thread() is threading.main_thread()
    if distributed is False:
        return None
    check_none_lost()
    launched = {"LOCAL_RANK", "RANK", "WORLD_SIZE", "MASTER_ADDR"} <= {*os.environ}
    there = dist.is_available() and (dist.is_initialized() or launched)
    if not there or not main:
        if distributed == "sharded":
            raise ValueError(
                "distributed='sharded' puts the rows of several processes together, "
                "and this fit is alone: start the script with torchrun and call fit in "
                "the main thread, or set distributed='auto'."
            )
        return None
    if not dist.is_initialized():
        if int(os.environ["WORLD_SIZE"]) < 2:
            return None
        if torch.cuda.is_available():
            torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
        # Its functions have the group of the time of import as a default, so that the
        # group could not be left after a failure.
        importlib.import_module("torch.distributed.nn")
        dist.init_process_group()
        atexit.register(_leave)
    return Processes() if dist.get_world_size() > 1 else None


def _leave() -> None:
    if dist.is_initialized():  # it is left where a process was lost
        dist.destroy_process_group()


def row_by_row(
    function: Callable[[range], Sequence[Tensor]], n: int
) -> Sequence[Tensor]:
    """Results for each of ``n`` rows; processes that share a fit compute parts.

    Parameters
    ----------
    function : callable (rows) -> sequence of Tensor
        One entry per row.
    n : int
    """
    if _current.get() is None:
        return function(range(n))
    return [gather_rows(piece, n) for piece in function(own_rows(n))]


def on_first(function: Callable[..., Any], *args: Any) -> Any:
    """The result of the first of the processes that share a fit.

    Threads add up numbers in any order, so that those of others could differ.
    """
    current = _current.get()
    if current is None:
        return function(*args)
    outcome: tuple[Any, Exception | None] = None, None
    if current.rank == 0:
        token = _current.set(None)  # alone
        try:
            outcome = function(*args), None
        except Exception as error:
            outcome = None, error
        finally:
            _current.reset(token)
    result, found = current.agree(outcome)
    if found is not None:
        raise found
    return result
