"""The parameter ``distributed``: what processes that share a fit have to agree on."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from scipy.sparse import issparse

from skdeepcluster.training import Processes, Rows, put_together

#: Rows that are compared.
_COMPARED = 1000


def check_parameters(estimator: Any, processes: Processes) -> None:
    """Raise unless all processes fit the same estimator.

    Raises
    ------
    ValueError
        Also if ``compile`` is set, which works in one process only.
    """
    parameters = {
        f"The parameter {name}": repr(value)
        for name, value in estimator.get_params(deep=False).items()
        # A generator becomes a seed, which the first process draws.
        if isinstance(value, bool | int | float | str)
    }
    title = type(estimator).__name__
    processes.check_same({"The estimator": title, **parameters})
    if estimator.compile:
        raise ValueError(
            f"compile=True works in one process only, and {processes.size} share this "
            "fit. Set compile=False, or distributed=False."
        )


def check_rows(rows: Rows, processes: Processes) -> None:
    """Raise unless all processes have the same rows."""
    first = rows.take(torch.arange(min(len(rows), _COMPARED)))
    digest = hashlib.sha256(first.cpu().numpy().tobytes()).hexdigest()[:12]
    processes.check_same(
        {
            "The shape of X": (len(rows), rows.n_features),
            "The digest of the first rows of X": digest,
            "The digest of the hints": None
            if rows.hints is None
            else rows.hints.digest(),
        }
    )


@contextmanager
def table_of_fit(
    estimator: Any, X: Any, processes: Processes | None, device: torch.device
) -> Iterator[tuple[Any, slice | None]]:
    """The validated table of all processes, and which rows are this one's own.

    Rows of the processes are put together if each has its own; ``None`` are own rows
    if the table is the one that was given.
    """
    if processes is None or estimator.distributed != "sharded":
        yield estimator._validate_X(X, reset=True), None
        return
    with processes.errors_shared():
        X = estimator._validate_X(X, reset=True)
    names = getattr(estimator, "feature_names_in_", None)
    processes.check_same(
        {
            "The number of columns of X": X.shape[1],
            "The names of the columns of X": None if names is None else [*names],
            "The dtype of X": str(X.dtype),
            "The kind of X": "sparse" if issparse(X) else "dense",
        }
    )
    with put_together(X, processes, device) as (table, own):
        yield table, own
