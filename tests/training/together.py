"""A fit that two processes share; started by the tests of several processes.

    RANK=0 LOCAL_RANK=0 WORLD_SIZE=2 MASTER_ADDR=127.0.0.1 MASTER_PORT=29400 \\
        python -m tests.training.together OUTPUT IDEC EAMC
"""

import os
import sys
import warnings

import numpy as np
import torch
from sklearn.datasets import make_blobs

from skdeepcluster.testing import shortened
from tests.instances import CHEAP, name_of


def table():
    """An odd number of rows, so that parts are not equal."""
    return make_blobs(201, 6, centers=3, random_state=0)[0].astype(np.float32)


def estimators(names):
    """The instances of the common checks, short, and seeded in each process alike."""
    named = {name_of(each): each for each in reversed(CHEAP)}
    return [shortened(named[name], batch_size=64) for name in names]


def main(output, *names):
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    found = {}
    for name, estimator in zip(names, estimators(names), strict=True):
        fitted = estimator.fit(table())
        found[name] = fitted.transform(table())
        found[f"{name} objective"] = fitted.objective_
        found[f"{name} labels"] = getattr(fitted, "labels_", 0)
    np.savez(f"{output}/{os.environ.get('RANK', 0)}.npz", **found)


if __name__ == "__main__":
    main(*sys.argv[1:])
