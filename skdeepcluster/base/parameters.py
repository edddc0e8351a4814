"""Parameters declared once: type, allowed values and default on one line.

``batch_size: Annotated[int, POSITIVE] = 256`` is all that scikit-learn's validation
needs. Several annotations are alternatives: ``Annotated[int | None, None, POSITIVE]``.
"""

from inspect import get_annotations
from numbers import Integral, Real
from typing import Annotated, Any, get_origin

from skdeepcluster.base.compat import Interval, StrOptions

POSITIVE = Interval(Integral, 1, None, closed="left")
COUNT = Interval(Integral, 0, None, closed="left")
WEIGHT = Interval(Real, 0, None, closed="left")
POSITIVE_REAL = Interval(Real, 0, None, closed="neither")
SHARE = Interval(Real, 0, 1, closed="both")
AT_MOST_HALF = Interval(Real, 0, 0.5, closed="right")
PRECISION = StrOptions({"auto", "float32", "bfloat16"})


def declared_constraints(cls: type) -> dict[str, list[Any]]:
    """Allowed values of each annotated parameter; subclasses come last."""
    constraints = {}
    for base in reversed(cls.__mro__):
        for name, hint in get_annotations(base).items():
            if get_origin(hint) is Annotated:
                constraints[name] = list(hint.__metadata__)
    return constraints
