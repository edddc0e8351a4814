"""The formats in which the views of a table can be specified."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from numbers import Integral
from typing import Any

import numpy as np

#: Separator between the name of the view and that of the column, as written by
#: ``ColumnTransformer``.
SEPARATOR = "__"


def by_prefix(views: str, names: list[str] | None) -> dict[str, np.ndarray]:
    """Views by the part of each column's name before the separator."""
    if views != "prefix":
        raise ValueError(f"views={views!r} is not supported; did you mean 'prefix'?")
    if names is None:
        raise ValueError(
            "views='prefix' reads the names of columns: pass a DataFrame with string "
            "column names, for example from a transformer with "
            "set_output(transform='pandas')."
        )
    columns: dict[str, list[int]] = {}
    for i, name in enumerate(names):
        view, separator, _ = name.partition(SEPARATOR)
        if not separator:
            raise ValueError(
                f"views='prefix': column {name!r} has no prefix. Names should be like "
                f"'view{SEPARATOR}column'; a dict of lists of names leaves columns out."
            )
        columns.setdefault(view, []).append(i)
    return {view: np.array(c) for view, c in columns.items()}


def blocks(n_views: int, n_features: int) -> dict[str, np.ndarray]:
    """Blocks of nearly equal width."""
    if not 1 <= n_views <= n_features:
        raise ValueError(
            f"n_features={n_features} columns cannot be split into views={n_views} "
            "blocks; give at least 1 view and at most one per column."
        )
    parts = np.array_split(np.arange(n_features), n_views)
    return {f"view{i}": part for i, part in enumerate(parts)}


def by_name(views: Any) -> dict[str, Any]:
    """A dict from names of views to their specifications."""
    if isinstance(views, Mapping):
        items = dict(views)
    elif isinstance(views, Iterable):
        items = {f"view{i}": view for i, view in enumerate(views)}
    else:
        raise TypeError(
            "views should be an int, 'prefix', a list (of widths, slices, column "
            f"numbers or names) or a dict of such; got {views!r}."
        )
    odd = [view for view in items if not isinstance(view, str)]
    if odd:
        raise TypeError(f"Names of views should be strings, got {odd}.")
    if not items:
        raise ValueError("views is empty: name at least one view.")
    return items


def listed_columns(
    items: dict[str, Any], n_features: int, names: list[str] | None
) -> dict[str, np.ndarray]:
    """Views from their widths, or from lists of columns."""
    are_widths = [_is_width(item) for item in items.values()]
    if all(are_widths):
        return _from_widths(items, n_features)
    if any(are_widths):
        raise TypeError(
            f"views={items!r} mixes widths with lists of columns. For a view of one "
            "column, write a list: [3]."
        )
    return {view: _columns(view, c, n_features, names) for view, c in items.items()}


def _is_width(item: Any) -> bool:
    return isinstance(item, Integral) and not isinstance(item, bool)


def _from_widths(items: dict[str, int], n_features: int) -> dict[str, np.ndarray]:
    items = {view: int(width) for view, width in items.items()}
    widths = list(items.values())
    for view, width in items.items():
        if width < 1:
            raise ValueError(f"View {view!r} has width {width}; it should be positive.")
    if sum(widths) != n_features:
        raise ValueError(
            f"Widths {widths} add up to {sum(widths)}, but X has n_features="
            f"{n_features}. To leave columns out, give slices."
        )
    ends = np.cumsum(widths)
    return {
        view: np.arange(end - width, end)
        for (view, width), end in zip(items.items(), ends, strict=True)
    }


def _columns(
    view: str, given: Any, n_features: int, names: list[str] | None
) -> np.ndarray:
    """Numbers of the columns of one view."""
    if isinstance(given, str):
        raise TypeError(
            f"View {view!r} is given as {given!r}; write a list of column names."
        )
    if isinstance(given, slice):
        bounds = [b for b in (given.start, given.stop, given.step) if b is not None]
        if not all(isinstance(bound, Integral) for bound in bounds):
            raise TypeError(f"View {view!r}: {given} should hold column numbers.")
        if given.step == 0:
            raise ValueError(f"View {view!r}: {given} has step 0.")
        beyond = [b for b in bounds[:2] if abs(b) > n_features]
        if beyond:
            raise _out_of_range(view, beyond, n_features)
        return _not_empty(view, np.arange(n_features)[given], given)
    if not isinstance(given, Iterable) or np.ndim(np.asarray(given, object)) != 1:
        raise TypeError(
            f"View {view!r} should be a slice or a list of column numbers or names, "
            f"got {given!r}."
        )
    listed = [c.item() if isinstance(c, np.generic) else c for c in given]
    _not_empty(view, listed, given)
    kinds = {type(column) for column in listed}
    if kinds == {bool}:
        if len(listed) != n_features:
            raise ValueError(
                f"View {view!r}: the mask has {len(listed)} entries, but X has "
                f"n_features={n_features}."
            )
        return _not_empty(view, np.flatnonzero(listed), given)
    if kinds == {int}:
        outside = [c for c in listed if not -n_features <= c < n_features]
        if outside:
            raise _out_of_range(view, outside, n_features)
        return np.array(listed) % n_features
    if kinds != {str}:
        types = sorted(kind.__name__ for kind in kinds)
        raise TypeError(
            f"View {view!r} should hold column numbers, names or booleans, all of "
            f"one kind; {given!r} holds {types}."
        )
    return _named(view, listed, names)


def _named(view: str, given: list[str], names: list[str] | None) -> np.ndarray:
    if names is None:
        raise ValueError(
            f"View {view!r} names columns, but X has no column names. Pass a DataFrame "
            "with string column names, or give column numbers. In a Pipeline, the step "
            'before this one keeps names after set_output(transform="pandas").'
        )
    unknown = [column for column in given if column not in names]
    if unknown:
        alike = [n for n in names if n.endswith(SEPARATOR + unknown[0])]
        alike = alike or get_close_matches(unknown[0], names, 1)
        hint = f" Did you mean {alike[0]!r}?" if alike else ""
        raise ValueError(f"View {view!r}: {unknown} are not columns of X.{hint}")
    twice = [column for column in given if names.count(column) > 1]
    if twice:
        raise ValueError(
            f"View {view!r}: X has several columns called {twice}. Give column numbers."
        )
    return np.array([names.index(column) for column in given])


# -- checks ----------------------------------------------------------------------------


def _not_empty(view: str, columns: Any, given: Any) -> Any:
    if not len(columns):
        raise ValueError(f"View {view!r} is empty: {given!r} selects no column.")
    return columns


def _out_of_range(view: str, columns: list[int], n_features: int) -> ValueError:
    return ValueError(
        f"View {view!r}: {columns} are outside the columns 0 to {n_features - 1} of X "
        f"(n_features={n_features})."
    )


def check_apart(columns: dict[str, np.ndarray], names: list[str] | None) -> None:
    """Raise if a column is in two views."""
    owner: dict[int, str] = {}
    for view, numbers in columns.items():
        for number in numbers.tolist():
            if number in owner:
                column = number if names is None else repr(names[number])
                raise ValueError(
                    f"Column {column} is in view {owner[number]!r} and again in view "
                    f"{view!r}; views should not share columns."
                )
            owner[number] = view
