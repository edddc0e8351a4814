"""A toy network and run for tests of the engine."""

import numpy as np
import torch
from torch import nn

from skdeepcluster.base.compat import CallbackSupportMixin
from skdeepcluster.training import Rows, Run


class Two(nn.Module):
    """Two numbers that two players pull."""

    def __init__(self):
        super().__init__()
        self.a = nn.Parameter(torch.tensor(0.0))
        self.b = nn.Parameter(torch.tensor(0.0))


class Estimator(CallbackSupportMixin):
    pass


def make_run(network=None, n=8, batch_size=4, notify=None, **params):
    rows = Rows(np.arange(n, dtype=np.float32)[:, None], torch.device("cpu"))
    return Run(
        network or Two(),
        rows,
        0,
        batch_size=batch_size,
        precision=torch.float32,
        context=Estimator()._init_callback_context(max_subtasks=None),
        notify=notify or (lambda event, context, fitted: False),
        **params,
    )
