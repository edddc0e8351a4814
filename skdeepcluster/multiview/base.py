"""What clusterers of several views share: columns, missing views, scaling."""

import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from skdeepcluster.base import BaseDeepClusterer
from skdeepcluster.base.compat import (
    Interval,
    StrOptions,
    validate_parameter_constraints,
)
from skdeepcluster.base.encoder import build_encoder
from skdeepcluster.base.estimator import is_image_shape, plain_image_shape
from skdeepcluster.networks import ViewInput, ViewNetwork
from skdeepcluster.training import Rows, Run
from skdeepcluster.views import resolve_views


@dataclass(eq=False, repr=False, kw_only=True)
class MultiViewClusterer(BaseDeepClusterer):
    """A clusterer of one table whose columns form views.

    A view is missing for a row that has NaN in any of its columns.
    """

    views: Any = 2

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseDeepClusterer._parameter_constraints,
        "views": [
            Interval(Integral, 1, None, closed="left"),
            StrOptions({"prefix"}),
            "array-like",
            dict,
        ],
        "encoder": [None, callable, dict],
        "image_shape": [None, "array-like", dict],
    }

    _takes_nan = True

    # -- columns -----------------------------------------------------------------------

    def _columns(self, n_features: int) -> dict[str, np.ndarray]:
        """The parameter ``views`` for the table of this fit."""
        names = getattr(self, "feature_names_in_", None)
        return resolve_views(self.views, n_features, names)

    def _of_view(self, parameter: str, columns: dict[str, np.ndarray]) -> list[Any]:
        """A parameter given once for all views, or in a dict by name.

        What holds for the parameter as a whole holds for each value of the dict.
        """
        value = getattr(self, parameter)
        if not isinstance(value, Mapping):
            return [value] * len(columns)
        alternatives = self._parameter_constraints[parameter]
        allowed = {parameter: [kind for kind in alternatives if kind is not dict]}
        for name, given in value.items():
            title = f"{type(self).__name__} (for view {name!r})"
            validate_parameter_constraints(allowed, {parameter: given}, title)
        unknown = [name for name in value if name not in columns]
        if unknown:
            raise ValueError(
                f"{parameter} speaks of views {unknown}; there are {list(columns)}."
            )
        return [value.get(name) for name in columns]

    def _view_index(self, parameter: str, columns: dict[str, np.ndarray]) -> int:
        """A parameter that is the name or the number of a view, as its number."""
        return view_number(parameter, getattr(self, parameter), list(columns))

    # -- checks ------------------------------------------------------------------------

    def _check_fit(self, X: np.ndarray) -> None:
        super()._check_fit(X)
        columns = self._columns(X.shape[1])
        rows = Rows(X, torch.device("cpu"), resident=False)
        n_observed = self._check_observed(rows, columns).tolist()
        self._check_counts(dict(zip(columns, n_observed, strict=True)), len(X))

    def _check_counts(self, n_observed: dict[str, int], n_samples: int) -> None:
        """Raise where too few of the rows have a view."""
        for name, count in n_observed.items():
            if count == 0:
                raise ValueError(
                    f"View {name!r} is observed in no row: each has NaN in its "
                    "columns. Impute them, or leave the view out."
                )

    def _check_image_shape(self, n_features: int) -> None:
        columns = self._columns(n_features)
        shapes = self._of_view("image_shape", columns)
        for (name, numbers), shape in zip(columns.items(), shapes, strict=True):
            if shape is not None and not is_image_shape(shape, len(numbers)):
                raise ValueError(
                    f"image_shape={shape!r} of view {name!r} should be (channels, "
                    f"height, width) with product {len(numbers)}, its number of "
                    "columns. Give shapes of single views in a dict by name."
                )

    # -- encoders ----------------------------------------------------------------------

    def _image_shapes(
        self, columns: dict[str, np.ndarray]
    ) -> list[tuple[int, int, int] | None]:
        """The parameter ``image_shape`` for each view, as plain integers."""
        shapes = self._of_view("image_shape", columns)
        return [plain_image_shape(shape) for shape in shapes]

    def _users_encoder(
        self, name: str, given: Any, n_features: int, shape: tuple[int, ...] | None
    ) -> nn.Module:
        """The encoder that was given for a view; an error names the view."""
        try:
            return build_encoder(given, n_features, self.n_components, (), shape)
        except (TypeError, ValueError) as error:
            raise type(error)(f"View {name!r}: {error}") from error

    # -- rows --------------------------------------------------------------------------

    def _rows(self, X: Any) -> Rows:
        rows = super()._rows(X)
        self._check_observed(rows, self.module_.views.columns())
        return rows

    def _check_observed(self, rows: Rows, columns: dict[str, np.ndarray]) -> np.ndarray:
        """Number of rows that have each view.

        Warns of views that are missing in part; raises where a row has none.
        """
        partly: list[int] = []
        start = 0
        n_observed = np.zeros(len(columns), int)
        for chunk in rows.chunks():
            # Most tables are complete, and a sum is the quickest look.
            if chunk.sum().isfinite():
                n_observed += len(chunk)
                start += len(chunk)
                continue
            used = np.concatenate(list(columns.values()))
            large = chunk[:, torch.from_numpy(used).to(chunk.device)].isinf().any(1)
            if large.any():
                raise ValueError(
                    f"Row {start + int(large.nonzero()[0])} of X contains values too "
                    "large for float32 arithmetic."
                )
            missing = chunk.isnan().cpu().numpy()
            shares = np.stack([missing[:, c].mean(1) for c in columns.values()], 1)
            empty = np.flatnonzero((shares > 0).all(1))
            if len(empty):
                raise ValueError(
                    f"Row {start + empty[0]} of X has no view: there are missing "
                    f"values in the columns of each of {list(columns)}. Drop the "
                    "row, or fill single values by skdeepcluster.views.ViewImputer, "
                    "which leaves whole missing views as they are."
                )
            broken = ((shares > 0) & (shares < 1)).any(1)
            partly += (start + np.flatnonzero(broken)).tolist()
            n_observed += (shares == 0).sum(0)
            start += len(chunk)
        if partly:
            warnings.warn(
                f"{len(partly)} rows of X lack some values of a view (the first is row "
                f"{partly[0]}), which is taken as missing for them as a whole. "
                "skdeepcluster.views.ViewImputer fills single values and leaves "
                "missing views.",
                UserWarning,
                stacklevel=2,
            )
        return n_observed

    # -- pieces of a fit ---------------------------------------------------------------

    def _view_input(self, rows: Rows, columns: dict[str, np.ndarray]) -> ViewInput:
        """The module that splits and scales the rows as those of this table."""
        center, scale = view_statistics(rows, list(columns.values()))
        for name, value in zip(columns, scale, strict=True):
            if value == 0:
                warnings.warn(
                    f"View {name!r} is constant and tells no rows apart. Leave it out.",
                    UserWarning,
                    stacklevel=2,
                )
        return ViewInput(columns, center, np.where(scale > 0, scale, 1.0))

    def _objective(self, network: nn.Module, rows: Rows) -> float:
        assert isinstance(network, ViewNetwork)
        return float(rows.map(network.inertia).double().mean())

    def _attributes(self, network: nn.Module, run: Run) -> dict[str, Any]:
        views = network.views
        assert isinstance(views, ViewInput)
        return {**super()._attributes(network, run), "views_": views.columns()}


def view_number(parameter: str, value: Any, names: list[str]) -> int:
    """The number of a view given by name or by number.

    Raises
    ------
    ValueError
        If there is no such view.
    """
    if isinstance(value, str) and value in names:
        return names.index(value)
    if isinstance(value, Integral) and int(value) in range(len(names)):
        return int(value)
    raise ValueError(f"{parameter}={value!r} is none of the views {names}.")


def enough_epochs(given: int | None, default: tuple[int, int], n_batches: int) -> int:
    """A number of epochs: as given, or the default epochs and batches at least."""
    epochs, steps = default
    return max(epochs, math.ceil(steps / n_batches)) if given is None else given


def view_statistics(
    rows: Rows, columns: Sequence[np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Mean of each column and root mean square deviation of each view.

    Rows that lack a view are left out of its figures.

    Parameters
    ----------
    rows : Rows
    columns : sequence of ndarray of int
        Columns of each view.

    Returns
    -------
    center : ndarray of shape (n_columns,)
        In the order of ``columns``.
    scale : ndarray of shape (n_views,)
        0 for a constant view.

    Raises
    ------
    ValueError
        If a value is too large for float32 arithmetic.
    """
    totals: list[Any] = [0.0] * len(columns)
    counts = [0] * len(columns)
    for v, table in _observed_tables(rows, columns):
        totals[v] = totals[v] + table.sum(0)
        counts[v] += len(table)
    centers = [total / n for total, n in zip(totals, counts, strict=True)]
    squares = np.zeros(len(columns))
    for v, table in _observed_tables(rows, columns):
        squares[v] += float((table - centers[v]).square().mean(1).sum())
    scale = np.sqrt(squares / counts)
    if not np.isfinite(scale.astype(np.float32)).all():
        raise ValueError(
            "Input X contains values too large for float32 arithmetic; scale it "
            "first, for example with StandardScaler."
        )
    return np.concatenate([c.cpu().numpy() for c in centers]), scale


def _observed_tables(
    rows: Rows, columns: Sequence[np.ndarray]
) -> Iterator[tuple[int, Tensor]]:
    """Piece by piece, number of a view and the rows that have it, in float64."""
    indices = [torch.from_numpy(numbers).to(rows.device) for numbers in columns]
    for chunk in rows.chunks():
        for v, index in enumerate(indices):
            table = chunk[:, index].double()
            yield v, table[~table.isnan().any(1)]


@torch.no_grad()
def set_cluster_means(network: ViewNetwork, rows: Rows) -> None:
    """Keep the mean of the scaled rows of each cluster, of those that have a view."""
    k, widths = len(network.cluster_means), network.views.widths
    total = torch.zeros_like(network.cluster_means, dtype=torch.float64)
    n_rows = torch.zeros(k, len(widths), dtype=torch.float64, device=rows.device)
    for x in rows.chunks():
        tables, observed = network.views(x)
        members = F.one_hot(network.assign(x).argmax(1), k).double()
        total += members.T @ torch.cat(tables, 1).double()
        n_rows += members.T @ observed.double()
    repeats = torch.tensor(widths, device=rows.device)
    n_rows = n_rows.clamp(min=1).repeat_interleave(repeats, 1)
    network.cluster_means.copy_(total / n_rows)
