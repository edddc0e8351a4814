"""Fits in several threads and in forked processes."""

import os
import signal
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from sklearn.base import clone
from torch import nn

from skdeepcluster import IDEC, NeighborClustering

X = np.random.RandomState(0).normal(size=(64, 6)).astype(np.float32)


class Waiting(nn.Linear):
    """An encoder that, in training, waits until it may go on."""

    begun, go_on = threading.Event(), threading.Event()

    def forward(self, x):
        if self.training:
            Waiting.begun.set()
            assert Waiting.go_on.wait(20)
        return super().forward(x)


def small(**params):
    settings = {"hidden_layer_sizes": (8,), "pretrain_epochs": 1, "max_iter": 1}
    return IDEC(3, **{"n_components": 4, "random_state": 0, **settings, **params})


@pytest.fixture
def fitting():
    """An estimator with an encoder of the user's, in the middle of a fit."""
    Waiting.begun.clear()
    Waiting.go_on.clear()
    model = small(encoder=Waiting(6, 4))
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(model.fit, X)
        assert Waiting.begun.wait(20)
        yield model
        Waiting.go_on.set()
        future.result()


def test_object_is_fitted_by_one_thread_at_a_time(fitting):
    with pytest.raises(RuntimeError, match="is already being fitted"):
        fitting.fit(X)
    Waiting.go_on.set()


def test_object_can_be_fitted_after_a_fit_that_failed():
    model = small()
    with pytest.raises(ValueError, match="n_samples=2"):
        model.fit(X[:2])
    model.fit(X)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_attributes_of_another_kind_of_fit_do_not_stay(blobs):
    X, _ = blobs
    model = NeighborClustering(3, views=2, hidden_layer_sizes=(8,), max_iter=1)
    alone = clone(model).set_params(views=None).fit(X)
    model.fit(X)
    assert model.view_agreement_.shape == (2, 2)
    refitted = model.set_params(views=None).fit(X).fit(X)
    assert vars(refitted).keys() == vars(alone).keys()


def test_forked_process_fits_while_a_thread_does(fitting):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # threads and fork
        child = os.fork()
    if child == 0:
        Waiting.go_on.set()
        signal.alarm(20)
        code = 1
        try:
            torch.set_num_threads(1)
            clone(fitting).fit(X)
            fitting.fit(X)
            code = 0
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


class Slow(nn.Linear):
    """An encoder of the user's, whose training takes a while."""

    def forward(self, x):
        if self.training:
            threading.Event().wait(0.02)
        return super().forward(x)


def test_predictions_do_not_wait_for_the_end_of_a_fit():
    fitted = small(encoder=Slow(6, 4)).fit(X)
    expected = fitted.transform(X)
    model = small(encoder=Slow(6, 4), max_iter=50, batch_size=16)
    alone = clone(model).fit(X).transform(X)
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(model.fit, X)
        n_before = 0
        while not future.done():
            np.testing.assert_array_equal(fitted.transform(X), expected)
            n_before += not future.done()
    assert n_before > 5
    np.testing.assert_array_equal(model.transform(X), alone)
