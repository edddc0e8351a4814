"""The scikit-learn face of every estimator."""

import copy
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
import torch
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    ClusterMixin,
    TransformerMixin,
)
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted, validate_data
from torch import nn

from skdeepcluster._compat import (
    CallbackSupportMixin,
    HasMethods,
    Interval,
    StrOptions,
    _fit_context,
)
from skdeepcluster.augment import RandomAffine
from skdeepcluster.training import (
    Rows,
    Run,
    Stage,
    draw_seeds,
    is_memory_map,
    isolated_torch_generators,
    reseed_empty_clusters,
    resolve_device,
    resolve_precision,
)

# What several parameters may be.
POSITIVE = Interval(Integral, 1, None, closed="left")
COUNT = Interval(Integral, 0, None, closed="left")
WEIGHT = Interval(Real, 0, None, closed="left")


@dataclass(eq=False, repr=False, kw_only=True)
class DeepEstimatorMixin(
    CallbackSupportMixin, ClassNamePrefixFeaturesOutMixin, TransformerMixin
):
    """Parameters, fit and transform of everything that trains a network.

    Parameters are dataclass fields, so that a method declares only its own; the
    generated ``__init__`` is the plain one that scikit-learn asks for.

    A method supplies ``_build_network(rows)``, ``_stages(network, run)``, a
    generator that is its algorithm, and ``_objective(network, rows)``.
    """

    n_components: int = 10
    hidden_layer_sizes: Sequence[int] = (500, 500, 2000)
    encoder: Any = None
    batch_size: int = 256
    learning_rate: float = 1e-3
    n_init: int = 1
    image_shape: Sequence[int] | None = None
    augmentation: str | Callable | None = "auto"
    precision: str = "auto"
    device: str | torch.device = "auto"
    memory: Any = None
    callbacks: list | None = None
    verbose: int = 0
    random_state: Any = None

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "n_components": [POSITIVE],
        "hidden_layer_sizes": ["array-like"],
        "encoder": [None, callable, HasMethods("transform")],
        "batch_size": [POSITIVE],
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
        "n_init": [POSITIVE],
        "image_shape": [None, "array-like"],
        "augmentation": [None, StrOptions({"auto", "affine"}), callable],
        "precision": [StrOptions({"auto", "float32", "bfloat16"})],
        "device": [str, torch.device],
        "memory": [None, str, HasMethods("cache")],
        "callbacks": [None, list],
        "verbose": ["verbose"],
        "random_state": ["random_state"],
    }

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
            X = self._validate_X(X, reset=True)
            self._check_fit(X)
            context = self._init_callback_context(max_subtasks=None)
            context.call_on_fit_task_begin(estimator=self, X=X, y=y)
            fitted = self._fit(X, y, context)
            self._set_attributes(fitted)
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
        return -self._objective(self.module_, rows)

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

    def _check_fit(self, X: np.ndarray) -> None:
        """Raise where parameters do not fit each other or the data."""
        if not all(isinstance(h, Integral) and h > 0 for h in self.hidden_layer_sizes):
            raise ValueError(
                "hidden_layer_sizes should hold positive integers, got "
                f"{self.hidden_layer_sizes!r}."
            )
        if self.image_shape is not None and (
            len(self.image_shape) != 3 or np.prod(self.image_shape) != X.shape[1]
        ):
            raise ValueError(
                f"image_shape={self.image_shape!r} should be (channels, height, "
                f"width) with product n_features={X.shape[1]}."
            )
        if self.augmentation == "affine" and self.image_shape is None:
            raise ValueError("augmentation='affine' needs image_shape.")

    # -- fit, in pieces --------------------------------------------------------

    def _fit(self, X: np.ndarray, y: Any, context: Any) -> dict[str, Any]:
        """Run the recipe ``n_init`` times; the attributes of the best run."""
        device = resolve_device(self.device)
        rows = Rows(X, device)
        best: dict[str, Any] | None = None
        for seed in draw_seeds(self.random_state, self.n_init):
            with isolated_torch_generators(seed, device):
                network = self._build_network(rows).to(device)
                run = Run(
                    network,
                    rows,
                    seed,
                    batch_size=self.batch_size,
                    precision=resolve_precision(self.precision, device),
                    context=context,
                    notify=self._notifier(X, y),
                    callbacks=self.callbacks or (),
                    memory=self.memory,
                    report=self._report if self.verbose else None,
                )
                for stage in self._stages(network, run):
                    run.train(stage)
                fitted = self._attributes(network.eval(), run)
            if best is None or fitted["objective_"] < best["objective_"]:
                best = fitted
        assert best is not None
        return best

    def _attributes(self, network: nn.Module, run: Run) -> dict[str, Any]:
        """The fitted attributes of a finished run."""
        last = run.history[-1]["stage"] if run.history else None
        return {
            "module_": network,
            "history_": run.history,
            "n_iter_": sum(row["stage"] == last for row in run.history),
            "objective_": self._objective(network, run.rows),
            "_n_features_out": self._width(run.rows.n_features),
        }

    def _width(self, n_features: int) -> int:
        return min(self.n_components, n_features)

    def _augmentation(self) -> Callable | None:
        """The parameter ``augmentation`` as a callable."""
        if callable(self.augmentation):
            return self.augmentation
        if self.augmentation is None or self.image_shape is None:
            return None
        channels, height, width = self.image_shape
        return RandomAffine((int(channels), int(height), int(width)))

    def _report(self, line: str) -> None:
        print(f"[{type(self).__name__}] {line}")

    def _notifier(self, X: np.ndarray, y: Any) -> Callable[..., bool]:
        def notify(event: str, context: Any, fitted: dict[str, Any] | None) -> bool:
            if event == "begin":
                context.call_on_fit_task_begin(estimator=self, X=X, y=y)
                return False
            return context.call_on_fit_task_end(
                estimator=self, X=X, y=y, reconstruction_attributes=fitted
            )

        return notify

    @contextmanager
    def _undone_on_error(self) -> Iterator[None]:
        """Keep the previous fit usable when this one raises."""
        names = ("n_features_in_", "feature_names_in_")
        before = {name: getattr(self, name) for name in names if hasattr(self, name)}
        try:
            yield
        except BaseException:
            for name in names:
                if hasattr(self, name):
                    delattr(self, name)
            self._set_attributes(before)
            raise

    def _set_attributes(self, attributes: dict[str, Any]) -> None:
        for name, value in attributes.items():
            setattr(self, name, value)

    # -- data in and out -------------------------------------------------------

    def _validate_X(self, X: Any, *, reset: bool) -> np.ndarray:
        if isinstance(X, torch.Tensor):
            X = X.detach().cpu().numpy()
        if isinstance(X, np.ndarray) and X.ndim > 2:
            raise ValueError(
                f"X has {X.ndim} dimensions, {type(self).__name__} takes tables of "
                "shape (n_samples, n_features). For images pass X.reshape(len(X), -1)"
                " and image_shape=(channels, height, width)."
            )
        mapped = is_memory_map(X)
        return validate_data(
            self,
            X,
            reset=reset,
            dtype=None if mapped else "numeric",
            ensure_min_samples=1,
        )

    def _rows(self, X: Any) -> Rows:
        check_is_fitted(self, "module_")
        X = self._validate_X(X, reset=False)
        device = next(self.module_.parameters()).device
        return Rows(X, device, resident=False)

    def _map(self, X: Any, method: str) -> np.ndarray:
        rows = self._rows(X)
        return rows.map(getattr(self.module_, method)).cpu().numpy()

    def __getstate__(self) -> dict[str, Any]:
        """A state that opens on machines without this one's accelerator."""
        state = super().__getstate__()
        module = state.get("module_")
        if module is not None and next(module.parameters()).device.type != "cpu":
            state = {**state, "module_": copy.deepcopy(module).cpu()}
        return state

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags


@dataclass(eq=False, repr=False, kw_only=True)
class BaseDeepClusterer(DeepEstimatorMixin, ClusterMixin, BaseEstimator):
    """A network that assigns rows to clusters.

    The network has ``encode(x)``, ``assign(x)`` with rows that sum to one,
    ``assign_embedding(z)`` and ``move_cluster(cluster, z)``.
    """

    n_clusters: int = field(default=8, kw_only=False)

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **DeepEstimatorMixin._parameter_constraints,
        "n_clusters": [POSITIVE],
    }

    def predict(self, X: Any) -> np.ndarray:
        """Cluster of each row.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        labels : ndarray of shape (n_samples,)
            Integers from 0 to ``n_clusters - 1``.
        """
        return self.predict_proba(X).argmax(axis=1)

    def predict_proba(self, X: Any) -> np.ndarray:
        """Soft assignment of each row to the clusters.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        proba : ndarray of shape (n_samples, n_clusters), float32
            Rows sum to one.
        """
        return self._map(X, "assign")

    def _check_fit(self, X: np.ndarray) -> None:
        super()._check_fit(X)
        if len(X) < self.n_clusters:
            raise ValueError(
                f"n_samples={len(X)} should be >= n_clusters={self.n_clusters}."
            )

    def _attributes(self, network: nn.Module, run: Run) -> dict[str, Any]:
        z = run.embed()
        with torch.no_grad():
            q = reseed_empty_clusters(network, z, network.assign_embedding(z))  # type: ignore[operator]
        n_empty = self.n_clusters - len(q.argmax(1).unique())
        if n_empty:
            warnings.warn(
                f"{n_empty} of n_clusters={self.n_clusters} clusters hold no row: the "
                "embedding has fewer distinct points. Scale the columns "
                "(StandardScaler) or lower n_clusters.",
                ConvergenceWarning,
                stacklevel=2,
            )
        proba = run.rows.map(network.assign).cpu().numpy()  # type: ignore[arg-type]
        return {
            **super()._attributes(network, run),
            "labels_": proba.argmax(axis=1),
        }
