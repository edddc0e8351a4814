"""What everything that trains a network shares: parameters, fit, transform."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
import torch
from sklearn.base import (
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
)
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted, validate_data
from torch import nn

from skdeepcluster.base.compat import (
    CallbackSupportMixin,
    HasMethods,
    Interval,
    StrOptions,
    _fit_context,
)
from skdeepcluster.base.input_checks import (
    check_no_infinity,
    check_table,
    warn_of_lost_digits,
)
from skdeepcluster.base.state import FittedStateMixin
from skdeepcluster.training import (
    Progress,
    Rows,
    Run,
    Stage,
    draw_seeds,
    is_memory_map,
    isolated_torch_generators,
    own_modes,
    resolve_device,
    resolve_precision,
)

# What several parameters may be.
POSITIVE = Interval(Integral, 1, None, closed="left")
COUNT = Interval(Integral, 0, None, closed="left")
WEIGHT = Interval(Real, 0, None, closed="left")


@dataclass(eq=False, repr=False, kw_only=True)
class DeepEstimatorMixin(
    FittedStateMixin,
    CallbackSupportMixin,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
):
    """Parameters, fit and transform of everything that trains a network.

    Parameters are dataclass fields, so that a method declares only its own; the
    generated ``__init__`` is the plain one that scikit-learn asks for.

    A method supplies ``_build_network(rows)``, ``_stages(network, run)``, a
    generator that is its algorithm, and ``_objective(network, rows)``.
    """

    hidden_layer_sizes: Sequence[int] = (500, 500, 2000)
    encoder: Any = None
    batch_size: int = 256
    learning_rate: float = 1e-3
    n_init: int = 1
    image_shape: Sequence[int] | None = None
    precision: str = "auto"
    device: str | torch.device = "auto"
    compile: bool = False
    memory: Any = None
    callbacks: list | None = None
    verbose: int = 0
    random_state: Any = None

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "hidden_layer_sizes": ["array-like"],
        "encoder": [None, callable, HasMethods("transform")],
        "batch_size": [POSITIVE],
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
        "n_init": [POSITIVE],
        "image_shape": [None, "array-like"],
        "precision": [StrOptions({"auto", "float32", "bfloat16"})],
        "device": [str, torch.device],
        "compile": ["boolean"],
        "memory": [None, str, HasMethods("cache"), HasMethods("__fspath__")],
        "callbacks": [None, list],
        "verbose": ["verbose"],
        "random_state": ["random_state"],
    }

    #: Parameters that may hold code of the user's, or the name of ours.
    _exchangeable: ClassVar[tuple[str, ...]] = ("encoder",)

    #: Such names that ask for ``image_shape``.
    _for_images: ClassVar[frozenset[str]] = frozenset()

    #: Whether NaN means something.
    _takes_nan: ClassVar[bool] = False

    # -- public ----------------------------------------------------------------

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any = None) -> Any:
        """Train the network on the rows of ``X``.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            A DataFrame, array, memory map or CPU tensor of real numbers.
        y : ignored

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If the parameters do not fit each other or ``X``.
        FloatingPointError
            If the loss stops being finite.
        """
        with self._undone_on_error():
            checked = self._validate_X(X, reset=True)
            self._check_fit(checked)
            context = self._init_callback_context(max_subtasks=None)
            context.call_on_fit_task_begin(estimator=self, X=X, y=y)
            for name, value in self._fit(checked, context, X, y).items():
                setattr(self, name, value)
            context.call_on_fit_task_end(
                estimator=self, X=X, y=y, reconstruction_attributes=dict
            )
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Embed rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        embedding : ndarray of shape (n_samples, n_components), float32
        """
        return self._map(X, "encode")

    def score(self, X: Any, y: Any = None) -> float:
        """Negative objective of the fitted network on ``X``.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : ignored

        Returns
        -------
        score : float
            Larger is better.
        """
        rows = self._rows(X)
        self._validate_params()  # set_params may have come after fit
        self._check_shape_and_code(rows.n_features)
        with own_modes(rows.device):
            worth = self._worth(self.module_, rows)
        if not np.isfinite(worth):
            raise ValueError("X contains values too large for float32 arithmetic.")
        return -worth

    # -- what a method supplies ------------------------------------------------

    def _build_network(self, rows: Rows) -> nn.Module:
        """The untrained network."""
        raise NotImplementedError

    def _stages(self, network: nn.Module, run: Run) -> Iterator[Stage]:
        """The recipe: code below a yield sees what the stage has trained."""
        raise NotImplementedError

    def _objective(self, network: nn.Module, rows: Rows) -> float:
        """What the last stage minimised, on all rows."""
        raise NotImplementedError

    def _strata(self, network: nn.Module, rows: Rows) -> np.ndarray | None:
        """Kinds of rows that every batch is to hold, if there are any."""
        return None

    def _check_fit(self, X: np.ndarray) -> None:
        """Raise where parameters do not fit each other or the data."""
        if not all(
            isinstance(h, Integral) and not isinstance(h, bool) and h > 0
            for h in self.hidden_layer_sizes
        ):
            raise ValueError(
                "hidden_layer_sizes should hold positive integers, got "
                f"{self.hidden_layer_sizes!r}."
            )
        warn_of_lost_digits(X)
        self._check_shape_and_code(X.shape[1])
        for callback in self.callbacks or ():
            named = callback[-1] if isinstance(callback, tuple) else callback
            if not hasattr(named, "on_epoch_end"):
                raise TypeError(
                    f"callbacks should be skorch callbacks, got {callback!r}. "
                    "scikit-learn's go to set_callbacks."
                )
            monitor = getattr(named, "monitor", None)
            if isinstance(monitor, str) and monitor.startswith("valid_"):
                raise ValueError(
                    f"{type(named).__name__} monitors {monitor!r}, but no rows are set "
                    f"aside: monitor={monitor.replace('valid', 'train')!r} is there."
                )

    def _check_shape_and_code(self, n_features: int) -> None:
        self._check_image_shape(n_features)
        for name in self._exchangeable:
            value = getattr(self, name)
            named = isinstance(value, str) and value in self._for_images
            if named and self.image_shape is None:
                raise ValueError(f"{name}={value!r} needs image_shape.")
            if name == "augmentation" and isinstance(value, type):
                raise TypeError(
                    f"augmentation should be an instance: {value.__name__}(...)."
                )

    def _check_image_shape(self, n_features: int) -> None:
        if self.image_shape is not None and not is_image_shape(
            self.image_shape, n_features
        ):
            raise ValueError(
                f"image_shape={self.image_shape!r} should be (channels, height, "
                f"width) with product n_features={n_features}."
            )

    # -- fit, in pieces --------------------------------------------------------

    def _fit(self, X: np.ndarray, context: Any, given: Any, y: Any) -> dict[str, Any]:
        """Run the recipe ``n_init`` times; the attributes of the best run.

        ``given`` is X as the caller passed it, for callbacks.
        """
        device = resolve_device(self.device)
        rows = Rows(X, device)
        best: dict[str, Any] | None = None
        for i, seed in enumerate(draw_seeds(self.random_state, self.n_init), 1):
            with own_modes(device), isolated_torch_generators(seed, device):
                network = self._build_network(rows).to(device).float().eval()
            with own_modes(device), self._isolated(seed, device):
                run = Run(
                    network,
                    rows,
                    seed,
                    batch_size=self.batch_size,
                    precision=resolve_precision(self.precision, device),
                    context=context,
                    notify=self._notifier(given, y),
                    callbacks=self.callbacks or (),
                    memory=self.memory,
                    strata=self._strata(network, rows),
                    draws_globally=self._has_code(),
                    compile=self.compile,
                    watched=hasattr(self, "_skl_callbacks"),
                    progress=self._progress(i) if self.verbose else None,
                )
                for stage in self._stages(network, run):
                    run.train(stage)
                fitted = self._attributes(network.eval(), run)
            if best is None or fitted["objective_"] < best["objective_"]:
                best = fitted
        assert best is not None
        return best

    def _worth(self, network: nn.Module, rows: Rows) -> float:
        """The objective, the same each time even where code of others draws."""
        with self._isolated(0, rows.device):
            return self._objective(network, rows)

    def _has_code(self) -> bool:
        """Whether code of others takes part."""
        given = [getattr(self, name) for name in self._exchangeable]
        named = all(value is None or isinstance(value, str) for value in given)
        return bool(self.callbacks) or not named

    def _isolated(self, seed: int, device: torch.device) -> AbstractContextManager:
        """Global generators of torch for code that may draw from them.

        Our own draws from generators of the run, so that fits in threads need not wait
        for each other.
        """
        if self._has_code():
            return isolated_torch_generators(seed, device)
        return nullcontext()

    def _attributes(self, network: nn.Module, run: Run) -> dict[str, Any]:
        """The fitted attributes of a finished run."""
        return {
            "module_": network,
            "history_": run.history,
            "n_iter_": sum(row["stage"] == run.last_stage for row in run.history),
            "objective_": self._worth(network, run.rows),
            "_n_features_out": self._width(run.rows.n_features),
            **run.found,
        }

    def _width(self, n_features: int) -> int:
        """Dimension of the embedding of a table of so many columns."""
        raise NotImplementedError

    def _image_shape(self) -> tuple[int, int, int] | None:
        """The parameter ``image_shape`` as plain integers."""
        return plain_image_shape(self.image_shape)

    def _progress(self, run: int) -> Progress:
        name = type(self).__name__
        title = f"{name} {run}/{self.n_init}" if self.n_init > 1 else name
        return Progress(title, self.verbose)

    def _notifier(self, X: Any, y: Any) -> Callable[..., bool]:
        def notify(event: str, context: Any, fitted: dict[str, Any] | None) -> bool:
            if event == "begin":
                context.call_on_fit_task_begin(estimator=self, X=X, y=y)
                return False
            return context.call_on_fit_task_end(
                estimator=self, X=X, y=y, reconstruction_attributes=fitted
            )

        return notify

    # -- data in and out -------------------------------------------------------

    def _validate_X(self, X: Any, *, reset: bool) -> np.ndarray:
        check_table(X)
        if isinstance(X, torch.Tensor):
            X = X.detach().cpu()
            X = (X.float() if X.dtype == torch.bfloat16 else X).numpy()
        if isinstance(X, np.ndarray) and X.ndim > 2:
            raise ValueError(
                f"X has {X.ndim} dimensions, {type(self).__name__} takes tables of "
                "shape (n_samples, n_features). For images pass X.reshape(len(X), -1)"
                " and image_shape=(channels, height, width)."
            )
        mapped = is_memory_map(X)
        X = validate_data(
            self,
            X,
            reset=reset,
            dtype=None if mapped else "numeric",
            ensure_min_samples=1,
            ensure_all_finite=not self._takes_nan,
        )
        if self._takes_nan:
            check_no_infinity(X)
        return X

    def _rows(self, X: Any) -> Rows:
        check_is_fitted(self, "module_")
        X = self._validate_X(X, reset=False)
        device = next(self.module_.parameters()).device
        return Rows(X, device, resident=False)

    def _map(self, X: Any, method: str, *args: Any) -> np.ndarray:
        rows = self._rows(X)
        function = getattr(self.module_, method)
        with own_modes(rows.device), self._isolated(0, rows.device):
            result = rows.map(lambda x: function(x, *args))
        # A sum takes a fifth of the time of looking at each value.
        if not result.sum().isfinite():
            broken = ~result.isfinite().all(1)
            if broken.any():
                raise ValueError(
                    f"Row {int(broken.nonzero()[0])} of X contains values too large "
                    "for float32 arithmetic."
                )
        return result.cpu().numpy()

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float32"]
        tags.input_tags.allow_nan = self._takes_nan
        return tags


def is_image_shape(shape: Any, n_features: int) -> bool:
    """Whether rows of so many values can be images of this shape."""
    return (
        len(shape) == 3
        and all(isinstance(size, Integral) and int(size) > 0 for size in shape)
        and bool(np.prod(shape) == n_features)
    )


def plain_image_shape(shape: Any) -> tuple[int, int, int] | None:
    """A checked shape as Python's integers; None stays None."""
    if shape is None:
        return None
    channels, height, width = shape
    return int(channels), int(height), int(width)
