"""Fits that stop after a number of epochs, and comparing fits, for tests."""

import contextlib

import numpy as np
from sklearn.base import clone

from skdeepcluster.training import Run, checkpoint_folder
from tests.instances import CHEAP, is_clusterer


class Stop(Exception):
    """Raised in place of an interrupt."""


#: Every estimator, with two stages of a few epochs.
SMALL = [
    clone(estimator).set_params(
        random_state=0,
        batch_size=32,
        **{
            name: value
            for name, value in {
                "max_iter": 4,
                "pretrain_epochs": 3,
                "n_clusters": 3,
                "tol": 0,
                "n_encoders": 2,
            }.items()
            if name in estimator.get_params()
        },
    )
    for estimator in CHEAP
]


def save_every_epoch(monkeypatch):
    monkeypatch.setattr(checkpoint_folder, "_SHARE", float("inf"))


@contextlib.contextmanager
def stop_after(n_epochs):
    """Stop fits in the block at the end of that epoch, before it is saved.

    Yields the list of the epochs that were trained.
    """
    trained = []
    record = Run.record

    def counted(run, stage, epoch, *args):
        record(run, stage, epoch, *args)
        trained.append((stage.name, epoch))
        if len(trained) == n_epochs:
            raise Stop

    Run.record = counted
    try:
        with contextlib.suppress(Stop):
            yield trained
    finally:
        Run.record = record


def fit_counted(estimator, X, n_epochs=None):
    """Fit a clone until it has trained that many epochs; the clone, and its epochs."""
    estimator = clone(estimator)
    with stop_after(n_epochs) as trained:
        estimator.fit(X)
    return estimator, trained


def assert_equal_fits(a, b):
    """Weights, buffers, labels and history without seconds are equal, bit for bit."""
    states = [dict(e.module_.state_dict()) for e in (a, b)]
    assert states[0].keys() == states[1].keys()
    for name, tensor in states[0].items():
        np.testing.assert_array_equal(tensor, states[1][name], name)
    histories = [[{**row, "seconds": 0} for row in e.history_] for e in (a, b)]
    assert histories[0] == histories[1]
    assert (a.objective_, a.n_iter_) == (b.objective_, b.n_iter_)
    if is_clusterer(a):
        np.testing.assert_array_equal(a.labels_, b.labels_)
    for name in ("view_weights_", "cluster_centers_", "n_clusters_", "matching_"):
        if hasattr(a, name):
            np.testing.assert_equal(getattr(a, name), getattr(b, name))
