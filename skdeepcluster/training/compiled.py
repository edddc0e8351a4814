"""torch.compile for the steps of training, and for nothing else."""

from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any

import torch
from torch import nn


class Compiled:
    """Inside the block, parts of the network run as torch.compile has them.

    Outside they are as ever: predictions do not depend on a compiler, and a fitted
    network is pickled without one.

    Parameters
    ----------
    network : nn.Module
        Its parts are what it calls: encoders, decoders, heads.
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
            vars(part).pop("forward")  # uncovers that of the class
            if own is not None:
                part.forward = own


def _alone(forward: Callable) -> Callable:
    """The same function with code of its own.

    torch keeps a few compiled versions of each piece of code and then gives up;
    parts of one class, and all fits of a process, would have to share them.
    """

    def run(*args: Any, **kwargs: Any) -> Any:
        return forward(*args, **kwargs)

    run.__code__ = run.__code__.replace(co_name="run")
    return run


def called_parts(network: nn.Module) -> Iterator[nn.Module]:
    """Largest modules with parameters that are called, not only held."""
    for child in network.children():
        if isinstance(child, torch.jit.ScriptModule):
            continue  # compiled already
        if type(child).forward is nn.Module.forward:  # a list, or a box of parts
            yield from called_parts(child)
        elif any(True for _ in child.parameters()):
            yield child
