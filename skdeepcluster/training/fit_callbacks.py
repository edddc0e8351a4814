"""scikit-learn's callbacks, and the tasks of a fit that are reported to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class FitCallbacks:
    """A task of a fit (the fit itself, a stage, an epoch), reported to callbacks.

    Parameters
    ----------
    estimator : estimator
        With scikit-learn's ``CallbackSupportMixin``.
    X, y : object
        The data as passed by the caller, on which callbacks may score.
    context : object
        scikit-learn's node in the tree of tasks.
    """

    estimator: Any
    X: Any
    y: Any
    context: Any

    @classmethod
    def of_fit(cls, estimator: Any, X: Any, y: Any) -> FitCallbacks:
        """Begin the root task, the whole fit."""
        context = estimator._init_callback_context(max_subtasks=None)
        return cls(estimator, X, y, context)._begun()

    @property
    def watched(self) -> bool:
        """Whether the estimator has any callbacks."""
        return hasattr(self.estimator, "_skl_callbacks")

    def begin(self, name: str, n_subtasks: int | None = None) -> FitCallbacks:
        """Begin a subtask of this one."""
        size = {} if n_subtasks is None else {"max_subtasks": n_subtasks}
        context = self.context.subcontext(task_name=name, **size)
        return replace(self, context=context)._begun()

    def end(self, attributes: dict[str, Any] | Callable[[], dict] | None) -> bool:
        """End this task; return whether a callback asks to stop.

        ``attributes`` are the current fitted attributes of the estimator, for
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
