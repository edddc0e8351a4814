"""Fits that Ctrl-C ends, and that are kept."""

import signal

import numpy as np
import pytest
import skorch
from sklearn.exceptions import ConvergenceWarning

from skdeepcluster import IDEC
from skdeepcluster.testing import shortened
from skdeepcluster.training.net import StageNet
from tests.instances import CHEAP, is_clusterer, on_each
from tests.training.terminated import signalled


@pytest.fixture(autouse=True)
def keyboard():
    """Python's handler, which is not there where a shell runs in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


class Pressed(skorch.callbacks.Callback):
    """Ctrl-C is pressed at the end of an epoch."""

    def __init__(self, number):
        self.left = number

    def on_epoch_end(self, net, **kwargs):
        self.left -= 1
        if not self.left:
            signal.raise_signal(signal.SIGINT)


def idec(**params):
    return shortened(IDEC(hidden_layer_sizes=(8,)), on_interrupt="keep", **params)


@on_each(CHEAP)
@pytest.mark.filterwarnings("ignore:.*are empty", "ignore:k-means on X")
def test_what_was_trained_is_kept(estimator, blobs):
    X, _ = blobs
    params = {"on_interrupt": "keep", "callbacks": [Pressed(2)]}
    model = shortened(estimator, **params)
    with pytest.warns(ConvergenceWarning, match="interrupted in stage .* epochs"):
        model.fit(X)
    assert len({row["stage"] for row in model.history_}) <= 2
    assert np.isfinite(model.transform(X)).all()
    if is_clusterer(model):
        np.testing.assert_array_equal(model.predict(X), model.labels_)


def test_restarts_end_as_well(blobs):
    model = idec(n_init=3, callbacks=[Pressed(8)])
    with pytest.warns(ConvergenceWarning, match="interrupted"):
        model.fit(blobs[0])
    assert model.callbacks[0].left == 0  # no restart has gone on


def test_interrupted_fit_is_not_kept_as_a_finished_one(blobs, tmp_path, monkeypatch):
    X, _ = blobs
    expected = idec().fit(X).transform(X)
    for name in ("checkpoint", "memory"):
        kept = {name: str(tmp_path / name)}
        step = signalled(signal.SIGINT, [2], [])  # of three of pretraining
        with monkeypatch.context() as patched:
            patched.setattr(StageNet, "train_step", step)
            with pytest.warns(ConvergenceWarning, match="interrupted"):
                idec(**kept).fit(X)
        whole = idec(**kept).fit(X)
        np.testing.assert_array_equal(whole.transform(X), expected)
