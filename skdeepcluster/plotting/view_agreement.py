"""Which views tell the same story."""

from typing import Any

import numpy as np

from skdeepcluster.plotting.axes import last_step, prepare

#: More views have colours without numbers.
_LARGEST_WITH_NUMBERS = 12


class ViewAgreementDisplay:
    """Heat map of how much pairs of views agree about who is near, with their weights.

    Made by :meth:`from_estimator` or :meth:`from_predictions`.

    Parameters
    ----------
    agreement : ndarray of shape (n_views, n_views)
        From 0 (chance) to 1.
    names : sequence of str
    view_weights : ndarray of shape (n_views,) or None
        Shown beside the names.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    im_ : matplotlib AxesImage
    text_ : ndarray of shape (n_views, n_views) of matplotlib Text, or None
    """

    def __init__(
        self, agreement: np.ndarray, names: Any, view_weights: np.ndarray | None = None
    ) -> None:
        self.agreement = agreement
        self.names = names
        self.view_weights = view_weights

    @classmethod
    def from_estimator(
        cls, estimator: Any, *, ax: Any = None, **kwargs: Any
    ) -> "ViewAgreementDisplay":
        """Draw the agreement of the views of a fitted ``NeighborClustering``.

        With ``max_iter=0`` it is fitted without any training, which is enough for the
        agreement.

        Parameters
        ----------
        estimator : NeighborClustering with ``views``, or Pipeline
        ax : matplotlib Axes, optional
        **kwargs
            For ``Axes.imshow``.
        """
        clusterer = last_step(estimator, "view_agreement_")
        return cls.from_predictions(
            clusterer.view_agreement_,
            list(clusterer.views_),
            clusterer.view_weights_,
            ax=ax,
            **kwargs,
        )

    @classmethod
    def from_predictions(
        cls,
        agreement: Any,
        names: Any = None,
        view_weights: Any = None,
        *,
        ax: Any = None,
        **kwargs: Any,
    ) -> "ViewAgreementDisplay":
        """Draw given numbers.

        Parameters
        ----------
        agreement : array-like of shape (n_views, n_views)
        names : list of str, optional
            None is ``view0``, ``view1``, ...
        view_weights : array-like of shape (n_views,), optional
        ax : matplotlib Axes, optional
        **kwargs
            For ``Axes.imshow``.
        """
        agreement = np.asarray(agreement)
        if names is None:
            names = [f"view{i}" for i in range(len(agreement))]
        if view_weights is not None:
            view_weights = np.asarray(view_weights)
        return cls(agreement, names, view_weights).plot(ax=ax, **kwargs)

    def plot(self, *, ax: Any = None, **kwargs: Any) -> "ViewAgreementDisplay":
        """Draw on ``ax``.

        Parameters
        ----------
        ax : matplotlib Axes, optional
        **kwargs
            For ``Axes.imshow``.
        """
        ax = prepare(self, ax)
        style = {"cmap": "Blues", "vmin": 0, "vmax": 1}
        self.im_ = ax.imshow(self.agreement, **(style | kwargs))
        self.text_ = None
        if len(self.agreement) <= _LARGEST_WITH_NUMBERS:
            self.text_ = np.empty(self.agreement.shape, dtype=object)
            for place, value in np.ndenumerate(self.agreement):
                color = "white" if value > 0.5 else "black"
                self.text_[place] = ax.text(
                    *place[::-1], f"{value:.2f}", ha="center", va="center", color=color
                )
        places = range(len(self.names))
        ax.set_xticks(places, self.names, rotation=45, ha="right")
        ax.set_yticks(places, self._labels())
        ax.figure.colorbar(self.im_, ax=ax, label="agreement of neighbours")
        return self

    def _labels(self) -> list[str]:
        if self.view_weights is None:
            return list(self.names)
        pairs = zip(self.names, self.view_weights, strict=True)
        return [f"{name} (weight {weight:.2f})" for name, weight in pairs]
