"""Data that many tests share."""

import os

# One thread for each worker, and for the processes that its tests start: workers that
# each take all cores wait for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pytest
from sklearn.datasets import load_digits, make_blobs
from sklearn.preprocessing import StandardScaler

import skdeepcluster


@pytest.fixture
def short_fits(monkeypatch):
    """Two epochs by default, for code whose results do not matter."""
    for name in skdeepcluster.__all__:
        defaults = getattr(getattr(skdeepcluster, name).__init__, "__kwdefaults__", {})
        for epochs in {"max_iter", "pretrain_epochs"} & set(defaults or {}):
            monkeypatch.setitem(defaults, epochs, 2)


@pytest.fixture(scope="session")
def blobs():
    """Three clear clusters: X of shape (120, 6), float64, and their labels."""
    X, y = make_blobs(120, 6, centers=3, cluster_std=1.0, random_state=0)
    return StandardScaler().fit_transform(X), y


@pytest.fixture(scope="session")
def digits():
    """X of shape (1797, 64) in [0, 1], float32, and the digits."""
    X, y = load_digits(return_X_y=True)
    return (X / 16).astype(np.float32), y
