"""A fit that receives SIGTERM.

    python -m tests.training.terminated FOLDER N_STEPS

fits with checkpoints in the folder, of which only the first is due, receives the signal
at a step, and prints the number of each epoch that was trained.
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


def main(folder, n_steps):
    warnings.simplefilter("ignore")
    checkpoint_folder._SHARE = 1e-9
    train_step, record, steps, epochs = StageNet.train_step, Run.record, [], []

    def counted(*args):
        steps.append(1)
        if len(steps) == n_steps:
            signal.raise_signal(signal.SIGTERM)
        return train_step(*args)

    def recorded(*args):
        record(*args)
        epochs.append(1)
        print(len(epochs), flush=True)

    StageNet.train_step, Run.record = counted, recorded
    estimator(folder).fit(ROWS)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
