"""Private or version-dependent parts of scikit-learn, in one place."""

from typing import Any

from sklearn.base import _fit_context
from sklearn.utils._param_validation import (
    HasMethods,
    Interval,
    Options,
    StrOptions,
    validate_parameter_constraints,
)
from sklearn.utils.validation import _get_feature_names

try:
    from sklearn.callback import CallbackSupportMixin
except ImportError:  # scikit-learn < 1.9: fits run without its callbacks

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Stand-in whose callback tree is empty."""

        def _init_callback_context(self, **kwargs: Any) -> "_NoCallbackContext":
            return _NoCallbackContext()

    class _NoCallbackContext:
        def subcontext(self, **kwargs: Any) -> "_NoCallbackContext":
            return self

        def call_on_fit_task_begin(self, **kwargs: Any) -> None:
            return None

        def call_on_fit_task_end(self, **kwargs: Any) -> bool:
            return False


__all__ = [
    "CallbackSupportMixin",
    "HasMethods",
    "Interval",
    "Options",
    "StrOptions",
    "_fit_context",
    "_get_feature_names",
    "validate_parameter_constraints",
]
