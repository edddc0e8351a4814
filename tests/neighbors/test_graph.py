"""Partners drawn from a graph of near rows."""

import numpy as np
import pytest
import torch

from skdeepcluster.neighbors import NeighborGraph

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


def test_rows_move_halfway_to_the_mean_of_their_partners():
    table = torch.tensor([[0.0, 0.0], [4.0, 0.0], [0.0, 8.0], [1.0, 1.0]])
    partners = torch.tensor([[1, 2], [0, 2], [0, 1], [0, 1]])
    weights = torch.tensor([[1.0, 1.0], [1.0, 0.0], [0.0, 3.0], [0.0, 0.0]])
    moved = NeighborGraph(partners, weights).average(table)
    expected = [[1.0, 2.0], [2.0, 0.0], [2.0, 4.0], [1.0, 1.0]]
    torch.testing.assert_close(moved, torch.tensor(expected))
