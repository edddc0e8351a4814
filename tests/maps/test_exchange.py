"""Exchanges of boundaries between clusters."""

import numpy as np
import pytest

from skdeepcluster.maps.exchange import _best_exchange, cut_in_two, improve_by_exchange
from skdeepcluster.neighbors.criteria import (
    assortativity,
    between_clusters,
    modularity,
)


def groups(sizes, between=0.02):
    """A graph of groups that are weakly joined, and the group of each node."""
    labels = np.repeat(np.arange(len(sizes)), sizes)
    graph = np.where(labels[:, None] == labels, 1.0, between)
    np.fill_diagonal(graph, 0)
    return graph, labels


def test_cut_falls_between_groups():
    graph, labels = groups([6, 9])
    side = cut_in_two(graph)
    assert len({*side[labels == 0]}) == len({*side[labels == 1]}) == 1
    assert side[0] != side[-1]


@pytest.mark.parametrize("n", [0, 1])
def test_what_cannot_be_cut(n):
    assert cut_in_two(np.ones((n, n))) is None


def test_part_of_less_than_a_twentieth_is_not_cut_off():
    graph, _ = groups([1, 60], between=0.001)
    side = cut_in_two(graph)
    assert min(side.sum(), (~side).sum()) > 1


def test_merged_and_cut_groups_are_put_right():
    graph, truth = groups([8, 8, 8, 8])
    start = truth.copy()
    start[truth == 1] = 0  # two groups are one cluster
    start[np.flatnonzero(truth == 2)[:4]] = 1  # and one is two
    improved = improve_by_exchange(graph, start, 4)
    pairs = {*zip(truth.tolist(), improved.tolist(), strict=True)}
    assert len(pairs) == 4


def test_unequal_groups_stay_as_they_are():
    """Modularity alone would cut the large one and merge the small ones."""
    truth = np.repeat(np.arange(3), [60, 5, 5])
    places = np.arange(70) + 100 * truth  # a long chain and two short ones
    graph = (np.abs(places[:, None] - places) <= 3).astype(float)
    graph += 0.001
    halves = truth.copy()
    halves[truth == 2] = 1
    halves[:30] = 2
    e, rival = (between_clusters(graph, labels, 3) for labels in (truth, halves))
    assert modularity(rival) > modularity(e)
    assert assortativity(rival) < assortativity(e)
    np.testing.assert_array_equal(improve_by_exchange(graph, truth, 3), truth)


def plain_exchange(graph, labels, k, floor):
    """The best exchange, of which each is measured on the whole graph."""
    best = modularity(between_clusters(graph, labels, k)) + 1e-6
    found = None
    for cluster in range(k):
        rows = np.flatnonzero(labels == cluster)
        side = cut_in_two(graph[np.ix_(rows, rows)])
        if side is None:
            continue
        cut = labels.copy()
        cut[rows[side]] = k
        for i in range(k + 1):
            for j in range(i + 1, k + 1):
                if (i, j) == (cluster, k):
                    continue
                merged = np.where(cut == j, i, cut)
                e = between_clusters(graph, merged, k + 1)
                if modularity(e) > best + 1e-12 and assortativity(e) >= floor:
                    best = modularity(e)
                    found = np.unique(merged, return_inverse=True)[1]
    return found


@pytest.mark.parametrize("seed", range(8))
def test_short_cuts_find_the_best_exchange(seed):
    random = np.random.RandomState(seed)
    places = random.normal(size=(40, 2)) + 5 * random.randint(3, size=(40, 1))
    near = np.square(places[:, None] - places).sum(-1).argsort(1)[:, 1:6]
    graph = np.zeros((40, 40))
    np.put_along_axis(graph, near, 1, 1)
    graph = (graph + graph.T) / 2
    labels = np.unique(random.randint(5, size=40), return_inverse=True)[1]
    floor = random.choice([-1.0, assortativity(between_clusters(graph, labels, 5))])
    expected = plain_exchange(graph, labels, 5, floor)
    exchanged = _best_exchange(graph, labels, 5, floor)
    measured = [
        modularity(between_clusters(graph, a, 5)) for a in (expected, exchanged)
    ]
    assert measured[0] == pytest.approx(measured[1], abs=1e-9)
