"""The memory of a stage leaves everything as training would."""

import torch

from skdeepcluster.training import Player, Stage, adam
from tests.training.engine import make_run


def noisy(network, batch):
    noise = torch.rand((), generator=batch.generator) + torch.rand(())
    return {"a": (network.a - noise - batch.x.mean()) ** 2}


def state_after(memory):
    torch.manual_seed(3)
    run = make_run(memory=memory, n=12, draws_globally=True)
    player = Player(noisy, [run.network.a], adam(0.1))
    run.train(Stage("s", [player], epochs=2, cached=True))
    draws = [
        torch.rand(1, generator=run.generator).item(),
        torch.rand(1, generator=run.noise).item(),
        torch.rand(1).item(),
    ]
    history = [{**row, "seconds": 0} for row in run.history]
    return run.network.a.item(), draws, history


def test_taken_from_memory_is_as_trained(tmp_path):
    state = torch.get_rng_state()
    expected = state_after(None)
    assert state_after(str(tmp_path)) == expected  # trained and put there
    assert state_after(str(tmp_path)) == expected  # taken from there
    torch.set_rng_state(state)
