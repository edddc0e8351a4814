"""Changing the order of the outputs of layers."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn


@torch.no_grad()
def reorder_outputs(modules: Iterable[nn.Module], order: Tensor) -> None:
    """Let output ``i`` of linear and normalising layers be what ``order[i]`` was.

    Parameters
    ----------
    modules : iterable of nn.Module
    order : LongTensor of shape (n_outputs,)
    """
    for module in modules:
        for tensor in (*module.parameters(), *module.buffers()):
            if tensor.ndim:  # not the number of batches
                tensor.copy_(tensor[order])
