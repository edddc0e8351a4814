"""Ctrl-C and SIGTERM, which wait until what was trained is saved."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from skorch.callbacks import Callback

from skdeepcluster.training import checkpoint_folder
from skdeepcluster.training.net import StageNet
from skdeepcluster.training.termination import Termination
from tests.training.interrupted import SMALL, assert_equal_fits, fit_counted
from tests.training.terminated import ROWS, estimator, signalled

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

SIGNALS = [signal.SIGTERM, signal.SIGINT]

N_STEPS = len(ROWS) // 32  # of an epoch


@pytest.fixture(autouse=True)
def before():
    """The handlers before each test, which have to be there again after a fit.

    That of Ctrl-C is Python's, which is not there where a shell runs in the background.
    """
    handlers = [signal.getsignal(number) for number in SIGNALS]
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield [handlers[0], signal.default_int_handler]
    for number, handler in zip(SIGNALS, handlers, strict=True):
        signal.signal(number, handler)


@pytest.fixture
def _rarely_saved(monkeypatch):
    """Only the first epoch is old enough to be saved."""
    monkeypatch.setattr(checkpoint_folder, "_SHARE", 1e-9)


@pytest.fixture(scope="module")
def whole():
    """The fit that no signal ends, and its epochs."""
    return fit_counted(estimator(None), ROWS)


@pytest.mark.slow  # imports torch in another process
@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows ends at once")
def test_ends_the_process_after_the_epoch_is_saved(whole, tmp_path):
    expected, epochs = whole
    n_steps = N_STEPS * 9 + 2  # within the tenth epoch, which is not due
    done = subprocess.run(
        [sys.executable, "-m", "tests.training.terminated", tmp_path, str(n_steps)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == -signal.SIGTERM, done.stderr
    assert done.stdout.split() == [str(epoch) for epoch in range(1, 11)]
    fitted, trained = fit_counted(estimator(tmp_path), ROWS)
    assert trained == epochs[10:]
    assert_equal_fits(fitted, expected)


@pytest.mark.usefixtures("_rarely_saved")
@pytest.mark.parametrize("base", SMALL[:1] + SMALL[-1:], ids=lambda e: type(e).__name__)
def test_own_handler_is_called_then(base, tmp_path, monkeypatch):
    seen = []

    def leave(number, frame):
        seen.append("handler")
        sys.exit(number)

    signal.signal(signal.SIGTERM, leave)
    expected, epochs = fit_counted(base, ROWS)
    saved = clone(base).set_params(checkpoint=tmp_path)
    step = signalled(signal.SIGTERM, [N_STEPS + 2], seen)
    monkeypatch.setattr(StageNet, "train_step", step)
    with pytest.raises(SystemExit):
        saved.fit(ROWS)
    assert seen == ["step"] * (2 * N_STEPS) + ["handler"]
    assert not hasattr(saved, "module_")
    assert signal.getsignal(signal.SIGTERM) is leave
    fitted, trained = fit_counted(saved, ROWS)
    assert trained == epochs[2:]
    assert_equal_fits(fitted, expected)


@pytest.mark.usefixtures("_rarely_saved")
@pytest.mark.parametrize(
    ("at", "n_saved"),
    [
        ([N_STEPS * 6 + 1], 7),
        ([N_STEPS * 22], 22),  # in the last epoch
        ([N_STEPS * 6 + 1, N_STEPS * 6 + 2], 2),  # the end of the stage before
    ],
    ids=["once", "last", "twice"],
)
def test_ctrl_c_raises_when_saved(at, n_saved, whole, tmp_path, monkeypatch):
    expected, epochs = whole
    saved = estimator(tmp_path)
    saved.labels_ = "of a fit before"
    with monkeypatch.context() as patched:
        patched.setattr(StageNet, "train_step", signalled(signal.SIGINT, at, []))
        with pytest.raises(KeyboardInterrupt):
            saved.fit(ROWS)
    assert saved.labels_ == "of a fit before"
    fitted, trained = fit_counted(saved, ROWS)
    assert trained == epochs[n_saved:]
    assert_equal_fits(fitted, expected)


@pytest.mark.usefixtures("_rarely_saved")
@pytest.mark.parametrize("epoch", [2, 7, 22])  # the last one of each stage, and within
def test_ctrl_c_keeps_what_is_saved(epoch, whole, tmp_path, monkeypatch):
    expected, epochs = whole
    kept = estimator(tmp_path).set_params(on_interrupt="keep")
    with monkeypatch.context() as patched:
        step = signalled(signal.SIGINT, [N_STEPS * epoch], [])
        patched.setattr(StageNet, "train_step", step)
        with pytest.warns(ConvergenceWarning, match="interrupted in stage"):
            kept.fit(ROWS)
    assert [(row["stage"], row["epoch"]) for row in kept.history_] == epochs[:epoch]
    fitted, trained = fit_counted(kept, ROWS)
    assert trained == epochs[epoch:]
    assert_equal_fits(fitted, expected)


class Pressed(Callback):
    """In which Ctrl-C is pressed once, and caught."""

    left = 2  # epochs; not of the instance, whose attributes are part of the fit

    def on_epoch_begin(self, net, **kwargs):
        Pressed.left -= 1
        if Pressed.left == 0:
            try:
                signal.raise_signal(signal.SIGINT)
            except KeyboardInterrupt:
                pytest.fail("did not wait")


@pytest.mark.usefixtures("_rarely_saved")
def test_ctrl_c_in_a_callback_waits(whole, tmp_path):
    saved = estimator(tmp_path).set_params(callbacks=[Pressed()])
    with pytest.raises(KeyboardInterrupt):
        saved.fit(ROWS)
    assert fit_counted(saved, ROWS)[1] == whole[1][2:]


@pytest.mark.usefixtures("_rarely_saved")
@pytest.mark.parametrize("number", SIGNALS)
def test_fit_goes_on_where_the_handler_returns(number, whole, tmp_path, monkeypatch):
    seen = []
    signal.signal(number, lambda number, frame: seen.append("handler"))
    step = signalled(number, [N_STEPS + 2], seen)
    monkeypatch.setattr(StageNet, "train_step", step)
    saved = estimator(tmp_path).set_params(callbacks=[Callback()])
    assert_equal_fits(saved.fit(ROWS), whole[0])
    assert seen.count("handler") == 1


@pytest.mark.parametrize("checkpoint", [True, False])
def test_where_nothing_is_installed(checkpoint, tmp_path, monkeypatch, before):
    """Without checkpoints, in threads, and where signals are ignored."""
    found = []
    train_step = StageNet.train_step

    def looking(*args):
        found.append(tuple(map(signal.getsignal, SIGNALS)))
        return train_step(*args)

    monkeypatch.setattr(StageNet, "train_step", looking)
    before = tuple(before)
    if not checkpoint:
        estimator(None).fit(ROWS)
        assert {*found} == {before}
        return
    thread = threading.Thread(target=lambda: estimator(tmp_path / "a").fit(ROWS))
    thread.start()
    thread.join()
    assert {*found} == {before}
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    estimator(tmp_path / "b").fit(ROWS)
    assert {*found} == {before, (signal.SIG_IGN,) * 2}
    for number, handler in zip(SIGNALS, before, strict=True):
        signal.signal(number, handler)
    estimator(tmp_path / "c").fit(ROWS)
    assert len({*found}) == 3  # now it was
    assert all(now != then for now, then in zip(found[-1], before, strict=True))
    assert tuple(map(signal.getsignal, SIGNALS)) == before


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("other", SIGNALS)
def test_waits_only_for_what_is_to_be_saved(number, other):
    calls = []
    for each in SIGNALS:
        signal.signal(each, lambda number, frame: calls.append(number))
    with Termination() as termination:
        signal.raise_signal(number)
        assert calls == [number]
        termination.waits = True
        signal.raise_signal(number)
        assert calls == [number]
        assert termination.received == number
        with termination.waiting():
            assert calls == [number]
        assert calls == [number] * 2
        assert termination.received is None
        termination.waits = True
        signal.raise_signal(number)
        signal.raise_signal(other)  # the second does not, nor does the third
        signal.raise_signal(number)
        assert calls == [number, number, other, number]
        termination.waits = True
        signal.raise_signal(other)
        assert len(calls) == 4
    assert calls[4:] == [other]  # at the end of the fit


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("number", SIGNALS)
def test_forked_processes_do_not_wait(number):
    signal.signal(number, signal.SIG_DFL)
    with Termination() as termination:
        termination.waits = True
        child = os.fork()
        if child == 0:
            signal.raise_signal(number)
            os._exit(0)
        _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == -number
    assert termination.received is None
