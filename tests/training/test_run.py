"""A run: passing stages over, reporting, what callbacks may score."""

from functools import partial
from typing import ClassVar

import pytest
import torch

from skdeepcluster.training import Player, Stage, train_stage
from tests.training.engine import Told, make_run

sgd = partial(torch.optim.SGD, lr=1.0)


def stage(run, name="s", **params):
    player = Player(lambda n, b: {"a": -n.a}, [run.network.a], sgd)
    return Stage(name, [player], **{"epochs": 2, **params})


def test_stage_without_epochs_is_passed_over():
    run = make_run()
    train_stage(run, stage(run, epochs=0))
    assert run.history == []


def test_stop_at_a_stage_passes_the_others_over():
    run = make_run(fit_callbacks=Told(stop=lambda name: name == "first"))
    train_stage(run, stage(run, "first"))
    train_stage(run, stage(run, "second"))
    assert {row["stage"] for row in run.history} == {"first"}


def test_embedding_that_is_not_finite_before_training():
    run = make_run()
    run.network.encode = lambda x: x * torch.nan
    with pytest.raises(FloatingPointError, match="not finite before training"):
        run.embed()


def test_embedding_that_is_not_finite_after_a_stage():
    run = make_run()
    train_stage(run, stage(run, "first", epochs=2))
    run.network.encode = lambda x: x * torch.nan
    with pytest.raises(FloatingPointError, match="after stage 'first', epoch 2"):
        run.embed()


def test_progress_hears_of_epochs_and_stages():
    class Listener:
        heard: ClassVar[list] = []

        def epoch(self, stage, epoch, epochs, means, seconds):
            self.heard.append((stage, epoch, epochs, set(means)))

        def stage(self, stage):
            self.heard.append(stage)

    run = make_run(progress=Listener())
    train_stage(run, stage(run, "name"))
    terms = {*run.history[0]} - {"stage", "epoch", "seconds"}
    assert Listener.heard == [("name", 1, 2, terms), ("name", 2, 2, terms), "name"]


def test_preserved_generators():
    run = make_run()
    with run.preserved_generators():
        disturbed = [*run.batches], torch.rand(3, generator=run.noise)
    again = [*run.batches], torch.rand(3, generator=run.noise)
    for one, other in zip(disturbed[0], again[0], strict=True):
        assert torch.equal(one.index, other.index)
    assert torch.equal(disturbed[1], again[1])


def test_callbacks_are_given_a_model_only_where_it_assigns():
    told = Told()
    run = make_run(fit_callbacks=told)
    train_stage(run, stage(run, assigns=False))
    assert all(attributes is None for _, _, attributes in told.events)
    train_stage(run, stage(run))
    assert ("end", "s", {"module_": run.network}) in told.events
