"""Random numbers that do not affect the global generators."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from sklearn.utils import check_random_state

_MAX_SEED = np.iinfo(np.int32).max
# Global generators can be used by one fit at a time.
_lock = threading.RLock()


def random_source(random_state: object) -> np.random.RandomState:
    """A NumPy generator: from an int, the given one, or a fresh one for None.

    scikit-learn's own ``check_random_state(None)`` returns NumPy's global
    generator; drawing from it would change the caller's other results.
    """
    if random_state is None:
        return np.random.RandomState()
    return check_random_state(random_state)


def draw_seeds(random_state: object, n_seeds: int) -> list[int]:
    """Draw seeds from whatever ``random_state`` is."""
    source = random_source(random_state)
    return [int(seed) for seed in source.randint(_MAX_SEED, size=n_seeds)]


@contextmanager
def isolated_torch_generators(seed: int, device: torch.device) -> Iterator[None]:
    """Seed torch's global generators inside the block, restore them afterwards.

    Our own code uses separate generators; this is for initial weights and for users'
    modules and callables. Fits in other threads wait.
    """
    on_gpu = device.type == "cuda"
    with _lock, torch.random.fork_rng(devices=[device] if on_gpu else []):
        # Not torch.manual_seed, which would permanently seed every accelerator.
        torch.default_generator.manual_seed(seed)
        if on_gpu:
            with torch.cuda.device(device):
                torch.cuda.manual_seed(seed)
        yield
