"""Base class of estimators that train a network: parameters, fit, transform."""

from abc import ABCMeta, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from numbers import Integral
from typing import Annotated, Any, ClassVar, Self

import numpy as np
import torch
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
)
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from skdeepcluster.base.checkpoints import checkpoints_of
from skdeepcluster.base.compat import (
    CallbackSupportMixin,
    HasMethods,
    Options,
    StrOptions,
    _fit_context,
)
from skdeepcluster.base.distribution import check_parameters, check_rows, table_of_fit
from skdeepcluster.base.doc_link import page_of
from skdeepcluster.base.extremes import find_limits
from skdeepcluster.base.images import check_image_shape, plain_image_shape
from skdeepcluster.base.input_checks import check_no_overflow, warn_of_lost_digits
from skdeepcluster.base.limits import Limits
from skdeepcluster.base.parameters import (
    POSITIVE,
    POSITIVE_REAL,
    PRECISION,
    declared_constraints,
)
from skdeepcluster.base.state import (
    drop_stale,
    only_fit,
    portable_state,
    rollback_on_error,
)
from skdeepcluster.base.validation import impute_first, validate_table
from skdeepcluster.networks import EmbeddingNetwork
from skdeepcluster.training import (
    FitCallbacks,
    Hints,
    Interruption,
    NoCheckpoint,
    Processes,
    Progress,
    Rows,
    Run,
    RunCheckpoint,
    Stage,
    check_callbacks,
    default_torch_modes,
    find_processes,
    isolated_torch_generators,
    number_by_hints,
    resolve_device,
    resolve_precision,
    shared_checkpoint,
    train_stage,
    warnings_once,
    with_hints,
)


@dataclass(eq=False, repr=False, kw_only=True)
class DeepEstimator(
    CallbackSupportMixin,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    BaseEstimator,
    metaclass=ABCMeta,
):
    """Parameters, fit and transform of every estimator that trains a network.

    Parameters are dataclass fields, so a subclass declares only those it adds; the
    generated ``__init__`` is the plain one that scikit-learn requires.

    A subclass implements ``_build_network(rows)``, the generator
    ``_stages(network, run)``, which is its algorithm, and
    ``_objective(network, rows)``.
    """

    hidden_layer_sizes: Annotated[Sequence[int] | str, "array-like"] = (500, 500, 2000)
    encoder: Annotated[Any, None, callable, HasMethods("transform")] = None
    batch_size: Annotated[int, POSITIVE] = 256
    learning_rate: Annotated[float, POSITIVE_REAL] = 1e-3
    n_init: Annotated[int, POSITIVE] = 1
    image_shape: Annotated[Sequence[int] | None, None, "array-like"] = None
    precision: Annotated[str, PRECISION] = "auto"
    device: Annotated[str | torch.device, str, torch.device] = "auto"
    compile: Annotated[bool, "boolean"] = False
    distributed: Annotated[
        Any, StrOptions({"auto", "sharded"}), Options(bool, {False})
    ] = "auto"
    memory: Annotated[Any, None, str, HasMethods("cache"), HasMethods("__fspath__")] = (
        None
    )
    checkpoint: Annotated[Any, None, str, HasMethods("__fspath__")] = None
    callbacks: Annotated[list | None, None, list] = None
    on_interrupt: Annotated[str, StrOptions({"raise", "keep"})] = "raise"
    verbose: Annotated[int, "verbose"] = 0
    random_state: Annotated[Any, "random_state"] = None

    _parameter_constraints: ClassVar[dict[str, Any]]

    #: Of the "?" in the HTML representation; estimators of others have none.
    _doc_link_module = "skdeepcluster"
    _doc_link_template = page_of("{estimator_name}")

    #: Parameters that accept the name of a built-in or a user's module or callable.
    _pluggable: ClassVar[tuple[str, ...]] = ("encoder",)

    #: Names of built-ins that need ``image_shape``.
    _for_images: ClassVar[frozenset[str]] = frozenset()

    #: Fitted attributes that have one entry per row.
    _one_per_row: ClassVar[tuple[str, ...]] = ("labels_",)

    #: Whether NaN is allowed.
    _takes_nan: ClassVar[bool] = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._parameter_constraints = declared_constraints(cls)

    # -- public ----------------------------------------------------------------

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any = None) -> Self:
        """Train the network on the rows of ``X``.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            A DataFrame, array, memory map, CPU tensor or SciPy sparse matrix of real
            numbers, or what has ``shape``, ``dtype`` and slices, such as a dataset of
            h5py, or Parquet files as a dataset of pyarrow.
        y : ignored

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If the parameters are inconsistent with each other or with ``X``.
        FloatingPointError
            If the loss becomes non-finite.
        """
        return self._fit_table(X, y)

    def transform(self, X: Any) -> np.ndarray:
        """Embed rows.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)

        Returns
        -------
        embedding : ndarray of shape (n_samples, n_components), float32
        """
        return self._map(X, "encode")

    def score(self, X: Any, y: Any = None) -> float:
        """Negative objective of the fitted network on ``X``.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
        y : ignored

        Returns
        -------
        score : float
            Larger is better.
        """
        rows = self._rows(X)
        self._validate_params()  # set_params may have come after fit
        self._check_pluggable(rows.n_features)
        with default_torch_modes(rows.device):
            objective = self._measure(self.module_, rows)
        if not np.isfinite(objective):
            raise ValueError("X contains values too large for float32 arithmetic.")
        return -objective

    # -- what subclasses implement ---------------------------------------------
    # Networks are Any here; overrides name the class of the method's network.

    @abstractmethod
    def _build_network(self, rows: Rows) -> Any:
        """The untrained network."""

    @abstractmethod
    def _stages(self, network: Any, run: Run) -> Iterator[Stage]:
        """The recipe: code after a ``yield`` sees the trained weights of that stage."""

    @abstractmethod
    def _objective(self, network: Any, rows: Rows) -> float:
        """The quantity that the last stage minimised, on all rows."""

    def _embedding_dim(self, n_features: int) -> int:
        """Dimension of the embedding of a table with ``n_features`` columns."""
        return self.n_components

    def _hidden_layers(self) -> Sequence[int]:
        """Widths of the hidden layers."""
        assert not isinstance(self.hidden_layer_sizes, str)  # unless a subclass says so
        return self.hidden_layer_sizes

    def _strata(self, rows: Rows) -> np.ndarray | None:
        """Stratum of each row, if every batch should contain all strata."""
        return None

    def _check_fit(self, rows: Rows) -> None:
        """Raise if parameters are inconsistent with each other or the data."""
        if not all(
            isinstance(h, Integral) and not isinstance(h, bool) and h > 0
            for h in self._hidden_layers()
        ):
            raise ValueError(
                "hidden_layer_sizes should hold positive integers, got "
                f"{self.hidden_layer_sizes!r}."
            )
        warn_of_lost_digits(rows.source)
        self._check_pluggable(rows.n_features)
        check_callbacks(self.callbacks or ())

    def _check_pluggable(self, n_features: int) -> None:
        """Raise if built-ins or users' objects do not suit the table."""
        self._check_image_shape(n_features)
        for name in self._pluggable:
            value = getattr(self, name)
            named = isinstance(value, str) and value in self._for_images
            if named and self.image_shape is None:
                raise ValueError(f"{name}={value!r} needs image_shape.")
            if isinstance(value, type) and name != "encoder":  # a class is a factory
                raise TypeError(f"{name} should be an instance: {value.__name__}(...).")

    def _check_image_shape(self, n_features: int) -> None:
        if self.image_shape is not None:
            check_image_shape(self.image_shape, n_features)

    # -- fit, in pieces --------------------------------------------------------

    def _fit_table(
        self, X: Any, y: Any, hints_of: Callable[[int], Hints | None] | None = None
    ) -> Self:
        """Fit, with hints if there are any for the number of rows."""
        processes = find_processes(self.distributed)
        device = resolve_device(self.device)
        with (
            only_fit(self),
            rollback_on_error(self) as before,
            warnings_once(),
            default_torch_modes(device),
        ):
            if processes is not None:
                check_parameters(self, processes)
            with table_of_fit(self, X, processes, device) as (table, own):
                rows = Rows(table, device)
                hints = None if hints_of is None else hints_of(len(rows))
                rows.hints = None if hints is None else hints.to(device)
                self._check_fit(rows)
                self._limit(rows)
                if processes is not None:
                    check_rows(rows, processes)
                task = FitCallbacks.of_fit(self, X if own is None else table, y)
                saved = checkpoints_of(self, rows)
                if processes is not None:
                    saved = shared_checkpoint(saved, processes)
                with saved as checkpoint:
                    fitted = self._fit(rows, task, checkpoint, processes)
                    for name, value in fitted.items():
                        shortened = own is not None and name in self._one_per_row
                        setattr(self, name, value[own].copy() if shortened else value)
            drop_stale(self, before, fitted)
            task.end(dict)
        return self

    def _fit(
        self,
        rows: Rows,
        task: FitCallbacks,
        checkpoint: NoCheckpoint,
        processes: Processes | None,
    ) -> dict[str, Any]:
        """Run the recipe ``n_init`` times; return the attributes of the best run."""
        # Of several processes, some might have done more than others.
        keeps = self.on_interrupt == "keep" and processes is None
        interruption = Interruption(keeps)
        fits = []
        for i, seed in enumerate(checkpoint.seeds, 1):
            one = checkpoint.of_run(i), processes, interruption
            fits.append(self._fit_once(rows, task, i, seed, *one))
            if interruption.stage is not None:
                break
        return min(fits, key=lambda fitted: fitted["objective_"])

    def _fit_once(
        self,
        rows: Rows,
        task: FitCallbacks,
        number: int,
        seed: int,
        checkpoint: RunCheckpoint | None,
        processes: Processes | None,
        interruption: Interruption,
    ) -> dict[str, Any]:
        """Run the recipe from one seed; return the fitted attributes.

        Of an earlier run that is not the best, only the objective is known.
        """
        if checkpoint is not None:
            objective = checkpoint.objective_if_beaten(self.callbacks or ())
            if objective is not None:
                return {"objective_": objective}
        device = rows.device
        with isolated_torch_generators(seed, device):
            network = self._build_network(rows).to(device).float().eval()
        shown = self.verbose and (processes is None or processes.rank == 0)
        together: AbstractContextManager = nullcontext()
        if processes is not None:
            together = processes.training(network, self._runs_user_code())
        with self._isolated(seed, device), together:
            run = Run(
                network,
                rows,
                seed,
                batch_size=self.batch_size,
                precision=resolve_precision(self.precision, device),
                fit_callbacks=task,
                callbacks=self.callbacks or (),
                memory=self.memory,
                checkpoint=checkpoint,
                strata=self._strata(rows),
                draws_globally=self._runs_user_code(),
                compile=self.compile,
                progress=self._progress(number) if shown else None,
                processes=processes,
                interruption=interruption,
            )
            for stage in self._stages(network, run):
                train_stage(run, with_hints(stage, run))
            number_by_hints(network.eval(), rows)
            fitted = self._attributes(network, run)
        if checkpoint is not None and interruption.stage is None:
            checkpoint.finish(fitted["objective_"], run.callbacks)
        return fitted

    def _attributes(self, network: Any, run: Run) -> dict[str, Any]:
        """The fitted attributes of a finished run, which is not modified."""
        return {
            "module_": network,
            "history_": run.history,
            "n_iter_": sum(row["stage"] == run.last_stage for row in run.history),
            "objective_": self._measure(network, run.rows),
            "_n_features_out": self._embedding_dim(run.rows.n_features),
            **run.fitted_attributes,
        }

    def _measure(self, network: EmbeddingNetwork, rows: Rows) -> float:
        """The objective, reproducible even if users' code draws random numbers."""
        with self._isolated(0, rows.device):
            return self._objective(network, rows)

    def _objective_of_epochs(
        self,
        network: EmbeddingNetwork,
        run: Run,
        conclude: Callable[[Any, Run], object],
    ) -> Callable[[], float] | None:
        """The objective of a stage whose best epoch is restored; None with others.

        ``conclude`` is what the recipe does to the network after the stage. It is
        applied before each measurement, and again after the stage only if no epoch
        was restored (``run.restored_best``).
        """
        if not getattr(self, "restore_best", False):  # not every method has it
            return None

        def objective() -> float:
            conclude(network, run)
            return self._measure(network, run.rows)

        return objective

    def _runs_user_code(self) -> bool:
        """Whether user-supplied modules or callables are used."""
        given = [getattr(self, name) for name in self._pluggable]
        built_in = all(value is None or isinstance(value, str) for value in given)
        return bool(self.callbacks) or not built_in

    def _isolated(self, seed: int, device: torch.device) -> AbstractContextManager:
        """Isolate torch's global generators for users' code that may draw from them.

        The package itself draws from the generators of the run, so that fits in
        several threads need not wait for each other.
        """
        if self._runs_user_code():
            return isolated_torch_generators(seed, device)
        return nullcontext()

    def _image_shape(self) -> tuple[int, int, int] | None:
        """The parameter ``image_shape`` as plain integers."""
        return plain_image_shape(self.image_shape)

    def _progress(self, number: int) -> Progress:
        name = type(self).__name__
        title = f"{name} {number}/{self.n_init}" if self.n_init > 1 else name
        return Progress(title, self.verbose)

    # -- data in and out -------------------------------------------------------

    def _validate_X(self, X: Any, *, reset: bool) -> Any:
        """The table as an array, as a sparse matrix by rows, or in its file."""
        return validate_table(self, X, reset=reset, nan=self._on_nan())

    def _on_nan(self) -> str:
        """What to do about missing values; empty where they are allowed."""
        return "" if self._takes_nan else impute_first(self)

    def _rows(self, X: Any) -> Rows:
        check_is_fitted(self, "module_")
        X = self._validate_X(X, reset=False)
        device = next(self.module_.parameters()).device
        rows = Rows(X, device, resident=False)
        rows.limits = self._fitted_limits(device)
        return rows

    def _limit(self, rows: Rows) -> None:
        """Keep extreme rows from hiding the others; rows to come as well."""
        given = getattr(self, "encoder", None)
        if hasattr(given, "transform"):  # its weights hold in its units
            self._limits = getattr(given, "_limits", None)
            rows.limits = self._fitted_limits(rows.device)
            return
        names = getattr(self, "feature_names_in_", range(rows.n_features))
        limits, needed = find_limits(rows, *self._scaled_together(rows), names)
        self._limits = limits.state()
        if needed:
            rows.limits = limits

    def _scaled_together(self, rows: Rows) -> tuple[list[np.ndarray], list[bool]]:
        """Columns with one scale, and whether they have the same unit, as pixels."""
        return [np.arange(rows.n_features)], [self.image_shape is not None]

    def _fitted_limits(self, device: torch.device) -> Limits:
        """What the fit found to be extreme, as a function of rows."""
        return Limits.from_state(getattr(self, "_limits", None), device)

    def _map(
        self, X: Any, method: str, *args: Any, moves_extremes: bool = True
    ) -> np.ndarray:
        """Apply a method of the network to all rows.

        ``moves_extremes`` says whether extreme rows are taken as ordinary ones.
        """
        rows = self._rows(X)
        function = getattr(self.module_, method)
        # Anew, because checks have read the rows, and these are counted.
        rows.limits = limits = self._fitted_limits(rows.device)
        if not moves_extremes:
            limits.reach = np.inf
        with default_torch_modes(rows.device), self._isolated(0, rows.device):
            result = rows.map(lambda x: function(x, *args))
        limits.warn_of_new_rows(len(rows))
        # Read from the table only where a result is not finite.
        check_no_overflow(result, rows.source, self._on_nan())
        return result.cpu().numpy()

    def __getstate__(self) -> dict[str, Any]:
        return portable_state(super().__getstate__())

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float32"]
        tags.input_tags.allow_nan = self._takes_nan
        tags.input_tags.sparse = True
        return tags
