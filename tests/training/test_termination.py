"""SIGTERM, which waits until what was trained is saved."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sklearn.base import clone

from skdeepcluster.training import checkpoint_folder
from skdeepcluster.training.net import StageNet
from skdeepcluster.training.termination import Termination
from tests.training.interrupted import SMALL, assert_equal_fits, fit_counted
from tests.training.terminated import ROWS, estimator

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(autouse=True)
def before():
    """The handler before each test, which has to be there again after a fit."""
    handler = signal.getsignal(signal.SIGTERM)
    yield handler
    signal.signal(signal.SIGTERM, handler)


@pytest.fixture
def _rarely_saved(monkeypatch):
    """Only the first epoch is old enough to be saved."""
    monkeypatch.setattr(checkpoint_folder, "_SHARE", 1e-9)


def signalled_at(step, monkeypatch, seen):
    """Raise SIGTERM at the end of a step of the training; steps are counted in it."""
    train_step = StageNet.train_step

    def counted(*args):
        terms = train_step(*args)
        seen.append("step")
        if seen.count("step") == step:
            signal.raise_signal(signal.SIGTERM)
        return terms

    monkeypatch.setattr(StageNet, "train_step", counted)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows ends at once")
def test_ends_the_process_after_the_epoch_is_saved(tmp_path):
    expected, epochs = fit_counted(estimator(None), ROWS)
    n_steps = len(ROWS) // 32 * 9 + 1  # within the tenth epoch, which is not due
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
    signalled_at(len(ROWS) // 32 + 1, monkeypatch, seen)
    with pytest.raises(SystemExit):
        saved.fit(ROWS)
    assert seen == ["step"] * (2 * (len(ROWS) // 32)) + ["handler"]
    assert not hasattr(saved, "module_")
    assert signal.getsignal(signal.SIGTERM) is leave
    fitted, trained = fit_counted(saved, ROWS)
    assert trained == epochs[2:]
    assert_equal_fits(fitted, expected)


@pytest.mark.usefixtures("_rarely_saved")
def test_fit_goes_on_where_the_handler_returns(tmp_path, monkeypatch):
    seen = []
    signal.signal(signal.SIGTERM, lambda number, frame: seen.append("handler"))
    expected = estimator(None).fit(ROWS)
    signalled_at(len(ROWS) // 32 + 1, monkeypatch, seen)
    assert_equal_fits(estimator(tmp_path).fit(ROWS), expected)
    assert seen.count("handler") == 1


@pytest.mark.parametrize("checkpoint", [True, False])
def test_where_nothing_is_installed(checkpoint, tmp_path, monkeypatch, before):
    """Without checkpoints, in threads, and where it is ignored."""
    found = []
    train_step = StageNet.train_step

    def looking(*args):
        found.append(signal.getsignal(signal.SIGTERM))
        return train_step(*args)

    monkeypatch.setattr(StageNet, "train_step", looking)
    if not checkpoint:
        estimator(None).fit(ROWS)
        assert {*found} == {before}
        return
    thread = threading.Thread(target=lambda: estimator(tmp_path / "a").fit(ROWS))
    thread.start()
    thread.join()
    assert {*found} == {before}
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    estimator(tmp_path / "b").fit(ROWS)
    assert {*found} == {before, signal.SIG_IGN}
    signal.signal(signal.SIGTERM, before)
    estimator(tmp_path / "c").fit(ROWS)
    assert len({*found}) == 3  # now it was
    assert signal.getsignal(signal.SIGTERM) == before


def test_waits_only_for_what_is_to_be_saved():
    calls = []
    signal.signal(signal.SIGTERM, lambda number, frame: calls.append(number))
    with Termination() as termination:
        signal.raise_signal(signal.SIGTERM)
        assert len(calls) == 1
        termination.waits = True
        signal.raise_signal(signal.SIGTERM)
        assert len(calls) == 1
        assert termination.received
        with termination.waiting():
            assert len(calls) == 1
        assert len(calls) == 2
        assert not termination.received
        termination.waits = True
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)  # the second does not
        assert len(calls) == 3
        signal.raise_signal(signal.SIGTERM)
    assert len(calls) == 4  # at the end of the fit at the latest


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_forked_processes_do_not_wait():
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with Termination() as termination:
        termination.waits = True
        child = os.fork()
        if child == 0:
            signal.raise_signal(signal.SIGTERM)
            os._exit(0)
        _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == -signal.SIGTERM
    assert not termination.received
