"""Random numbers that do not affect the global generators."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from sklearn.utils import check_random_state

from skdeepcluster.training.turns import Turns

_MAX_SEED = np.iinfo(np.int32).max

#: Global generators can be used by one fit or prediction at a time.
_turns = Turns()

#: Their states outside the block, and outside each block in it, of the owner.
_outside: list[list[torch.Tensor]] = []


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
    modules and callables. Other threads wait for the end of the block, or for its next
    call of :func:`let_others_draw`.
    """
    with _turns:
        _outside.append(_states(device))
        try:
            # Not torch.manual_seed, which would permanently seed every accelerator.
            for generator in _generators(device):
                generator.manual_seed(seed)
            yield
        finally:
            _set_states(device, _outside.pop())


def let_others_draw(device: torch.device) -> None:
    """Let threads that wait for the global generators use them now.

    Inside a block of :func:`isolated_torch_generators`; it goes on afterwards where it
    was. Nothing happens in nested blocks, or if no thread waits.
    """
    if not _turns.waiting or _turns.depth != 1:
        return
    inside = _states(device)
    _set_states(device, _outside.pop())
    _turns.__exit__()
    _turns.__enter__()
    _outside.append(_states(device))
    _set_states(device, inside)


@contextmanager
def different_draws(device: torch.device, number: int) -> Iterator[None]:
    """Numbers of the global generators that differ from those of other ``number``.

    Afterwards the generators are in the same state, whatever was drawn.
    """
    generators = _generators(device)
    seeds = [
        int(torch.randint(_MAX_SEED, (), generator=each, device=each.device))
        for each in generators
    ]
    states = _states(device)
    for generator, seed in zip(generators, seeds, strict=True):
        generator.manual_seed(seed + number)
    try:
        yield
    finally:
        _set_states(device, states)


def _generators(device: torch.device) -> list[torch.Generator]:
    generators = [torch.default_generator]
    if device.type == "cuda":
        torch.cuda.init()  # else there are none yet
        generators.append(torch.cuda.default_generators[device.index or 0])
    return generators


def _states(device: torch.device) -> list[torch.Tensor]:
    return [generator.get_state() for generator in _generators(device)]


def _set_states(device: torch.device, states: list[torch.Tensor]) -> None:
    for generator, state in zip(_generators(device), states, strict=True):
        generator.set_state(state)
