"""torch.compile for training steps only."""

from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any

import torch
from torch import nn


class Compiled:
    """Inside the block, parts of the network are compiled by torch.compile.

    Outside they are not: predictions do not depend on a compiler, and neither does a
    pickled network.

    Parameters
    ----------
    network : nn.Module
        The compiled parts are the modules it calls: encoders, decoders, heads.
    """

    def __init__(self, network: nn.Module) -> None:
        self._parts: list[tuple[nn.Module, Callable, Callable | None]] = [
            (part, torch.compile(_alone(part.forward)), vars(part).get("forward"))
            for part in dict.fromkeys(called_parts(network))
        ]

    def __enter__(self) -> None:
        for part, forward, _ in self._parts:
            part.forward = forward

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for part, _, own in self._parts:
            vars(part).pop("forward")  # restores that of the class
            if own is not None:
                part.forward = own


def _alone(forward: Callable) -> Callable:
    """A copy of the function with a separate code object.

    torch keeps only a few compiled versions of each code object; otherwise all
    modules of a class, in all fits of a process, would share them.
    """

    def run(*args: Any, **kwargs: Any) -> Any:
        return forward(*args, **kwargs)

    run.__code__ = run.__code__.replace(co_name="run")
    return run


def called_parts(network: nn.Module) -> Iterator[nn.Module]:
    """Outermost modules with parameters that are called, not only containers."""
    for child in network.children():
        if isinstance(child, torch.jit.ScriptModule):
            continue  # compiled already
        if type(child).forward is nn.Module.forward:  # a container
            yield from called_parts(child)
        elif any(True for _ in child.parameters()):
            yield child
