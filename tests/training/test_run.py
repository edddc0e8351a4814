"""A run: passing stages over, reporting, what callbacks may score."""

from functools import partial

import torch

from skdeepcluster.training import Player, Stage
from tests.training.engine import make_run

sgd = partial(torch.optim.SGD, lr=1.0)


def stage(run, name="s", **params):
    player = Player(lambda n, b: {"a": -n.a}, [run.network.a], sgd)
    return Stage(name, [player], **{"epochs": 2, **params})


def test_stage_without_epochs_is_passed_over():
    run = make_run()
    run.train(stage(run, epochs=0))
    assert run.history == []


def test_stop_at_a_stage_passes_the_others_over():
    asked = iter([False, False, False, False, False, True])  # begin and end of all

    run = make_run(notify=lambda event, context, fitted: next(asked))
    run.train(stage(run, "first"))
    run.train(stage(run, "second"))
    assert {row["stage"] for row in run.history} == {"first"}


def test_report_is_a_line_an_epoch():
    lines = []
    run = make_run(report=lines.append)
    run.train(stage(run, "name"))
    assert [line.split("  ")[0] for line in lines] == [
        "name epoch 1/2",
        "name epoch 2/2",
    ]


def test_callbacks_are_given_a_model_only_where_it_assigns():
    given = []
    run = make_run(notify=lambda event, context, fitted: given.append(fitted) or False)
    run.train(stage(run, assigns=False))
    assert set(map(type, given)) == {type(None)}
    run.train(stage(run))
    assert {"module_": run.network} in given
