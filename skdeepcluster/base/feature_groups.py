"""The parameter ``feature_groups``: columns that belong together."""

from collections.abc import Iterable, Sequence
from numbers import Integral
from typing import Any


def resolve_groups(
    feature_groups: Sequence[Any] | None, names: Sequence[str]
) -> tuple[tuple[int, ...], ...]:
    """The parameter as column numbers.

    Parameters
    ----------
    feature_groups : sequence of lists of int or str, or None
    names : sequence of str
        The columns' names; empty if they have none.

    Raises
    ------
    TypeError
        If a group is not a list.
    ValueError
        If there is no such column.
    """
    groups = () if feature_groups is None else feature_groups
    for group in groups:
        if isinstance(group, str) or not isinstance(group, Iterable):
            raise TypeError(
                "feature_groups should hold lists of column numbers or names, "
                f"[[0, 1, 2], ...]; got {group!r} instead of a list."
            )
    return tuple(tuple(_number(c, names) for c in group) for group in groups)


def _number(column: Any, names: Sequence[str]) -> int:
    if isinstance(column, Integral) and not isinstance(column, bool):
        return int(column)
    if column not in names:
        raise ValueError(
            "feature_groups should hold lists of column numbers or names; "
            f"{column!r} is not a column of X."
        )
    return list(names).index(column)
