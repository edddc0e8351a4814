"""Warnings that a fit gives once, however many runs and stages it has."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

#: What the current fit has warned of; None outside a fit.
_given: ContextVar[set[str] | None] = ContextVar("given", default=None)


@contextmanager
def warnings_once() -> Iterator[None]:
    """Inside the block, :func:`warn_once` gives equal warnings once."""
    token = _given.set(set())
    try:
        yield
    finally:
        _given.reset(token)


def warn_once(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn, unless the current fit has already given this warning."""
    given = _given.get()
    if given is not None:
        if message in given:
            return
        given.add(message)
    warnings.warn(message, category, stacklevel=3)
