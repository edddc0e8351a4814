"""Batch normalisation: statistics for predictions, and scales that are not trained."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from skdeepcluster.training.run import Run

_KINDS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)


def fix_batch_norm(network: nn.Module) -> None:
    """Leave scale and shift of batch normalisation at 1 and 0."""
    for module in network.modules():
        if isinstance(module, _KINDS):
            module.requires_grad_(False)


@torch.no_grad()
def renew_batch_norm(
    network: nn.Module, run: Run, forward: Callable[[Tensor], Any] | None = None
) -> None:
    """Recompute running means and variances on rows without augmentation.

    The statistics after training are averages over earlier weights and augmented rows;
    predictions use the final weights and rows without augmentation.

    Parameters
    ----------
    network : nn.Module
    run : Run
        Of whose batches there are statistics.
    forward : callable (x) -> object, optional
        A part of the network that takes these batches; by default all of it.

    Raises
    ------
    FloatingPointError
        If activations are not finite.
    """
    norms = [
        module
        for module in network.modules()
        if isinstance(module, _KINDS) and module.track_running_stats
    ]
    momenta = [m.momentum for m in norms]
    network.eval()
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # a plain average over the batches
        norm.train()
    if norms:
        for batch in run.batches:
            (forward or network)(batch.x)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
        norm.eval()
        if not all(buffer.isfinite().all() for buffer in norm.buffers()):
            raise FloatingPointError(
                f"Activations are not finite after stage {run.last_stage!r}, epoch "
                f"{len(run.history)}. Lower learning_rate, or check the input for "
                "extreme values."
            )
