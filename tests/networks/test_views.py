"""Splitting and scaling of views."""

import numpy as np
import torch

from skdeepcluster.networks import ViewInput

COLUMNS = {"a": np.array([2, 0]), "b": np.array([3])}


def test_columns_are_centred_and_views_scaled():
    views = ViewInput(COLUMNS, np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0]))
    tables, observed = views(torch.tensor([[6.0, 99.0, 5.0, 7.0]]))
    torch.testing.assert_close(tables[0], torch.tensor([[2.0, 2.0]]))
    torch.testing.assert_close(tables[1], torch.tensor([[1.0]]))
    assert observed.tolist() == [[True, True]]
    assert {k: v.tolist() for k, v in views.columns().items()} == {
        "a": [2, 0],
        "b": [3],
    }


def test_a_view_with_any_missing_value_is_missing():
    views = ViewInput(COLUMNS, np.zeros(3), np.ones(2))
    nan = float("nan")
    x = torch.tensor([[nan, 1.0, 1.0, 1.0], [1.0, nan, 1.0, nan]])
    tables, observed = views(x)
    assert observed.tolist() == [[False, True], [True, False]]
    assert tables[0].tolist() == [[0.0, 0.0], [1.0, 1.0]]
    assert tables[1].tolist() == [[1.0], [0.0]]


def test_large_values_are_not_missing():
    views = ViewInput(COLUMNS, np.zeros(3), np.array([1e-3, 1.0]))
    x = torch.tensor([[-3e38, 0.0, 3e38, 1.0], [3e38, 0.0, 3e38, 1.0]])
    tables, observed = views(x)
    assert observed.all()
    assert tables[0].isinf().all()


def test_columns_in_order_and_some_left_out():
    columns = {"a": np.array([0, 1]), "b": np.array([2])}
    views = ViewInput(columns, np.zeros(3), np.ones(2))
    assert not views.reorders
    tables, _ = views(torch.arange(5.0)[None])
    assert [table.tolist() for table in tables] == [[[0.0, 1.0]], [[2.0]]]
