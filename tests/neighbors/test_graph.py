"""Partners drawn from a graph of near rows."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array
from sklearn.neighbors import kneighbors_graph

from skdeepcluster.neighbors import DistinctRows, NeighborGraph
from skdeepcluster.training import Hints

#: Rows 0, 1, 2 lie together, and row 3 looks at them from afar.
TABLE = torch.tensor([[0.0], [1.0], [2.1], [50.0]])


def partners(graph, row):
    return {*graph.partners[row][graph.weights[row] > 0].tolist()}


def test_mutual_neighbours_alone():
    graph = NeighborGraph.of_table(TABLE, 2, min_partners=0)
    assert partners(graph, 0) == {1, 2}
    assert partners(graph, 3) == set()


def test_few_are_filled_up_with_the_nearest():
    graph = NeighborGraph.of_table(TABLE, 2, min_partners=1)
    assert partners(graph, 0) == {1, 2}  # enough
    assert partners(graph, 3) == {2}


def of_distinct_rows(table, n_neighbors):
    distinct = DistinctRows.of(table)
    graph = NeighborGraph.of_table(table[distinct.first], n_neighbors, min_partners=0)
    return graph.repeated(distinct)


def test_equal_rows_have_the_partners_of_one():
    graph = of_distinct_rows(torch.cat([torch.zeros(20, 1), TABLE[1:]]), 2)
    assert partners(graph, 7) == partners(graph, 0) == {20, 21}
    assert partners(graph, 20) == {0, 21}


def test_equal_rows_alone_are_their_own():
    graph = of_distinct_rows(torch.ones(4, 2), 15)
    index = torch.arange(4)
    assert graph.draw(index, torch.Generator()).equal(index)


def test_draws_follow_the_weights():
    graph = NeighborGraph(torch.tensor([[5, 6, 7]]), torch.tensor([[1.0, 0.0, 3.0]]))
    index = torch.zeros(4000, dtype=torch.long)
    drawn = graph.draw(index, torch.Generator().manual_seed(0)).numpy()
    shares = np.bincount(drawn, minlength=8)[5:] / 4000
    assert shares == pytest.approx([0.25, 0, 0.75], abs=0.03)


def test_row_without_partners_is_its_own():
    graph = NeighborGraph(torch.tensor([[1], [0]]), torch.tensor([[0.0], [1.0]]))
    drawn = graph.draw(torch.tensor([0, 1]), torch.Generator())
    assert drawn.tolist() == [0, 0]


def test_more_neighbours_than_rows():
    graph = NeighborGraph.of_table(TABLE[:2], 15, min_partners=5)
    assert graph.draw(torch.tensor([0, 1]), torch.Generator()).tolist() == [1, 0]


@pytest.mark.parametrize("mode", ["distance", "connectivity"])
@pytest.mark.parametrize("include_self", [False, True])
def test_matrix_of_scikit_learn(mode, include_self):
    X = np.random.RandomState(0).normal(size=(50, 3))
    matrix = kneighbors_graph(X, 6 + include_self, mode=mode, include_self=include_self)
    ours = NeighborGraph.of_table(torch.from_numpy(X).float(), 6, min_partners=4)
    given = NeighborGraph.of_matrix(csr_array(matrix), min_partners=4)
    assert [partners(given, i) for i in range(50)] == [
        partners(ours, i) for i in range(50)
    ]


def test_rows_of_a_matrix_may_have_any_number_of_entries():
    matrix = csr_array(
        ([1.0, 2.0, 5.0, 1.0], ([0, 0, 2, 1], [1, 2, 0, 0])), shape=(4, 4)
    )
    graph = NeighborGraph.of_matrix(matrix, min_partners=1)
    assert [partners(graph, i) for i in range(4)] == [{1, 2}, {0}, {0}, set()]


def test_matrix_without_entries():
    graph = NeighborGraph.of_matrix(csr_array((3, 3)), min_partners=1)
    drawn = graph.draw(torch.arange(3), torch.Generator())
    assert drawn.tolist() == [0, 1, 2]


@given(st.integers(0, 1000), st.integers(2, 40), st.integers(1, 12))
def test_mutual_neighbours_are_mutual_and_near(seed, n, n_neighbors):
    X = np.random.RandomState(seed).normal(size=(n, 3))
    table = torch.from_numpy(X).float()
    graph = NeighborGraph.of_table(table, n_neighbors, min_partners=0)
    distances = np.linalg.norm(X[:, None] - X, axis=2)
    for i in range(n):
        for j in partners(graph, i):
            assert i in partners(graph, j)
            assert (distances[i] < distances[i, j]).sum() - 1 < n_neighbors


def test_graph_of_some_rows_of_a_table():
    graph = NeighborGraph.of_table(TABLE[:3], 1, min_partners=1)
    whole = graph.among(torch.tensor([True, False, True, False, True]))
    assert [partners(whole, i) for i in range(5)] == [{2}, set(), {0}, set(), {2}]


def test_a_single_row():
    graph = NeighborGraph.of_table(torch.zeros(1, 2), 5, min_partners=1)
    assert graph.draw(torch.tensor([0]), torch.Generator()).tolist() == [0]


def test_rows_move_halfway_to_the_mean_of_their_partners():
    table = torch.tensor([[0.0, 0.0], [4.0, 0.0], [0.0, 8.0], [1.0, 1.0]])
    partners = torch.tensor([[1, 2], [0, 2], [0, 1], [0, 1]])
    weights = torch.tensor([[1.0, 1.0], [1.0, 0.0], [0.0, 3.0], [0.0, 0.0]])
    moved = NeighborGraph(partners, weights).average(table)
    expected = [[1.0, 2.0], [2.0, 0.0], [2.0, 4.0], [1.0, 1.0]]
    torch.testing.assert_close(moved, torch.tensor(expected))


def test_hints_add_and_remove_partners():
    graph = NeighborGraph.of_table(torch.arange(8.0)[:, None], 2, min_partners=2)
    hints = Hints.of(8, None, must_link=[[0, 7], [7, 4]], cannot_link=[[0, 1], [2, 3]])
    heeding = graph.heeding(hints)
    fellows, apart = {0, 4, 7}, [{0, 1}, {2, 3}, {4, 1}, {7, 1}]
    for row in range(8):
        linked = fellows - {row} if row in fellows else set()
        expected = {p for p in partners(graph, row) | linked if {row, p} not in apart}
        assert partners(heeding, row) == expected
