"""Helpers of all displays: axes, colours, the fitted step of a pipeline."""

from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted


def prepare(display: Any, ax: Any = None) -> Any:
    """The axes to draw on, new ones if None; also stored in the display.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError(
            f"{type(display).__name__} needs matplotlib: pip install matplotlib."
        ) from error
    if ax is None:
        _, ax = plt.subplots(layout="constrained")
    display.ax_, display.figure_ = ax, ax.figure
    return ax


def cluster_colors(n_clusters: int) -> np.ndarray:
    """One colour per cluster, as distinct as possible, of shape (n_clusters, 4)."""
    from matplotlib import colormaps

    if n_clusters <= 20:
        return colormaps["tab10" if n_clusters <= 10 else "tab20"](range(n_clusters))
    return colormaps["turbo"](np.linspace(0.02, 0.98, n_clusters))


def last_step(estimator: Any, attribute: str) -> Any:
    """The estimator itself, the last step of a Pipeline, the best of a search.

    Raises
    ------
    sklearn.exceptions.NotFittedError
        If it is not fitted.
    TypeError
        If the estimator has no such fitted attribute.
    """
    check_is_fitted(estimator)
    estimator = getattr(estimator, "best_estimator_", estimator)  # of a search
    step = estimator[-1] if isinstance(estimator, Pipeline) else estimator
    check_is_fitted(step)
    if not hasattr(step, attribute):
        raise TypeError(f"{type(step).__name__} has no {attribute}.")
    return step
