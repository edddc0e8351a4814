"""The weights of a run's network and the states of its generators, as arrays."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from skdeepcluster.networks import EmbeddingNetwork
from skdeepcluster.training.run import Run


def tensors_of(network: EmbeddingNetwork) -> dict[str, Tensor]:
    """Weights and all buffers, including those that are not in the state dict."""
    return dict(network.named_parameters()) | dict(network.named_buffers())


def snapshot(run: Run) -> dict[str, dict[str, np.ndarray]]:
    """Weights and generators, as NumPy arrays."""
    weights = {k: w.detach().cpu() for k, w in tensors_of(run.network).items()}
    generators = {
        "shuffle": run.generator.get_state(),
        "noise": run.noise.get_state(),
    }
    if run.draws_globally:
        generators["torch"] = torch.get_rng_state()
        if run.device.type == "cuda":
            generators["cuda"] = torch.cuda.get_rng_state(run.device)
    return {
        "weights": {name: w.numpy().copy() for name, w in weights.items()},
        "generators": {name: state.numpy() for name, state in generators.items()},
    }


@torch.no_grad()
def restore(run: Run, state: dict[str, Any]) -> None:
    """Set weights and generators to those of a snapshot."""
    for name, tensor in tensors_of(run.network).items():
        tensor.copy_(torch.from_numpy(state["weights"][name]))
    generators = {n: torch.from_numpy(s) for n, s in state["generators"].items()}
    run.generator.set_state(generators["shuffle"])
    run.noise.set_state(generators["noise"])
    if "torch" in generators:
        torch.set_rng_state(generators["torch"])
    if "cuda" in generators:
        torch.cuda.set_rng_state(generators["cuda"], run.device)
