"""A toy network and run for tests of the engine."""

import numpy as np
import torch
from torch import nn

from skdeepcluster.training import Rows, Run


class Two(nn.Module):
    """Two numbers that two players pull."""

    def __init__(self):
        super().__init__()
        self.a = nn.Parameter(torch.tensor(0.0))
        self.b = nn.Parameter(torch.tensor(0.0))


class Told:
    """Stands in for scikit-learn's callbacks and remembers what it is told.

    ``stop`` is asked with the name of each task that ends.
    """

    watched = False

    def __init__(self, stop=lambda name: False, name="fit", events=None):
        self.stop = stop
        self.name = name
        self.events = [] if events is None else events

    def begin(self, name, n_subtasks=None):
        self.events.append(("begin", name, None))
        return Told(self.stop, name, self.events)

    def end(self, attributes):
        self.events.append(("end", self.name, attributes))
        return self.stop(self.name)


def make_run(network=None, n=8, batch_size=4, fit_callbacks=None, **params):
    rows = Rows(np.arange(n, dtype=np.float32)[:, None], torch.device("cpu"))
    return Run(
        network or Two(),
        rows,
        0,
        batch_size=batch_size,
        precision=torch.float32,
        fit_callbacks=fit_callbacks or Told(),
        **params,
    )
