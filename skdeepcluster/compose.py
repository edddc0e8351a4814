"""A raw table as numbers that a clusterer takes."""

import re
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from numbers import Real
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    OneHotEncoder,
    RobustScaler,
    StandardScaler,
)
from sklearn.utils.validation import check_is_fitted

__all__ = ["one_hot_groups", "table_encoder"]

#: Where values end, in standard deviations from the middle of their column.
_FARTHEST = 3.0

#: Text of which more than this share of the values are different names rows, not kinds.
_MOST_DISTINCT = 0.5

#: A whole number that names rows: this share of the values are different, and they
#: fill this share of their range.
_RUNNING, _FILLED = 0.95, 0.5

#: How a date begins, and in how many values of a column it is looked for.
_DATE = re.compile(r"(\d{4}([-/.])\d{1,2}\2\d{1,2}|\d{1,2}([-/.])\d{1,2}\3\d{4})(\D|$)")
_LOOKED_AT = 20

_PARTS: dict[str, tuple[str, float]] = {
    "month": ("month", 12),
    "weekday": ("day_of_week", 7),
    "hour": ("hour", 24),
}


def table_encoder(
    *,
    categories: Sequence[str] = (),
    dates: Sequence[str] = (),
    date_parts: Sequence[str] = (),
    drop: Sequence[str] = (),
    min_frequency: float = 0.01,
) -> ColumnTransformer:
    """Make a transformer of raw frames, after which distances are meaningful.

    The result is scikit-learn's :class:`~sklearn.compose.ColumnTransformer`, to be put
    before a clusterer in a Pipeline. What each column is, is decided in ``fit`` from
    its dtype and values; frames that come later may have new categories, holes in other
    columns, and other columns beside these.

    - *Numbers* are brought to unit variance after values farther than three standard
      deviations from the median (estimated from the quartiles, unless these are equal)
      are moved there, so that a few extreme ones do not matter.
    - *Dates* become days, and are then numbers. ``date_parts`` adds places in the year,
      week or day, of which December and January are neighbours.
    - *Categories* (text, truth values, columns of dtype category) become one column
      of zeros and another value per category. A hole is a category. Rare ones share a
      column; new ones in later frames go there too, or are zero in all.
    - *Holes* in numbers and dates are filled with the median; a column of zeros and
      ones says where they were.
    - *Left out* are columns with a single value, text of which more than half of the
      values are different (identifiers, remarks), and running numbers: whole numbers of
      which at least 95 % are different, and that fill half of their range.

    All columns of the raw table weigh about the same: two rows of different categories
    are as far apart as any two rows are, on average, in a number.

    Parameters
    ----------
    categories : sequence of str, default=()
        Columns that are categories though they hold numbers, such as postal codes, or
        though most of their values are different.
    dates : sequence of str, default=()
        Columns of text that are dates, as in a CSV file; ``fit`` warns of text that
        looks like dates and is not named here. What cannot be read as a date is a hole.
    date_parts : sequence of {"month", "weekday", "hour"}, default=()
        Parts of each date to add, as sine and cosine.
    drop : sequence of str, default=()
        Further columns to leave out.
    min_frequency : float, default=0.01
        Categories with a smaller share of the rows are rare. It bounds the number of
        columns; 0 keeps all categories.

    Returns
    -------
    encoder : ColumnTransformer
        Its steps are ``numbers``, ``numbers_missing``, ``dates``, ``dates_missing``,
        ``date_parts`` (if there are any) and ``categories``; a parameter for grids is
        ``categories__onehot__min_frequency``. ``transformers_`` says which columns each
        has.

    See Also
    --------
    one_hot_groups : Names of the columns that come from one category.
    skdeepcluster.profile.cluster_profile : What the clusters of a raw frame are.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from skdeepcluster import NeighborClustering
    >>> from skdeepcluster.compose import table_encoder
    >>> from skdeepcluster.datasets import make_mixed_table
    >>> frame, _ = make_mixed_table(200, n_clusters=3, random_state=0)
    >>> pipe = make_pipeline(table_encoder(), NeighborClustering(3, random_state=0))
    >>> pipe.fit_predict(frame).shape
    (200,)
    >>> pipe[0].get_feature_names_out()[:3].tolist()
    ['age', 'income', 'orders']
    """
    if not isinstance(min_frequency, Real) or not 0 <= min_frequency < 1:
        raise ValueError(f"min_frequency={min_frequency!r} should be in [0, 1).")
    unknown = sorted(set(_names("date_parts", date_parts)) - _PARTS.keys())
    if unknown:
        raise ValueError(f"date_parts holds {unknown}, which is not in {[*_PARTS]}.")
    kinds = partial(
        _ColumnsOf,
        categories=_names("categories", categories),
        dates=_names("dates", dates),
        drop=_names("drop", drop),
    )
    encoder = ColumnTransformer(
        [
            ("numbers", _scaled(as_numbers), kinds("number")),
            ("numbers_missing", _holes(as_numbers), kinds("number")),
            ("dates", _scaled(as_days), kinds("date")),
            ("dates_missing", _holes(as_days), kinds("date")),
            ("categories", _coded(min_frequency), kinds("category")),
        ],
        verbose_feature_names_out=False,
    )
    if len(date_parts):
        split = _split(tuple(date_parts))
        encoder.transformers.insert(3, ("date_parts", split, kinds("date")))
    return encoder


def one_hot_groups(encoder: ColumnTransformer) -> list[list[str]]:
    """Names of the columns that a fitted encoder makes of each category.

    They are what ``feature_groups`` of :class:`~skdeepcluster.ContrastiveClustering`,
    :class:`~skdeepcluster.DAC` and :class:`~skdeepcluster.IDEC` takes, if the encoder
    passes on frames.

    Parameters
    ----------
    encoder : ColumnTransformer
        Made by :func:`table_encoder`, and fitted.

    Returns
    -------
    groups : list of list of str
        One list per category, in the order of the frame.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from skdeepcluster import DAC
    >>> from skdeepcluster.compose import one_hot_groups, table_encoder
    >>> from skdeepcluster.datasets import make_mixed_table
    >>> frame, _ = make_mixed_table(200, n_clusters=3, random_state=0)
    >>> encoder = table_encoder().set_output(transform="pandas").fit(frame)
    >>> groups = one_hot_groups(encoder)
    >>> groups[2]
    ['plan_basic', 'plan_plus', 'plan_premium', 'plan_nan']
    >>> dac = DAC(3, augmentation="swap", feature_groups=groups, random_state=0)
    >>> make_pipeline(encoder, dac).fit_predict(frame).shape
    (200,)
    """
    check_is_fitted(encoder)
    step = getattr(encoder, "named_transformers_", {}).get("categories")
    if not isinstance(step, Pipeline):  # "drop", where there is no category
        return []
    onehot = step["onehot"]
    if not hasattr(onehot, "categories_"):
        return []
    names = iter(onehot.get_feature_names_out())
    # Those that are rare share a column; there is no attribute where none may be.
    rare = getattr(onehot, "infrequent_categories_", [None] * len(onehot.categories_))
    return [
        [*islice(names, len(values) - (0 if few is None else len(few) - 1))]
        for values, few in zip(onehot.categories_, rare, strict=True)
    ]


# -- steps of the encoder --------------------------------------------------------------


def _scaled(read: Callable[[Any], Any]) -> Pipeline:
    return Pipeline(
        [
            ("read", _function(read)),
            ("impute", SimpleImputer(strategy="median")),
            # Remains where quartiles are equal, which RobustScaler does not scale.
            ("unit", StandardScaler()),
            ("scale", RobustScaler(unit_variance=True)),
            ("clip", _function(_clipped)),
            ("standardize", StandardScaler()),
        ]
    )


def _holes(read: Callable[[Any], Any]) -> Pipeline:
    indicator = MissingIndicator(error_on_new=False)
    return Pipeline(
        [("read", _function(read)), ("mark", indicator), ("number", _function(_float))]
    )


def _coded(min_frequency: float) -> Pipeline:
    onehot = OneHotEncoder(
        min_frequency=min_frequency or None,
        handle_unknown="infrequent_if_exist",
        sparse_output=False,
    )
    return Pipeline([("read", _function(_as_text)), ("onehot", onehot)])


def _split(parts: tuple[str, ...]) -> Pipeline:
    split = FunctionTransformer(
        _date_parts,
        feature_names_out=_date_part_names,
        kw_args={"parts": parts},
    )
    impute = SimpleImputer(keep_empty_features=True)
    return Pipeline([("split", split), ("impute", impute)])


def _function(function: Callable[[Any], Any]) -> FunctionTransformer:
    return FunctionTransformer(function, feature_names_out="one-to-one")


# -- kinds of columns ------------------------------------------------------------------


@dataclass(frozen=True)
class _ColumnsOf:
    """Names of the columns of one kind, chosen when a ColumnTransformer is fitted."""

    kind: str
    categories: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()

    def __call__(self, frame: Any) -> list[str]:
        _check_frame(frame)
        for parameter in ("categories", "dates", "drop"):
            absent = [n for n in getattr(self, parameter) if n not in frame.columns]
            if absent:
                raise ValueError(f"{parameter} names {absent}, which X does not have.")
        if self.kind == "date":  # once in a fit
            self._warn_of_dates(frame)
        return [name for name in frame.columns if self._kind(frame[name]) == self.kind]

    def _warn_of_dates(self, frame: Any) -> None:
        """Warn of text that is dates, which only the caller can tell to be meant."""
        given = {*self.categories, *self.dates, *self.drop}
        meant = [n for n in frame.columns if n not in given and _looks_dated(frame[n])]
        if meant:
            warnings.warn(
                f"Columns {meant} hold dates as text, and are taken as text: "
                f"dates={meant} (or parse_dates={meant} of pandas.read_csv) makes them "
                f"dates, drop={meant} leaves them out.",
                stacklevel=2,
            )

    def _kind(self, column: Any) -> str:
        if column.name in self.drop:
            return "none"
        given = {"category": self.categories, "date": self.dates}
        asked = [kind for kind, names in given.items() if column.name in names]
        kind = asked[0] if asked else kind_of_values(column)
        if not _varies(column, with_holes=kind == "category"):
            return "none"
        if not asked and kind == "category" and names_rows(column):
            return "none"
        if not asked and kind == "number" and _is_running(column):
            return "none"
        return kind


def _check_frame(frame: Any) -> None:
    if not (hasattr(frame, "iloc") and hasattr(frame, "columns")):
        advice = 'pandas.DataFrame(X).add_prefix("x") makes one of an array'
        if hasattr(frame, "to_pandas"):  # of polars or pyarrow
            advice = "pass X.to_pandas()"
        module = type(frame).__module__.partition(".")[0]
        raise TypeError(
            "table_encoder takes a pandas DataFrame, got "
            f"{module}.{type(frame).__name__}: {advice}."
        )
    wrong = [name for name in frame.columns if not isinstance(name, str)]
    if wrong:
        raise TypeError(
            f"Names of columns should be strings, got {wrong[0]!r}: "
            "X.rename(columns=str) makes them strings."
        )
    twice = [name for name, count in Counter(frame.columns).items() if count > 1]
    if twice:
        raise ValueError(
            f"Several columns of X are named {twice[0]!r}: "
            "X.loc[:, ~X.columns.duplicated()] keeps the first of each name."
        )


def kind_of_values(column: Any) -> str:
    """Whether a column holds a "number", a "date" (or a duration), or a "category"."""
    from pandas import CategoricalDtype
    from pandas.api import types

    if isinstance(column.dtype, CategoricalDtype) or types.is_bool_dtype(column):
        return "category"
    if types.is_numeric_dtype(column):
        return "number"
    inferred = types.infer_dtype(column, skipna=True)  # objects may be any of them
    if inferred.startswith(("date", "timedelta")):
        return "date"
    if inferred in ("integer", "floating", "mixed-integer-float", "decimal"):
        return "number"
    return "category"


def _looks_dated(column: Any) -> bool:
    """Whether text begins with a year, month and day, in this or the other order."""
    if kind_of_values(column) != "category":
        return False
    first = column.dropna()[:_LOOKED_AT]
    return bool(len(first)) and all(
        isinstance(value, str) and _DATE.match(value.strip()) for value in first
    )


def _varies(column: Any, *, with_holes: bool) -> bool:
    try:
        return column.nunique(dropna=not with_holes) > 1
    except TypeError as error:
        raise TypeError(
            f"Column {column.name!r} holds values that cannot be compared, such as "
            f"lists: drop=[{column.name!r}] leaves it out."
        ) from error


def names_rows(column: Any) -> bool:
    """Whether a column of text is an identifier or a remark."""
    there = column.dropna()
    return there.nunique() > max(2, _MOST_DISTINCT * len(there))


def _is_running(column: Any) -> bool:
    """Whether a column of whole numbers counts the rows."""
    from pandas import to_numeric

    there = to_numeric(column, errors="coerce").dropna().to_numpy(dtype=float)
    if not len(there) or (there != np.round(there)).any():
        return False
    n_distinct, span = len(np.unique(there)), np.ptp(there) + 1
    return n_distinct >= _RUNNING * len(there) and n_distinct >= _FILLED * span


# -- values ----------------------------------------------------------------------------


def as_numbers(frame: Any) -> Any:
    """Columns as float64; what is no number in the range of float32 is a hole."""
    from pandas import to_numeric

    numbers = frame.apply(to_numeric, errors="coerce").astype(float)
    return numbers.where(numbers.abs() < np.finfo(np.float32).max)


def as_days(frame: Any) -> Any:
    """Dates and durations as days, float64."""
    from pandas import Timedelta, Timestamp

    start = Timestamp(0, tz="UTC")

    def days(column: Any) -> Any:
        if column.dtype.kind == "m":
            return column / Timedelta(days=1)
        return (_moments(column) - start) / Timedelta(days=1)

    return frame.apply(days).astype(float)


def _moments(column: Any) -> Any:
    from pandas import to_datetime

    return to_datetime(column, errors="coerce", utc=True)


def _date_parts(frame: Any, parts: Sequence[str]) -> Any:
    """Places of dates in the year, week or day, as points on circles."""
    from pandas import DataFrame

    columns = {}
    for name in frame.columns:
        for part in parts:
            attribute, length = _PARTS[part]
            values = getattr(_moments(frame[name]).dt, attribute)
            turn = 2 * np.pi * values.astype(float) / length
            columns[f"{name}_{part}_sin"] = np.sin(turn)
            columns[f"{name}_{part}_cos"] = np.cos(turn)
    return DataFrame(columns, index=frame.index)


def _date_part_names(step: FunctionTransformer, names: Sequence[str]) -> list[str]:
    parts, waves = step.kw_args["parts"], ("sin", "cos")
    return [f"{n}_{part}_{wave}" for n in names for part in parts for wave in waves]


def _as_text(frame: Any) -> Any:
    """Values as strings, holes as NaN."""
    objects = frame.astype(object)
    texts = objects.apply(lambda column: column.map(_word, na_action="ignore"))
    return texts.astype(object).where(frame.notna(), np.nan)


def _word(value: Any) -> str:
    # A column of whole numbers becomes one of floats as soon as it has a hole.
    whole = isinstance(value, float) and value.is_integer()
    return str(int(value) if whole else value)


def _clipped(values: Any) -> Any:
    return np.clip(values, -_FARTHEST, _FARTHEST)


def _float(values: Any) -> Any:
    return values.astype(float)


def _names(parameter: str, value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        raise TypeError(f"{parameter} should be a list of names: [{value!r}].")
    return tuple(value)
