"""torch.compile for the steps of training, and for nothing else."""

from collections.abc import Callable, Iterator
from types import TracebackType

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
            (part, torch.compile(part.forward), vars(part).get("forward"))
            for part in called_parts(network)
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
            del part.forward  # uncovers that of the class
            if own is not None:
                part.forward = own


def called_parts(network: nn.Module) -> Iterator[nn.Module]:
    """Largest modules with parameters that are called, not only held."""
    for child in network.children():
        if type(child).forward is nn.Module.forward:  # a list, or a box of parts
            yield from called_parts(child)
        elif any(True for _ in child.parameters()):
            yield child
