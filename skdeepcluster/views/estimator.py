"""Base class of estimators of several views: columns, missing views, scaling."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Annotated, Any

import numpy as np
import torch
from torch import Tensor, nn

from skdeepcluster.base.compat import StrOptions, validate_parameter_constraints
from skdeepcluster.base.encoder import build_encoder
from skdeepcluster.base.estimator import DeepEstimator
from skdeepcluster.base.images import check_image_shape, plain_image_shape
from skdeepcluster.base.parameters import POSITIVE
from skdeepcluster.networks import ViewInput
from skdeepcluster.training import Rows, warn_once
from skdeepcluster.views.tables import resolve_views


@dataclass(eq=False, repr=False, kw_only=True)
class MultiViewEstimator(DeepEstimator):
    """An estimator of a table whose columns form views.

    A view is missing for a row that has NaN in any of the view's columns. Where a
    subclass allows ``views=None``, the table is then one of finite numbers, as for
    other estimators.
    """

    encoder: Annotated[Any, None, callable, dict] = None
    image_shape: Annotated[Any, None, "array-like", dict] = None
    views: Annotated[Any, POSITIVE, StrOptions({"prefix"}), "array-like", dict] = 2

    @property
    def _takes_nan(self) -> bool:  # type: ignore[override]
        return self.views is not None

    # -- parameters of views -----------------------------------------------------------

    def _per_view(self, parameter: str) -> list[Any]:
        """A parameter given once for all views, or in a dict by name.

        The constraints of the parameter also apply to each value of the dict.
        """
        value = getattr(self, parameter)
        if not isinstance(value, Mapping):
            return [value] * len(self.views_)
        alternatives = self._parameter_constraints[parameter]
        allowed = {parameter: [kind for kind in alternatives if kind is not dict]}
        for name, given in value.items():
            title = f"{type(self).__name__} (for view {name!r})"
            validate_parameter_constraints(allowed, {parameter: given}, title)
        unknown = [name for name in value if name not in self.views_]
        if unknown:
            raise ValueError(
                f"{parameter} names unknown views {unknown}; X has {list(self.views_)}."
            )
        return [value.get(name) for name in self.views_]

    def _view_number(self, parameter: str) -> int:
        """Number of the view that a parameter gives by name or by number."""
        return view_number(parameter, getattr(self, parameter), list(self.views_))

    # -- checks ------------------------------------------------------------------------

    def _check_fit(self, rows: Rows) -> None:
        if self.views is None:
            self.__dict__.pop("views_", None)  # of an earlier fit
            super()._check_fit(rows)
            return
        names = getattr(self, "feature_names_in_", None)
        self.views_ = resolve_views(self.views, rows.n_features, names)
        super()._check_fit(rows)
        rows.observed = self._observed(rows)
        counts = rows.observed.sum(0).tolist()
        self._check_counts(dict(zip(self.views_, counts, strict=True)), len(rows))

    def _check_counts(self, n_observed: dict[str, int], n_samples: int) -> None:
        """Raise if too few of the rows have a view."""
        for name, count in n_observed.items():
            if count == 0:
                raise ValueError(
                    f"View {name!r} is not observed in any row: all have NaN in its "
                    "columns. Impute them, or leave the view out."
                )

    def _check_image_shape(self, n_features: int) -> None:
        if not hasattr(self, "views_"):
            super()._check_image_shape(n_features)
            return
        shapes = self._per_view("image_shape")
        for (name, numbers), shape in zip(self.views_.items(), shapes, strict=True):
            if shape is not None:
                where = f" of view {name!r} (a dict gives shapes of single views)"
                check_image_shape(shape, len(numbers), where)

    # -- encoders ----------------------------------------------------------------------

    def _image_shapes(self) -> list[tuple[int, int, int] | None]:
        """The parameter ``image_shape`` for each view, as plain integers."""
        return [plain_image_shape(shape) for shape in self._per_view("image_shape")]

    def _own_encoders(self) -> list[bool]:
        """Which views have an encoder that takes all their columns."""
        return [
            encoder is not None or shape is not None
            for encoder, shape in zip(
                self._per_view("encoder"), self._image_shapes(), strict=True
            )
        ]

    def _users_encoder(
        self, name: str, given: Any, n_features: int, shape: tuple[int, ...] | None
    ) -> nn.Module:
        """The user's encoder of a view; errors name the view."""
        try:
            return build_encoder(given, n_features, self.n_components, (), shape)
        except (TypeError, ValueError) as error:
            raise type(error)(f"View {name!r}: {error}") from error

    # -- rows --------------------------------------------------------------------------

    def _rows(self, X: Any) -> Rows:
        rows = super()._rows(X)
        if hasattr(self, "views_"):  # views may have been set after the fit
            self._observed(rows)  # raises and warns
        return rows

    def _observed(self, rows: Rows) -> Tensor:
        """Which rows have which view, of shape (n_samples, n_views).

        Warns if views are partly missing; raises if a row has no view.
        """
        observed = torch.ones(
            len(rows), len(self.views_), dtype=torch.bool, device=rows.device
        )
        partly: list[int] = []
        start = 0
        for chunk in rows.chunks():
            # Most tables are complete, and a sum is the quickest check.
            if not chunk.sum().isfinite():
                shares = self._missing_shares(chunk, start)
                has = torch.from_numpy(shares == 0).to(rows.device)
                observed[start : start + len(chunk)] = has
                broken = ((shares > 0) & (shares < 1)).any(1)
                partly += (start + np.flatnonzero(broken)).tolist()
            start += len(chunk)
        if partly:
            one = len(partly) == 1
            who = "1 row of X lacks" if one else f"{len(partly)} rows of X lack"
            warn_once(
                f"{who} some values of a view ({'it' if one else 'the first'} is row "
                f"{partly[0]}); the whole view counts as missing there. "
                "skdeepcluster.views.ViewImputer fills single values and leaves "
                "missing views as they are.",
            )
        return observed

    def _missing_shares(self, chunk: Tensor, start: int) -> np.ndarray:
        """Fraction of missing values in each view of each row; at least one is 0."""
        used = torch.from_numpy(np.concatenate(list(self.views_.values())))
        large = chunk[:, used.to(chunk.device)].isinf().any(1)
        if large.any():
            raise ValueError(
                f"Row {start + int(large.nonzero()[0])} of X contains values too "
                "large for float32 arithmetic."
            )
        missing = chunk.isnan().cpu().numpy()
        shares = np.stack([missing[:, c].mean(1) for c in self.views_.values()], 1)
        empty = np.flatnonzero((shares > 0).all(1))
        if len(empty):
            raise ValueError(
                f"Row {start + empty[0]} of X has no view: it has missing values in "
                f"the columns of each of {list(self.views_)}. Drop the row, or fill "
                "single values with skdeepcluster.views.ViewImputer, which leaves "
                "whole missing views as they are."
            )
        return shares

    def _scaled_together(self, rows: Rows) -> tuple[list[np.ndarray], list[bool]]:
        if self.views is None:
            return super()._scaled_together(rows)
        alike = [shape is not None for shape in self._image_shapes()]
        return list(self.views_.values()), alike

    # -- parts of a fit ----------------------------------------------------------------

    def _view_input(self, rows: Rows) -> ViewInput:
        """The module that splits and scales rows, with the statistics of this table."""
        center, scale = view_statistics(rows, list(self.views_.values()))
        for name, value in zip(self.views_, scale, strict=True):
            if value == 0:
                warn_once(
                    f"View {name!r} is constant and has no information. Leave it out.",
                )
        return ViewInput(self.views_, center, np.where(scale > 0, scale, 1.0))


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
    raise ValueError(f"{parameter}={value!r} is not one of the views {names}.")


def view_statistics(
    rows: Rows, columns: Sequence[np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Mean of each column and root mean square deviation of each view.

    Rows that lack a view are excluded from its statistics.

    Parameters
    ----------
    rows : Rows
        With ``observed`` set.
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
    """Chunk by chunk, the number of a view and the rows that have it, in float64."""
    assert rows.observed is not None
    indices = [torch.from_numpy(numbers).to(rows.device) for numbers in columns]
    start = 0
    for chunk in rows.chunks():
        observed = rows.observed[start : start + len(chunk)]
        for v, index in enumerate(indices):
            yield v, chunk[:, index].double()[observed[:, v]]
        start += len(chunk)
