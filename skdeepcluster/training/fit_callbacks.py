"""scikit-learn's callbacks, and the tasks of a fit that they are told of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class FitCallbacks:
    """A task of a fit (the fit itself, a stage, an epoch) and who hears of it.

    Parameters
    ----------
    estimator : estimator
        With scikit-learn's ``CallbackSupportMixin``.
    X, y : object
        The data as the caller gave them, which callbacks may score.
    context : object
        scikit-learn's node of the tree of tasks.
    """

    estimator: Any
    X: Any
    y: Any
    context: Any

    @classmethod
    def of_fit(cls, estimator: Any, X: Any, y: Any) -> FitCallbacks:
        """Begin the task that is the whole fit."""
        context = estimator._init_callback_context(max_subtasks=None)
        return cls(estimator, X, y, context)._begun()

    @property
    def watched(self) -> bool:
        """Whether the estimator has callbacks at all."""
        return hasattr(self.estimator, "_skl_callbacks")

    def begin(self, name: str, n_subtasks: int | None = None) -> FitCallbacks:
        """Begin a task below this one."""
        size = {} if n_subtasks is None else {"max_subtasks": n_subtasks}
        context = self.context.subcontext(task_name=name, **size)
        return replace(self, context=context)._begun()

    def end(self, attributes: dict[str, Any] | Callable[[], dict] | None) -> bool:
        """End this task; whether a callback asks for no more of its kind.

        ``attributes`` are what a fitted copy of the estimator would have now, for
        callbacks that score it.
        """
        return self.context.call_on_fit_task_end(
            estimator=self.estimator,
            X=self.X,
            y=self.y,
            reconstruction_attributes=attributes,
        )

    def _begun(self) -> FitCallbacks:
        self.context.call_on_fit_task_begin(
            estimator=self.estimator, X=self.X, y=self.y
        )
        return self
