"""Parameters that carry their allowed values."""

from dataclasses import dataclass
from typing import Annotated

import pytest
from sklearn.utils._param_validation import InvalidParameterError

from skdeepcluster import DAC, IDEC
from skdeepcluster.base.parameters import COUNT, POSITIVE, declared_constraints


class First:
    size: Annotated[int, POSITIVE]
    name: Annotated[str | None, None, str]
    plain: int


class Second(First):
    size: Annotated[int, COUNT]


def test_subclasses_come_last_and_what_is_not_annotated_is_left_out():
    assert declared_constraints(First) == {"size": [POSITIVE], "name": [None, str]}
    assert declared_constraints(Second) == {"size": [COUNT], "name": [None, str]}


def test_every_parameter_of_an_estimator_is_declared():
    for estimator in (IDEC(), DAC()):
        assert estimator._parameter_constraints.keys() == estimator.get_params().keys()


def test_a_subclass_narrows_a_parameter():
    @dataclass(eq=False, repr=False, kw_only=True)
    class Short(IDEC):
        max_iter: Annotated[int, POSITIVE] = 1

    X = [[0.0], [1.0], [5.0]]
    with pytest.raises(InvalidParameterError, match="'max_iter' parameter of Short"):
        Short(2, max_iter=0).fit(X)
    IDEC(2, max_iter=0, pretrain_epochs=0).fit(X)  # which the base class takes
