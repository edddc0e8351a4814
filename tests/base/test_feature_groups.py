"""The parameter ``feature_groups`` as column numbers."""

import numpy as np
import pytest

from skdeepcluster.base.feature_groups import resolve_groups

NAMES = ["age", "plan_a", "plan_b"]


@pytest.mark.parametrize(
    ("groups", "numbers"),
    [
        (None, ()),
        ([], ()),
        ([["plan_b", "plan_a"], [0]], ((2, 1), (0,))),
        ([np.array([1, 2])], ((1, 2),)),
        ([range(2), [-1]], ((0, 1), (-1,))),
    ],
)
def test_numbers_and_names(groups, numbers):
    assert resolve_groups(groups, NAMES) == numbers


@pytest.mark.parametrize("groups", [[0, 1], ["plan_a"], [slice(0, 2)]])
def test_groups_that_are_no_lists(groups):
    with pytest.raises(TypeError, match="instead of a list"):
        resolve_groups(groups, NAMES)


@pytest.mark.parametrize("column", ["plan", True, 1.0])
def test_columns_that_are_not_there(column):
    with pytest.raises(ValueError, match=f"{column!r} is not a column of X"):
        resolve_groups([[column]], NAMES)
