"""The memory of a stage leaves everything as training would."""

import threading
import time
import warnings

import joblib
import numpy as np
import pytest
import torch

from skdeepcluster.training import Player, Stage, adam, cache, train_stage
from skdeepcluster.training.engine import _train
from skdeepcluster.training.state_file import digest_of_state
from tests.training.engine import Told, Two, make_run


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


# -- what an entry is of ---------------------------------------------------------------


class Own(Two):
    """A module with state of every kind."""

    def __init__(self, private=0.0, buffer=0.0):
        super().__init__()
        self._private = private
        self.register_buffer("kept", torch.tensor(buffer), persistent=False)


def doubled(module, inputs, output):
    return 2 * output


def tripled(module, inputs, output):
    return 3 * output


def hooked(hook, **arguments):
    network = Own()
    network.register_forward_hook(hook, **arguments)
    return network


def steps(network, memory, lose=noisy):
    """How often a stage with memory is trained."""
    trained = []

    def counted(run, stage):
        trained.append(stage.name)
        _train(run, stage)

    run = make_run(network, memory=str(memory), n=12)
    player = Player(lose, [network.a], adam(0.1))
    cache.train_cached(run, Stage("s", [player], epochs=2, cached=True), counted)
    return len(trained)


NETWORKS = {
    "plain": Own,
    "private": lambda: Own(private=1.0),
    "buffer": lambda: Own(buffer=1.0),
    "hook": lambda: hooked(doubled),
    "other hook": lambda: hooked(tripled),
    "hook with keywords": lambda: hooked(doubled, with_kwargs=True),
}


def test_networks_that_differ_in_anything_have_their_own_entries(tmp_path):
    assert [steps(make(), tmp_path) for make in NETWORKS.values()] == [1] * 6
    # Hooks have other numbers in every network, which must not matter.
    assert [steps(make(), tmp_path) for make in NETWORKS.values()] == [0] * 6


@pytest.mark.parametrize("where", ["skdeepcluster._version", "torch", "sklearn"])
def test_versions_have_their_own_entries(where, tmp_path, monkeypatch):
    assert steps(Own(), tmp_path) == 1
    monkeypatch.setattr(f"{where}.__version__", "0.0")
    assert steps(Own(), tmp_path) == 1


def test_hook_that_cannot_be_pickled_is_trained_with_a_warning(tmp_path):
    for _ in range(2):
        with pytest.warns(UserWarning, match="memory is not used.*lambda"):
            assert steps(hooked(lambda *args: None), tmp_path) == 1


def counting(network, batch):
    network._private += 1
    return noisy(network, batch)


def test_state_that_training_changes_is_not_kept(tmp_path):
    for _ in range(2):
        with pytest.warns(UserWarning, match="Register them as buffers"):
            assert steps(Own(), tmp_path, lose=counting) == 1


def moving(network, batch):
    network.kept += 1
    return noisy(network, batch)


def test_buffers_that_training_changes_are_restored(tmp_path):
    for expected in (1, 0):
        network = Own()
        assert steps(network, tmp_path, lose=moving) == expected
        assert network.kept == 6  # batches


# -- damage ----------------------------------------------------------------------------


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def edit(change):
    def damage(path):
        entry = joblib.load(path)
        joblib.dump(change(entry), path)

    return damage


def with_weights(change):
    return edit(
        lambda entry: {
            **entry,
            "weights": {name: change(w) for name, w in entry["weights"].items()},
        }
    )


def of_another_key(entry):
    content = {name: v for name, v in entry.items() if name != "digest"} | {"key": "0"}
    return {**content, "digest": digest_of_state(content)}


DAMAGES = {
    "flipped bit": flip,
    "empty": lambda path: path.write_bytes(b""),
    "other type": edit(lambda entry: [1, 2]),
    "none": edit(lambda entry: None),
    "of another key": edit(of_another_key),
    "no digest": edit(lambda entry: {k: v for k, v in entry.items() if k != "digest"}),
    "no weights": edit(lambda entry: {**entry, "weights": {}}),
    "no history": edit(lambda entry: {**entry, "history": []}),
    "zeroed": with_weights(lambda w: w * 0),
    "other shape": with_weights(lambda w: np.stack([w, w])),
    "other dtype": with_weights(lambda w: w.astype(np.float64)),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_damaged_entry_is_trained_anew_and_replaced(damage, tmp_path):
    expected = state_after(str(tmp_path))
    (path,) = tmp_path.rglob("output.pkl")
    damage(path)
    with pytest.warns(UserWarning, match="damaged.*trained again"):
        assert state_after(str(tmp_path)) == expected
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert state_after(str(tmp_path)) == expected


def test_entry_of_another_stage_is_noticed(tmp_path):
    steps(Own(), tmp_path)
    (first,) = tmp_path.rglob("output.pkl")
    steps(Own(private=1.0), tmp_path)
    (second,) = set(tmp_path.rglob("output.pkl")) - {first}
    first.write_bytes(second.read_bytes())
    with pytest.warns(UserWarning, match="damaged"):
        assert steps(Own(), tmp_path) == 1


# -- at the same moment ----------------------------------------------------------------


def test_equal_stages_that_begin_together_are_trained_once(tmp_path):
    trained = []

    def slow(run, stage):
        trained.append(stage.name)
        time.sleep(0.2)
        _train(run, stage)

    def train():
        network = Own()
        run = make_run(network, memory=str(tmp_path), n=12)
        stage = Stage("s", [Player(noisy_alone, [network.a], adam(0.1))], 2)
        cache.train_cached(run, stage, slow)
        values.append(network.a.item())

    values: list = []
    threads = [threading.Thread(target=train) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert trained == ["s"]
    assert len(set(values)) == 1
    assert not [*tmp_path.rglob("*.lock")]


def noisy_alone(network, batch):
    noise = torch.rand((), generator=batch.generator)
    return {"a": (network.a - noise) ** 2}
