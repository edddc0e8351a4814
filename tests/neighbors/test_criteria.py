"""Criteria of labels on a graph, against values by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skdeepcluster.neighbors.criteria import (
    assortativity,
    between_clusters,
    modularity,
    neighbor_counts,
    shares,
)


def cliques(*sizes):
    """Groups of nodes that are all joined, and not to others."""
    labels = np.repeat(np.arange(len(sizes)), sizes)
    return (labels[:, None] == labels).astype(float), labels


def test_equal_groups_without_edges_between():
    graph, labels = cliques(5, 5)
    e = between_clusters(graph, labels, 2)
    np.testing.assert_allclose(e, [[0.5, 0], [0, 0.5]])
    assert modularity(e) == pytest.approx(0.5)
    assert assortativity(e) == pytest.approx(1)


def test_unequal_groups_are_as_assortative_and_less_modular():
    graph, labels = cliques(9, 3)  # volumes .9 and .1
    e = between_clusters(graph, labels, 2)
    assert modularity(e) == pytest.approx(1 - 0.81 - 0.01)
    assert assortativity(e) == pytest.approx(1)


def test_groups_by_chance():
    e = shares(np.ones((3, 3)))
    assert modularity(e) == pytest.approx(0)
    assert assortativity(e) == pytest.approx(0)


def test_equal_points_are_no_neighbours_of_each_other():
    points = np.array([[0.0]] * 20 + [[1.0]] * 20 + [[9.0]])
    counts = neighbor_counts(points, np.repeat([0, 1, 2], [20, 20, 1]), 3, 1)
    np.testing.assert_allclose(counts, [[0, 20, 0], [20, 0, 0.5], [0, 0.5, 0]])


def test_equal_points_alone_have_no_neighbours():
    counts = neighbor_counts(np.ones((5, 2)), np.array([0, 0, 1, 1, 1]), 2)
    np.testing.assert_array_equal(counts, np.zeros((2, 2)))


def test_one_group_and_no_edges():
    assert assortativity(shares(np.array([[7.0]]))) == 0
    assert assortativity(shares(np.zeros((2, 2)))) == 0


@given(st.lists(st.integers(1, 6), min_size=2, max_size=5), st.randoms())
def test_numbers_of_clusters_do_not_matter(sizes, random):
    graph, labels = cliques(*sizes)
    graph = graph + 0.1
    k = len(sizes)
    numbers = list(range(k))
    random.shuffle(numbers)
    e = between_clusters(graph, labels, k)
    renamed = between_clusters(graph, np.array(numbers)[labels], k)
    assert modularity(renamed) == pytest.approx(modularity(e))
    assert assortativity(renamed) == pytest.approx(assortativity(e))


def test_counts_of_neighbours_are_those_of_pairs():
    X = np.r_[np.zeros((20, 1)), np.full((30, 1), 9.0)]
    X += np.random.RandomState(0).normal(size=X.shape) * 0.01
    counts = neighbor_counts(X, (X[:, 0] > 5).astype(int), 2)
    np.testing.assert_array_equal(counts, [[20 * 15, 0], [0, 30 * 15]])
