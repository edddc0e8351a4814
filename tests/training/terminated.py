"""Fits that receive signals.

    python -m tests.training.terminated FOLDER N_STEPS

fits with checkpoints in the folder, of which only the first is due, receives SIGTERM at
the beginning of a step, and prints the number of each epoch that was trained.
"""

import signal
import sys
import warnings

import numpy as np
from sklearn.datasets import make_blobs

from skdeepcluster import IDEC
from skdeepcluster.training import Run, checkpoint_folder
from skdeepcluster.training.net import StageNet

ROWS = make_blobs(128, 6, centers=3, random_state=0)[0].astype(np.float32)


def estimator(folder):
    return IDEC(
        3,
        hidden_layer_sizes=(8,),
        pretrain_epochs=2,
        max_iter=20,
        tol=0,
        batch_size=32,
        checkpoint=folder,
        random_state=0,
    )


def signalled(number, at, seen):
    """A step of the training that raises a signal when it begins for the n-th time.

    Parameters
    ----------
    number : int
        The signal.
    at : collection of int
        At which steps, from 1.
    seen : list
        Gets the name "step" for each.
    """
    train_step = StageNet.train_step

    def step(*args):
        seen.append("step")
        if seen.count("step") in at:
            signal.raise_signal(number)
        return train_step(*args)

    return step


def main(folder, n_steps):
    warnings.simplefilter("ignore")
    checkpoint_folder._SHARE = 1e-9
    record, epochs = Run.record, []

    def recorded(*args):
        record(*args)
        epochs.append(1)
        print(len(epochs), flush=True)

    StageNet.train_step = signalled(signal.SIGTERM, [n_steps], [])
    Run.record = recorded
    estimator(folder).fit(ROWS)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
