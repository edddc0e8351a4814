"""Seeds and isolation."""

import numpy as np
import torch

from skdeepcluster.training.seeding import draw_seeds, isolated_torch_generators


def test_seeds_follow_the_random_state():
    assert draw_seeds(3, 2) == draw_seeds(3, 2) != draw_seeds(4, 2)
    assert draw_seeds(3, 1) == draw_seeds(3, 2)[:1]
    assert draw_seeds(None, 1) != draw_seeds(None, 1)
    state = np.random.RandomState(3)
    assert draw_seeds(state, 2) != draw_seeds(state, 2)  # it moves on, as usual


def test_accelerators_are_not_seeded_by_a_fit_on_the_cpu(monkeypatch):
    seeded = []
    monkeypatch.setattr(torch.cuda, "manual_seed_all", seeded.append)
    with isolated_torch_generators(5, torch.device("cpu")):
        torch.rand(1)
    assert seeded == []


def test_torch_generator_is_seeded_and_restored():
    torch.manual_seed(7)
    before = torch.get_rng_state()
    draws = []
    for _ in range(2):
        with isolated_torch_generators(5, torch.device("cpu")):
            draws.append(torch.rand(3))
    assert torch.equal(*draws)
    assert torch.equal(torch.get_rng_state(), before)
