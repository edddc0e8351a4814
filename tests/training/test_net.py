"""The engine: players, refreshes, endings."""

import signal
from contextlib import suppress
from functools import partial

import numpy as np
import pytest
import skorch
import torch

from skdeepcluster import DEC
from skdeepcluster.training import Player, Stage, adam, resolve_epochs, train_stage
from tests.training.engine import Told, make_run

sgd = partial(torch.optim.SGD, lr=1.0)

HALVE = skorch.callbacks.LRScheduler("StepLR", step_size=1, gamma=0.5)


def pull(name, to=1.0):
    def loss(network, batch):
        return {"pull": 0.5 * (getattr(network, name) - to) ** 2}

    return loss


def test_players_move_their_own_parameters_on_their_own_schedule():
    run = make_run()
    net = run.network
    seen = []

    def watched(network, batch):
        seen.append(network.a.item())
        return {"b": network.b + 0 * network.a}

    stage = Stage(
        "play",
        [
            Player(lambda n, b: {"a": -n.a}, [net.a], sgd, name="first"),
            Player(watched, [net.b], sgd, name="second", every=2),
        ],
        epochs=3,
    )
    train_stage(run, stage)
    assert net.a.item() == 6  # 3 epochs of 2 batches
    assert net.b.item() == -3  # every second of them
    assert seen == [1, 3, 5]  # after the first player's step
    terms = run.history[-1]
    assert terms["first_a"] == pytest.approx(-(4 + 5) / 2)
    assert terms["second_b"] == pytest.approx(-2)  # mean over its own steps


def test_after_step_clips():
    run = make_run()
    net = run.network

    def clip():
        with torch.no_grad():
            net.a.clamp_(-0.1, 0.1)

    player = Player(pull("a"), [net.a], sgd, after_step=clip)
    train_stage(run, Stage("clip", [player], epochs=1))
    assert net.a.item() == pytest.approx(0.1)


def test_terms_are_summed_and_recorded():
    run = make_run()
    net = run.network
    player = Player(
        lambda n, b: {"x": n.a + 2, "y": n.a * 0 + b.x.mean()}, [net.a], adam(0.0)
    )
    train_stage(run, Stage("sum", [player], epochs=2))
    assert [row["epoch"] for row in run.history] == [1, 2]
    for row in run.history:
        assert row["stage"] == "sum"
        assert row["x"] == pytest.approx(2)
        assert row["y"] == pytest.approx(3.5)  # mean over the table
        assert row["loss"] == pytest.approx(5.5)
        assert row["seconds"] > 0


def positions(n, **stage):
    """Where a number stands before each step of one learning rate, and at the end."""
    run = make_run(n=n)
    net = run.network
    before = []

    def loss(network, batch):
        before.append(network.a.item())
        return {"a": -network.a}

    train_stage(run, Stage("s", [Player(loss, [net.a], sgd)], **stage))
    return [*before, net.a.item()]


def test_decay_is_linear_over_the_epochs():
    # Steps of 1, 3/4, 1/2, 1/4.
    assert positions(4, epochs=4, decay=True) == pytest.approx([0, 1, 1.75, 2.25, 2.5])


def test_warmup_is_linear_over_the_batches():
    # Steps of 1/3, 2/3, then 3/3 and 1, halved in the second epoch.
    found = positions(8, epochs=2, decay=True, warmup=3)
    assert found == pytest.approx([0, 1 / 3, 1, 1.5, 2])


def test_vanished_momentum_is_flushed_on_the_way():
    left = []

    class Spy(skorch.callbacks.Callback):
        def momentum(self, net):
            return net.optimizer_.state[net.module_.a]["exp_avg"]

        def on_epoch_end(self, net, **kwargs):
            if len(net.history) == 1:
                self.momentum(net).fill_(1e-45)

        def on_train_end(self, net, **kwargs):
            left.append(self.momentum(net).item())

    for epochs in (50, 100):  # of 2 batches; a flush comes every 128
        run = make_run(Vector(), callbacks=[Spy()])
        player = Player(lambda n, b: {"a": n.a.sum() * 0}, [run.network.a], adam(0.1))
        train_stage(run, Stage("s", [player], epochs=epochs))
    assert left[0] > 0  # times 0.9 it stays what it is
    assert left[1] == 0


class Vector(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.a = torch.nn.Parameter(torch.ones(1))


def test_refresh_at_its_interval_and_in_evaluation_mode():
    run = make_run(n=12)
    calls = []

    def refresh():
        calls.append((run.network.training, run.network.a.item()))
        return False

    player = Player(lambda n, b: {"a": -n.a}, [run.network.a], sgd)
    train_stage(
        run, Stage("s", [player], epochs=2, refresh=refresh, refresh_interval=2)
    )
    assert calls == [(False, 0), (False, 2), (False, 4)]
    assert not run.network.training


@pytest.mark.parametrize(("at", "steps", "epochs"), [(0, 0, 0), (2, 2, 1), (3, 3, 2)])
def test_refresh_ends_the_stage(at, steps, epochs):
    told = Told()
    run = make_run(fit_callbacks=told)
    player = Player(lambda n, b: {"a": -n.a}, [run.network.a], sgd)
    stage = Stage("s", [player], epochs=9, refresh=lambda: run.network.a.item() >= at)
    train_stage(run, stage)
    assert run.network.a.item() == steps
    assert len(run.history) == epochs
    events = [event for event, _, _ in told.events]
    assert events.count("begin") == events.count("end")


def test_skorch_callbacks_see_what_they_expect():
    seen = []

    class Spy(skorch.callbacks.Callback):
        def on_batch_end(self, net, batch=None, training=None, loss=None, **kwargs):
            seen.append((batch[0].shape, training, loss.item()))

        def on_grad_computed(self, net, named_parameters, **kwargs):
            seen.append(dict(named_parameters)["a"].grad.item())

        def on_epoch_end(self, net, **kwargs):
            seen.append(net.history[-1, "train_loss"])

    run = make_run(callbacks=[Spy()], n=4)
    player = Player(lambda n, b: {"a": 3 - n.a}, [run.network.a], sgd)
    train_stage(run, Stage("s", [player], epochs=1))
    assert seen == [-1.0, ((4, 1), True, 3.0), 3.0]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_stock_skorch_callbacks_work():
    run = make_run(
        callbacks=[
            skorch.callbacks.EarlyStopping(
                "train_loss", patience=2, sink=lambda x: None
            ),
            skorch.callbacks.GradientNormClipping(0.5),
            HALVE,
        ]
    )
    player = Player(lambda n, b: {"a": n.a * 0 + 1}, [run.network.a], sgd)
    train_stage(run, Stage("s", [player], epochs=50))
    assert len(run.history) < 10


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("schedule", [{"decay": True}, {"warmup": 10}, {}])
def test_schedules_of_callbacks_multiply_with_ours(schedule):
    """Halved each epoch by the callback, whatever the stage does to the rate."""
    plain, halved = [], []
    for rates, callbacks in ((plain, []), (halved, [HALVE])):

        class Look(skorch.callbacks.Callback):
            def on_batch_end(self, net, rates=rates, **kwargs):
                rates.append(net.optimizer_.param_groups[0]["lr"])

        run = make_run(callbacks=[*callbacks, Look()])
        player = Player(lambda n, b: {"a": n.a}, [run.network.a], sgd)
        train_stage(run, Stage("s", [player], epochs=4, **schedule))
    halves = 0.5 ** np.repeat(np.arange(4), 2)  # two batches an epoch
    np.testing.assert_allclose(halved, plain * halves)


def test_checkpoints_are_written_of_the_best_epochs(tmp_path):
    checkpoint = skorch.callbacks.Checkpoint("train_loss_best", dirname=tmp_path)
    best = []

    class Look(skorch.callbacks.Callback):
        def on_epoch_end(self, net, **kwargs):
            best.append(net.history[-1, "train_loss_best"])

    losses = iter([3.0, 2.0, 2.5, 1.0])
    run = make_run(callbacks=[checkpoint, Look()], n=4)
    player = Player(lambda n, b: {"a": 0 * n.a + next(losses)}, [run.network.a], sgd)
    train_stage(run, Stage("s", [player], epochs=4))
    assert best == [True, True, False, True]
    assert (tmp_path / "params.pt").exists()


def test_interrupt_from_the_keyboard_is_not_swallowed():
    def loss(network, batch):
        raise KeyboardInterrupt

    run = make_run()
    with pytest.raises(KeyboardInterrupt):
        train_stage(run, Stage("s", [Player(loss, [run.network.a], sgd)], epochs=1))


class Pressed(skorch.callbacks.Callback):
    """In which Ctrl-C is pressed, and then perhaps caught."""

    def __init__(self, event, caught):
        self.caught = caught
        setattr(self, event, self.press)

    def press(self, net, **kwargs):
        with suppress(KeyboardInterrupt if self.caught else ()):
            signal.raise_signal(signal.SIGINT)


@pytest.fixture
def keyboard():
    """Python's handler, which is not there where a shell runs in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


EVENTS = [
    "on_train_begin",
    "on_epoch_begin",
    "on_batch_end",
    "on_epoch_end",
    "on_train_end",
]


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("caught", [False, True])
@pytest.mark.usefixtures("keyboard")
def test_interrupt_from_the_keyboard_in_a_callback_ends_the_fit(event, caught):
    before = signal.getsignal(signal.SIGINT)
    run = make_run(callbacks=[Pressed(event, caught)])
    with pytest.raises(KeyboardInterrupt):
        train_stage(run, Stage("s", [Player(pull("a"), [run.network.a], sgd)], 2))
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.usefixtures("keyboard")
def test_interrupted_fit_leaves_the_previous_one(blobs):
    X, _ = blobs
    model = DEC(3, hidden_layer_sizes=(8,), pretrain_epochs=1, max_iter=1).fit(X)
    expected = model.transform(X)
    model.set_params(callbacks=[Pressed("on_epoch_end", False)])
    with pytest.raises(KeyboardInterrupt):
        model.fit(X)
    np.testing.assert_array_equal(
        model.set_params(callbacks=None).transform(X), expected
    )


def test_loss_that_is_not_finite_names_stage_and_epoch():
    run = make_run()

    def loss(network, batch):
        return {"a": network.a * 0 + 1 / torch.tensor(2.0 - len(run.history))}

    player = Player(loss, [run.network.a], sgd)
    with pytest.raises(FloatingPointError, match="stage 'late', epoch 3"):
        train_stage(run, Stage("late", [player], epochs=5))


def test_a_player_learns_at_several_rates():
    run = make_run(n=4)
    net = run.network
    player = Player(
        lambda n, b: {"sum": -n.a - n.b}, [net.a, net.b], sgd, [([net.b], 0.5)]
    )
    train_stage(run, Stage("s", [player], epochs=1))
    assert (net.a.item(), net.b.item()) == (1, 0.5)


def test_a_loss_leaves_what_the_next_player_needs():
    run = make_run(n=8)
    net = run.network
    read = []

    def first(network, batch):
        batch.shared["sum"] = batch.x.sum().item()
        return {"a": -network.a}

    def second(network, batch):
        read.append(batch.shared["sum"] == batch.x.sum().item())
        return {"b": -network.b}

    players = [Player(first, [net.a], sgd), Player(second, [net.b], sgd)]
    train_stage(run, Stage("s", players, epochs=2))
    assert read == [True] * 4


@pytest.mark.parametrize(
    ("epochs", "n_batches", "expected"), [(None, 10, 20), (None, 3, 47), (5, 3, 5)]
)
def test_default_epochs_have_a_minimum_of_batches(epochs, n_batches, expected):
    assert resolve_epochs(epochs, 20, 140, n_batches) == expected
