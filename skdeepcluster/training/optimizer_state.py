"""Restoring the state of an optimiser, in the memory layout of its parameters."""

from typing import Any

import torch


@torch.no_grad()
def load_optimizer(optimizer: torch.optim.Optimizer, state: dict[str, Any]) -> None:
    """Load a state whose tensors are contiguous.

    Fused kernels go through the memory of a parameter and of its moments alike, so
    that the moments of, say, a convolution with channels last need its layout.
    """
    optimizer.load_state_dict(state)
    for parameter, moments in optimizer.state.items():
        for name, value in moments.items():
            if isinstance(value, torch.Tensor) and value.shape == parameter.shape:
                laid_out = torch.empty_like(parameter, dtype=value.dtype)
                moments[name] = laid_out.copy_(value)
