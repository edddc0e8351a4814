"""Weights of the views."""

from typing import Any

import numpy as np

from skdeepcluster.plotting.axes import last_step, prepare


class ViewWeightsDisplay:
    """Bar chart of the attention weights of the views.

    Made by :meth:`from_estimator` or :meth:`from_predictions`.

    Parameters
    ----------
    view_weights : ndarray of shape (n_views,)
    names : sequence of str

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    bars_ : matplotlib BarContainer
    """

    def __init__(self, view_weights: np.ndarray, names: Any) -> None:
        self.view_weights = view_weights
        self.names = names

    @classmethod
    def from_estimator(
        cls, estimator: Any, *, ax: Any = None, **kwargs: Any
    ) -> "ViewWeightsDisplay":
        """Draw the weights of a fitted :class:`~skdeepcluster.EAMC`.

        Parameters
        ----------
        estimator : EAMC or Pipeline
        ax : matplotlib Axes, optional
        **kwargs
            For ``Axes.barh``.
        """
        eamc = last_step(estimator, "view_weights_")
        return cls.from_predictions(
            eamc.view_weights_, list(eamc.views_), ax=ax, **kwargs
        )

    @classmethod
    def from_predictions(
        cls, view_weights: Any, names: Any = None, *, ax: Any = None, **kwargs: Any
    ) -> "ViewWeightsDisplay":
        """Draw given weights.

        Parameters
        ----------
        view_weights : array-like of shape (n_views,)
        names : list of str, optional
            None is ``view0``, ``view1``, ...
        ax : matplotlib Axes, optional
        **kwargs
            For ``Axes.barh``.
        """
        view_weights = np.asarray(view_weights)
        if names is None:
            names = [f"view{i}" for i in range(len(view_weights))]
        return cls(view_weights, names).plot(ax=ax, **kwargs)

    def plot(self, *, ax: Any = None, **kwargs: Any) -> "ViewWeightsDisplay":
        """Draw on ``ax``.

        Parameters
        ----------
        ax : matplotlib Axes, optional
        **kwargs
            For ``Axes.barh``.
        """
        ax = prepare(self, ax)
        places = np.arange(len(self.view_weights))
        self.bars_ = ax.barh(places, self.view_weights, **kwargs)
        ax.bar_label(self.bars_, fmt="%.2f", padding=3)
        ax.set_yticks(places, self.names)
        # The first view on top, and space for the label of the longest bar.
        longest = max(self.view_weights.max(), ax.dataLim.xmax)
        ax.set(
            xlim=(0, 1.15 * longest),
            ylim=(len(places) - 0.5, -0.5),
            xlabel="weight of the view",
        )
        return self
