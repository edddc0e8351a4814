"""Values of raw columns as numbers, days, places of dates, and text."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.preprocessing import FunctionTransformer

#: Parts of dates: their attribute in pandas, and how many values they go round in.
DATE_PARTS: dict[str, tuple[str, float]] = {
    "month": ("month", 12),
    "weekday": ("day_of_week", 7),
    "hour": ("hour", 24),
}

#: Where values end, in standard deviations from the middle of their column.
_FARTHEST = 3.0


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


def date_parts_of(frame: Any, parts: Sequence[str]) -> Any:
    """Places of dates in the year, week or day, as points on circles."""
    from pandas import DataFrame

    columns = {}
    for name in frame.columns:
        for part in parts:
            attribute, length = DATE_PARTS[part]
            values = getattr(_moments(frame[name]).dt, attribute)
            turn = 2 * np.pi * values.astype(float) / length
            columns[f"{name}_{part}_sin"] = np.sin(turn)
            columns[f"{name}_{part}_cos"] = np.cos(turn)
    return DataFrame(columns, index=frame.index)


def date_part_names(step: FunctionTransformer, names: Sequence[str]) -> list[str]:
    """Names of the columns that ``date_parts_of`` makes."""
    parts, waves = step.kw_args["parts"], ("sin", "cos")
    return [f"{n}_{part}_{wave}" for n in names for part in parts for wave in waves]


def as_text(frame: Any) -> Any:
    """Values as strings, holes as NaN."""
    objects = frame.astype(object)
    texts = objects.apply(lambda column: column.map(_word, na_action="ignore"))
    return texts.astype(object).where(frame.notna(), np.nan)


def _word(value: Any) -> str:
    # A column of whole numbers becomes one of floats as soon as it has a hole.
    whole = isinstance(value, float) and value.is_integer()
    return str(int(value) if whole else value)


def clipped(values: Any) -> Any:
    """Values farther than three from zero are moved there."""
    return np.clip(values, -_FARTHEST, _FARTHEST)


def as_floats(values: Any) -> Any:
    """Truth values as zeros and ones."""
    return values.astype(float)
