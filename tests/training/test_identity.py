"""What determines a fit is told apart from what does not."""

import functools
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.cluster import KMeans
from sklearn.frozen import FrozenEstimator
from skorch.callbacks import EarlyStopping
from torch import nn

from skdeepcluster import Autoencoder
from skdeepcluster.training import Rows, identity
from skdeepcluster.training.identity import differences, digest_of, identity_of


def rows(array):
    return Rows(np.asarray(array), torch.device("cpu"))


def of(value):
    return digest_of(identity_of({"p": value}, rows(np.zeros((2, 2))), ()))


def scaled(factor, x):
    return factor * x


def closure(factor):
    return lambda x: factor * x


def linear(seed):
    torch.manual_seed(seed)
    return nn.Linear(2, 2)


def fitted(seed):
    X = np.random.RandomState(0).normal(size=(20, 3))
    return Autoencoder(max_iter=1, hidden_layer_sizes=(2,), random_state=seed).fit(X)


class Local:
    def __init__(self, f):
        self.f = f


#: Makers of values, and other values that must be told apart from these.
VALUES = {
    "number": (lambda: 1.0, lambda: 2.0),
    "type": (lambda: 1, lambda: "1"),
    "array": (lambda: np.arange(3.0), lambda: np.arange(3)),
    "list": (lambda: [1, [2, 3]], lambda: [1, [3, 2]]),
    "dict": (lambda: {"a": closure(1)}, lambda: {"a": closure(2)}),
    "function": (lambda: scaled, lambda: closure),
    "lambda": (lambda: closure(1), lambda: closure(2)),
    "code": (lambda: lambda x: x + 1, lambda: lambda x: x * 1),
    "partial": (
        lambda: functools.partial(scaled, 1),
        lambda: functools.partial(scaled, 2),
    ),
    "not to be pickled": (lambda: Local(closure(1)), lambda: Local(closure(2))),
    "module": (lambda: linear(0), lambda: linear(1)),
    "clusterer": (lambda: KMeans(2), lambda: KMeans(3)),
    "autoencoder": (lambda: fitted(0), lambda: fitted(1)),
    "frozen": (
        lambda: FrozenEstimator(fitted(0)),
        lambda: FrozenEstimator(fitted(1)),
    ),
    "callback": (
        lambda: [("a", EarlyStopping(patience=2))],
        lambda: [("a", EarlyStopping(patience=3))],
    ),
}


@pytest.mark.parametrize("case", VALUES)
def test_values(case):
    make, make_other = VALUES[case]
    state = torch.get_rng_state()
    assert of(make()) == of(make())
    assert of(make()) != of(make_other())
    torch.set_rng_state(state)


def test_what_training_stores_in_a_callback_does_not_matter():
    used = EarlyStopping()
    used.misses_ = 3
    assert of([used]) == of([EarlyStopping()])


@pytest.mark.slow  # imports torch in another process
def test_equal_in_another_process():
    code = (
        "from tests.training.test_identity import VALUES, of\n"
        "print(*(of(make()) for make, _ in VALUES.values()))"
    )
    there = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    state = torch.get_rng_state()
    here = [of(make()) for make, _ in VALUES.values()]
    torch.set_rng_state(state)
    assert there.stdout.split() == here


def test_large_tables_are_sampled(monkeypatch):
    monkeypatch.setattr(identity, "_HASHED", 1000)
    X = np.arange(4000.0).reshape(1000, 4)  # 32 kB: every 32nd row

    def digest(change):
        changed = X.copy()
        changed[change] += 1
        return identity_of({}, rows(changed), ())["data"]["values of X"]

    assert digest(slice(0, 0)) == digest(1)
    assert len({digest(i) for i in (slice(0, 0), 0, 32 * 12, 32 * 30)}) == 4


@pytest.mark.parametrize("layout", ["C", "F", "reversed", "mapped"])
def test_layout_of_the_table_does_not_matter(layout, tmp_path):
    X = np.random.RandomState(0).normal(size=(50, 3))
    np.save(tmp_path / "X.npy", X)
    other = {
        "C": X,
        "F": np.asfortranarray(X),
        "reversed": X[::-1].copy()[::-1],
        "mapped": np.load(tmp_path / "X.npy", mmap_mode="r"),
    }[layout]
    assert identity_of({}, rows(other), ()) == identity_of({}, rows(X), ())


def test_differences_are_named():
    a = identity_of({"gamma": 0.1, "same": 1}, rows(np.zeros((2, 2))), ["x", "y"])
    b = identity_of({"gamma": 0.2, "same": 1}, rows(np.zeros((3, 2))), ["x", "y"])
    assert differences(a, b, "parameters") == ["gamma (0.1 there, 0.2 here)"]
    assert differences(a, b, "data")[0] == "shape of X ((2, 2) there, (3, 2) here)"
    assert differences(a, b, "versions") == []
