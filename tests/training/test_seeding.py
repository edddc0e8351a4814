"""Seeds and isolation."""

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch

from skdeepcluster.training.seeding import (
    draw_seeds,
    isolated_torch_generators,
    let_others_draw,
)

CPU = torch.device("cpu")


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


def draws(seed, n, names, name):
    """Draw in an isolated block, giving way before each number."""
    drawn = []
    with isolated_torch_generators(seed, CPU):
        for _ in range(n):
            time.sleep(0.01)  # the other asks meanwhile
            let_others_draw(CPU)
            names.append(name)
            drawn.append(torch.rand(1).item())
    return drawn


def test_others_draw_in_between_and_change_nothing():
    torch.manual_seed(7)
    before = torch.get_rng_state()
    names: list[str] = []
    with ThreadPoolExecutor(2) as pool:
        together = [pool.submit(draws, s, 5, names, str(s)) for s in (1, 2)]
        found = [future.result() for future in together]
    assert names not in (sorted(names), sorted(names, reverse=True))  # they alternated
    assert found == [draws(1, 5, [], "1"), draws(2, 5, [], "2")]
    assert torch.equal(torch.get_rng_state(), before)


def test_nested_blocks_do_not_give_way():
    with (
        ThreadPoolExecutor(1) as pool,
        isolated_torch_generators(1, CPU),
        isolated_torch_generators(2, CPU),
    ):
        other = pool.submit(draws, 3, 1, [], "other")
        time.sleep(0.01)
        let_others_draw(CPU)
        assert not other.done()
