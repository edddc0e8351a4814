"""What each column of a raw frame is: a number, a date, a category, or left out."""

import re
import warnings
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

#: Text of which more than this share of the values are different names rows, not kinds.
_MOST_DISTINCT = 0.5

#: A whole number that names rows: this share of the values are different, and they
#: fill this share of their range.
_RUNNING, _FILLED = 0.95, 0.5

#: How a date begins, and in how many values of a column it is looked for.
_DATE = re.compile(r"(\d{4}([-/.])\d{1,2}\2\d{1,2}|\d{1,2}([-/.])\d{1,2}\3\d{4})(\D|$)")
_LOOKED_AT = 20


@dataclass(frozen=True)
class ColumnsOf:
    """Names of the columns of one kind, chosen when a ColumnTransformer is fitted."""

    kind: str
    categories: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()

    def __call__(self, frame: Any) -> list[str]:
        """Names of the columns of this kind in a frame."""
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
