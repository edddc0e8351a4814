"""The parameter ``distributed``: what processes that share a fit have to agree on."""

import hashlib
from typing import Any

import torch

from skdeepcluster.training import Processes, Rows

#: Rows that are compared.
_COMPARED = 1000


def check_processes(estimator: Any, rows: Rows, processes: Processes) -> None:
    """Raise unless all processes fit the same estimator on the same rows.

    Raises
    ------
    ValueError
        Also if ``compile`` is set, which works in one process only.
    """
    if estimator.compile:
        raise ValueError(
            f"compile=True works in one process only, and {processes.size} share this "
            "fit. Set compile=False, or distributed=False."
        )
    first = rows.take(torch.arange(min(len(rows), _COMPARED)))
    digest = hashlib.sha256(first.cpu().numpy().tobytes()).hexdigest()[:12]
    parameters = {
        f"The parameter {name}": repr(value)
        for name, value in estimator.get_params(deep=False).items()
        # A generator becomes a seed, which the first process draws.
        if isinstance(value, bool | int | float | str)
    }
    processes.check_same(
        {
            "The estimator": type(estimator).__name__,
            **parameters,
            "The shape of X": (len(rows), rows.n_features),
            "The digest of the first rows of X": digest,
        }
    )
