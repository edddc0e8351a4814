"""Equal rows of a table, and the nearest that are not equal."""

import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from skdeepcluster.neighbors import DistinctRows, nearest_neighbors

TABLE = torch.tensor([[4.0], [0.0], [4.0], [1.0], [0.0], [4.0]])


def test_first_of_each_and_which_row_equals_it():
    distinct = DistinctRows.of(TABLE)
    assert sorted(distinct.first.tolist()) == [0, 1, 3]
    assert distinct.first[distinct.group].tolist() == [0, 1, 0, 3, 1, 0]


def test_positions_among_distinct_rows_are_those_in_the_table():
    distinct = DistinctRows.of(TABLE)
    near, _ = nearest_neighbors(TABLE[distinct.first], 1)
    assert distinct.in_table(near)[:, 0].tolist() == [3, 3, 3, 1, 3, 3]


def test_rows_keep_their_order_if_all_differ():
    distinct = DistinctRows.of(torch.tensor([[3.0], [1.0], [2.0]]))
    assert distinct.first.tolist() == distinct.group.tolist() == [0, 1, 2]


def test_rounding_makes_no_difference():
    table = torch.tensor([[1.0, 2.0], [1.0 + 2e-7, 2.0], [1.0, 3.0]])
    assert DistinctRows.of(table).group.unique().shape == (2,)


def test_rows_beside_an_outlier_are_not_equal():
    table = torch.randn(200, 2, generator=torch.Generator().manual_seed(0))
    table[0] = 1e5
    assert len(DistinctRows.of(table).first) == 200


def test_most_rows_at_the_mean():
    table = torch.tensor([[-1.0], [0.0], [0.0], [0.0], [1.0]])
    assert len(DistinctRows.of(table).first) == 3


def test_far_from_zero():
    assert len(DistinctRows.of(TABLE + 1e4).first) == 3


def test_equal_rows_alone_and_none():
    same = DistinctRows.of(torch.ones(4, 2))
    assert same.first.tolist() == [0]
    assert same.group.tolist() == [0] * 4
    assert DistinctRows.of(torch.ones(0, 2)).group.shape == (0,)


@given(arrays("float32", (12, 2), elements=st.sampled_from([0.0, -0.0, 1.0, 7.0])))
def test_rows_equal_those_of_their_group(values):
    table = torch.from_numpy(values)
    distinct = DistinctRows.of(table)
    assert table.equal(table[distinct.first][distinct.group])
    assert len(distinct.first) == len({tuple(row) for row in table.tolist()})
    assert (distinct.first[distinct.group] <= torch.arange(12)).all()
