"""What determines a fit: parameters, rows, seeds and versions."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from types import CodeType
from typing import Any

import numpy as np

from skdeepcluster.training.hashing import Hasher
from skdeepcluster.training.rows import Rows
from skdeepcluster.training.skorch_callbacks import untrained_callback
from skdeepcluster.training.sources import Source, SparseSource
from skdeepcluster.training.versions import versions

#: Groups of names, each with its value in words or as a digest.
Identity = dict[str, dict[str, str]]

#: Bytes of a table that are hashed: all of a smaller one, else evenly spaced rows.
_HASHED = 2**28

#: Longest text that is shown as it is.
_LONGEST = 60

#: How deep values are looked into that cannot be pickled.
_DEEPEST = 6


def identity_of(
    parameters: Mapping[str, Any], rows: Rows, names: Iterable[object]
) -> Identity:
    """Everything that determines a fit, in words and digests.

    Parameters
    ----------
    parameters : mapping of str to object
        As far as they matter, with the seeds.
    rows : Rows
    names : iterable
        Names of the columns.

    Returns
    -------
    identity : dict of dicts of str
        ``parameters``, ``data`` and ``versions``.
    """
    table = rows.source.table
    hints = {} if rows.hints is None else {"hints": rows.hints.digest()}
    return {
        "parameters": {name: _described(value) for name, value in parameters.items()},
        "data": {
            "dtype of X": str(table.dtype),
            "shape of X": str(tuple(table.shape)),
            "values of X": _digest_of_rows(rows.source),
            "names of the columns": _digest(json.dumps([*map(str, names)])),
            **hints,
        },
        "versions": versions(),
    }


def digest_of(identity: Identity) -> str:
    """A digest that equal identities share."""
    return _digest(json.dumps(identity, sort_keys=True))


def differences(there: Identity, here: Identity, *groups: str) -> list[str]:
    """How groups of two identities differ, in words."""
    return [
        f"{name} ({there[group].get(name)} there, {here[group].get(name)} here)"
        for group in groups
        for name in here[group] | there[group]
        if there[group].get(name) != here[group].get(name)
    ]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _digest_of_rows(source: Source) -> str:
    total = hashlib.sha256()
    for piece in _pieces(source):
        total.update(np.ascontiguousarray(piece).reshape(-1).view(np.uint8).data)
    return total.hexdigest()[:16]


def _pieces(source: Source) -> Iterator[np.ndarray]:
    """Up to 256 MB of the values, evenly spaced; all that a sparse table stores."""
    table = source.table
    if isinstance(source, SparseSource):
        yield from (table.data, table.indices, table.indptr)
        return
    n_rows, n_columns = table.shape
    width = n_columns * np.dtype(table.dtype).itemsize
    step = max(1, -(-n_rows * width // _HASHED))
    # Piece by piece: a file need not fit into memory.
    height = max(1, _HASHED // 16 // max(1, width)) * step
    for start in range(0, n_rows, height):
        yield source.cut(start, min(start + height, n_rows))[::step]


def _described(value: Any, depth: int = 0) -> str:
    """A short text that differs for different values."""
    if value is None or isinstance(value, bool | int | float | str):
        text = repr(value)
    elif isinstance(value, np.generic):
        text = repr(value.item())
    elif depth > _DEEPEST:
        text = type(value).__qualname__
    elif isinstance(value, list | tuple):
        text = f"[{', '.join(_described(v, depth + 1) for v in value)}]"
    elif isinstance(value, dict):
        items = (f"{k!r}: {_described(v, depth + 1)}" for k, v in value.items())
        text = f"{{{', '.join(items)}}}"
    else:
        text = _described_object(value, depth)
    return text if len(text) <= _LONGEST else f"{text[:20]}... {_digest(text)}"


def _described_object(value: Any, depth: int) -> str:
    name = getattr(value, "__qualname__", type(value).__qualname__)
    if hasattr(value, "on_epoch_end"):
        value = untrained_callback(value)
    elif hasattr(value, "module_"):  # a fitted Autoencoder, whose seconds do not matter
        value = value.module_, getattr(value, "_limits", None)
    try:
        content = Hasher("md5").hash(value)
    except Exception:  # whatever an object raises that cannot be pickled
        content = _described(getattr(value, "__dict__", None), depth + 1)
    code = [*_code_of(value, depth)]
    return f"{name} {_digest(content + repr(code))[:8]}"


def _code_of(value: Any, depth: int) -> Iterable[Any]:
    """Code and variables of a function, or of methods by which an object is called."""
    methods = ("__call__", "forward", "fit_predict")
    functions = [value, *(getattr(type(value), name, None) for name in methods)]
    for function in functions:
        code = getattr(function, "__code__", None)
        if code is None:
            continue
        yield from _parts(code)
        cells = getattr(function, "__closure__", None) or ()
        yield _described(getattr(function, "__defaults__", None), depth + 1)
        yield _described([cell.cell_contents for cell in cells], depth + 1)


def _parts(code: CodeType) -> Iterable[Any]:
    yield code.co_code
    yield code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _parts(constant)
        elif not isinstance(constant, frozenset):  # its order is not fixed
            yield repr(constant)
