"""The parameter ``checkpoint``: what determines a fit, and where it is saved."""

import os
from contextlib import AbstractContextManager, nullcontext
from numbers import Integral
from typing import Any

from skdeepcluster.training import (
    NoCheckpoint,
    Rows,
    draw_seeds,
    identity_of,
    open_checkpoint,
    resolve_precision,
)

#: Parameters that do not change what is fitted.
_NO_INFLUENCE = ("checkpoint", "distributed", "memory", "on_interrupt", "verbose")


def checkpoints_of(estimator: Any, rows: Rows) -> AbstractContextManager[NoCheckpoint]:
    """The checkpoints of a fit, and the seeds of its restarts.

    Raises
    ------
    ValueError
        If ``checkpoint`` is a file.
    """
    random_state = estimator.random_state
    seeds = draw_seeds(random_state, estimator.n_init)
    path = estimator.checkpoint
    if path is None:
        return nullcontext(NoCheckpoint(seeds))
    if os.path.isfile(path):
        raise ValueError(
            f"checkpoint={path!r} is a file. It should be a folder; one that does not "
            "exist is made."
        )
    watching = getattr(estimator, "_skl_callbacks", ())
    lasting = random_state is None or isinstance(random_state, Integral)
    parameters = estimator.get_params(deep=False) | {
        # A generator is known by what it has drawn.
        "random_state": random_state if lasting else seeds,
        "precision": str(resolve_precision(estimator.precision, rows.device)),
        "device": rows.device.type,
        "set_callbacks": [type(callback).__name__ for callback in watching],
    }
    for name in _NO_INFLUENCE:
        del parameters[name]
    names = getattr(estimator, "feature_names_in_", ())
    return open_checkpoint(
        path,
        type(estimator).__name__,
        identity_of(parameters, rows, names),
        seeds,
        # What may come out differently the next time is not kept beyond the fit.
        keep=not (random_state is None or watching or estimator._runs_user_code()),
    )
