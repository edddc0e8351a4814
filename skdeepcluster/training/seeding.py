"""Randomness that leaves the global generators as it found them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch

_MAX_SEED = np.iinfo(np.int32).max
# Global generators can be lent to one fit at a time.
_lock = threading.RLock()


def draw_seeds(random_state: object, n_seeds: int) -> list[int]:
    """Draw seeds from an int, a NumPy generator, or fresh entropy for None.

    scikit-learn's own ``check_random_state(None)`` hands out NumPy's global
    generator; drawing from it would change the caller's other results.
    """
    if isinstance(random_state, np.random.RandomState):
        source = random_state
    else:
        source = np.random.RandomState(random_state)  # type: ignore[arg-type]
    return [int(seed) for seed in source.randint(_MAX_SEED, size=n_seeds)]


@contextmanager
def isolated_torch_generators(seed: int, device: torch.device) -> Iterator[None]:
    """Seed torch's global generators inside the block, restore them after.

    Our own code draws from generators of its own; this is for initial weights
    and for modules and callables that users bring. Fits in other threads wait.
    """
    on_gpu = device.type == "cuda"
    with _lock, torch.random.fork_rng(devices=[device] if on_gpu else []):
        # Not torch.manual_seed: it would seed every accelerator for good.
        torch.default_generator.manual_seed(seed)
        if on_gpu:
            with torch.cuda.device(device):
                torch.cuda.manual_seed(seed)
        yield
