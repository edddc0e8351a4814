"""Views on principal components, and back to one table per view."""

import numpy as np
import torch

from skdeepcluster.networks import (
    PrincipalComponents,
    ProjectedViews,
    ViewInput,
    observed_tables,
)

NAN = float("nan")


def projected():
    """A view of two columns, which are added up, and one of a column as it is."""
    columns = {"a": np.array([0, 1]), "b": np.array([2])}
    views = ViewInput(columns, np.array([1.0, 0, 0]), np.array([1.0, 2]))
    added = PrincipalComponents(np.zeros(2), np.ones((1, 2)))
    return ProjectedViews(views, [added, None])


def test_tables_side_by_side():
    x = torch.tensor([[1.0, 2, 6], [NAN, 2, 6], [1, 2, NAN]])
    found = projected().project(x)
    torch.testing.assert_close(
        found, torch.tensor([[2.0, 3], [NAN, 3], [2, NAN]]), equal_nan=True
    )
    assert projected().widths == [1, 1]


def test_a_call_gives_the_tables_and_what_is_observed():
    x = torch.tensor([[1.0, 2, 6], [NAN, 2, 6]])
    tables, observed = projected()(x)
    assert [table.tolist() for table in tables] == [[[2], [0]], [[3], [3]]]
    assert observed.tolist() == [[True, True], [False, True]]
    again, _ = observed_tables(projected().project(x), [1, 1])
    assert all(torch.equal(a, b) for a, b in zip(tables, again, strict=True))
