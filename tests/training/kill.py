"""Fits that are killed at random moments, and go on.

    python -m tests.training.kill NAME N_KILLS SEED

kills fits of the estimators with this name (or "all") that many times, each in a folder
of its own, lets them finish, and compares them with fits that were not killed. It forks
and is therefore a process of its own, in which nothing has been trained.
"""

import os
import pickle
import random
import signal
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
from sklearn.base import clone
from sklearn.datasets import make_blobs

from skdeepcluster.training import checkpoint_folder, net
from tests.instances import name_of
from tests.training.interrupted import SMALL, assert_equal_fits

assert net  # imported before forks, which would each take a second for it

#: What a finished fit leaves.
KEPT = ("fit.", "end-", "run-")


def fit_in_child(estimator, X, result):
    """Fit in a forked process, which writes the estimator to a file; its number."""
    child = os.fork()
    if child == 0:
        try:
            warnings.simplefilter("ignore")
            checkpoint_folder._SHARE = float("inf")
            Path(result).write_bytes(pickle.dumps(clone(estimator).fit(X)))
        finally:
            os._exit(0)
    return child


def finish(estimator, X, folder):
    """The fitted estimator, and the seconds that it took."""
    result = Path(folder) / "result"
    started = time.perf_counter()
    os.waitpid(fit_in_child(estimator, X, result), 0)
    return pickle.loads(result.read_bytes()), time.perf_counter() - started


def kill_once(estimator, X, expected, moments):
    """Kill a fit after each of some seconds, let it finish, and compare."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "checkpoints"
        saved = clone(estimator).set_params(checkpoint=place)
        for moment in moments:
            child = fit_in_child(saved, X, os.devnull)
            time.sleep(moment)
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        fitted, _ = finish(saved, X, folder)
        assert_equal_fits(fitted, expected)
        left = [path.name for path in place.rglob("*") if path.is_file()]
        odd = [n for n in left if not n.startswith(KEPT) or "epoch" in n]
        assert not odd, odd


def main(name, n_kills, seed):
    X, _ = make_blobs(120, 6, centers=3, random_state=0)
    X = X.astype(np.float32)
    draws = random.Random(seed)
    chosen = [e for e in SMALL if name in ("all", name_of(e))]
    for estimator in chosen:
        with tempfile.TemporaryDirectory() as folder:
            expected, seconds = finish(estimator, X, folder)
        for _ in range(n_kills):
            n_times = draws.choice([1, 2])
            moments = [draws.uniform(0, 1.2 * seconds) for _ in range(n_times)]
            kill_once(estimator, X, expected, moments)
        print(f"{name_of(estimator)}: {n_kills} of {n_kills} equal", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
