"""The memory of a stage leaves everything as training would."""

import torch

from skdeepcluster.training import Player, Stage, adam, train_stage
from tests.training.engine import Told, make_run


def noisy(network, batch):
    noise = torch.rand((), generator=batch.generator) + torch.rand(())
    return {"a": (network.a - noise - batch.x.mean()) ** 2}


def state_after(memory):
    torch.manual_seed(3)
    run = make_run(memory=memory, n=12, draws_globally=True)
    player = Player(noisy, [run.network.a], adam(0.1))
    train_stage(run, Stage("s", [player], epochs=2, cached=True))
    draws = [
        torch.rand(1, generator=run.generator).item(),
        torch.rand(1, generator=run.noise).item(),
        torch.rand(1).item(),
    ]
    history = [{**row, "seconds": 0} for row in run.history]
    return run.network.a.item(), draws, history


def test_callbacks_are_told_of_a_stage_from_memory(tmp_path):
    """One that ends the fit after a stage does so whether it was trained or not."""
    for expected in (2, 0):
        told = Told(stop=lambda name: name == "first")
        run = make_run(memory=str(tmp_path), n=12, fit_callbacks=told)
        for name in ("first", "second"):
            player = Player(noisy, [run.network.a], adam(0.1))
            train_stage(run, Stage(name, [player], epochs=2, cached=True))
        assert [row["stage"] for row in run.history] == ["first", "first"]
        events = [event[:2] for event in told.events]
        assert events.count(("begin", "epoch")) == expected
        assert (events[0], events[-1]) == (("begin", "first"), ("end", "first"))


def test_taken_from_memory_is_as_trained(tmp_path):
    state = torch.get_rng_state()
    expected = state_after(None)
    assert state_after(str(tmp_path)) == expected  # trained and put there
    assert state_after(str(tmp_path)) == expected  # taken from there
    torch.set_rng_state(state)
