"""The choice among partitions of an embedding."""

import numpy as np
import pytest
from sklearn.datasets import make_blobs, make_circles
from sklearn.metrics import adjusted_rand_score

from skdeepcluster.maps import partition as module
from skdeepcluster.maps.micro_clusters import MicroClusters
from skdeepcluster.maps.partition import (
    HintsOnMicroClusters,
    choose_confirmed_partition,
    choose_partition,
)
from skdeepcluster.neighbors.criteria import (
    assortativity,
    between_clusters,
    modularity,
)
from skdeepcluster.training import Hints


def partition(points, k, seed=0):
    micro = MicroClusters.of(points, k, seed)
    return choose_partition(micro, micro.graph, k, seed).labels[micro.labels]


@pytest.mark.parametrize("sizes", [[100, 100, 100], [500, 40, 15]])
def test_clusters_of_any_size(sizes):
    X, y = make_blobs(sizes, 5, centers=None, cluster_std=0.5, random_state=1)
    assert adjusted_rand_score(y, partition(X, len(sizes))) > 0.95


def test_clusters_that_are_no_balls():
    X, y = make_circles(600, noise=0.03, factor=0.4, random_state=0)
    assert adjusted_rand_score(y, partition(X, 2)) > 0.95


def test_fewer_distinct_rows_than_clusters():
    X = np.repeat(np.eye(3), 10, axis=0)
    labels = partition(X, 5)
    assert (labels.reshape(3, 10) == labels[::10, None]).all()
    assert len({*labels}) == 3


def test_long_thin_cluster():
    """Mixtures in float32 have no covariance for it."""
    X, y = make_blobs(800, 10, centers=4, random_state=0)
    X[y == 0] = np.linspace(1, 2, 200)[:, None] * np.arange(1, 11) * 100
    assert adjusted_rand_score(y, partition(X.astype(np.float32), 4)) > 0.95


def test_cluster_too_thin_for_any_mixture():
    X = np.linspace(0, 1e9, 200)[:, None] * np.arange(1, 11)
    assert len({*partition(X.astype(np.float32), 4)}) == 4


def test_one_cluster():
    assert {*partition(np.random.RandomState(0).normal(size=(30, 2)), 1)} == {0}


def chosen_of(graph, candidates, k, monkeypatch, table=None):
    """The name of the candidate that is chosen, none of which is improved."""
    monkeypatch.setattr(module, "_candidates", lambda *args: candidates.items())
    monkeypatch.setattr(module, "improve_by_exchange", lambda graph, labels, k: labels)
    nodes = np.zeros((len(graph), 1))
    points = np.zeros((1400, 1))
    micro = MicroClusters(points, nodes, np.arange(len(graph)), graph)
    return choose_partition(
        micro, graph if table is None else table, k, 0
    ).name.removesuffix(", exchanges")


def test_choice_does_not_cut_a_large_cluster(monkeypatch):
    """The largest modularity of all is that of equal parts."""
    truth = np.repeat(np.arange(3), [60, 5, 5])
    places = np.arange(70) + 100 * truth  # a long chain and two short ones
    graph = (np.abs(places[:, None] - places) <= 3) + 0.0002
    halves = np.where(truth == 0, np.where(np.arange(70) < 30, 2, 0), 1)
    candidates = {"halves": halves, "truth": truth}
    measured = {name: criteria(graph, labels, 3) for name, labels in candidates.items()}
    assert measured["halves"][1] > measured["truth"][1]
    assert measured["halves"][0] < measured["truth"][0] - 0.02
    assert chosen_of(graph, candidates, 3, monkeypatch) == "truth"


def test_choice_does_not_take_outliers_for_a_cluster(monkeypatch):
    """The largest assortativity of all is that of what lies apart."""
    groups = np.repeat(np.arange(3), [30, 30, 2])
    graph = (groups[:, None] == groups) + 0.0
    graph[:30, 30:60] = graph[30:60, :30] = 0.003
    candidates = {"outliers": (groups == 2) + 0, "groups": groups % 2}
    measured = {name: criteria(graph, labels, 2) for name, labels in candidates.items()}
    assert measured["outliers"][0] > measured["groups"][0]
    assert chosen_of(graph, candidates, 2, monkeypatch) == "groups"


def test_choice_does_not_tell_apart_what_only_the_map_does(monkeypatch):
    """On the map the large cluster falls into halves; in the table it is one."""
    truth = np.repeat(np.arange(3), [40, 10, 10])
    parts = np.repeat([0, 3, 1, 2], [20, 20, 10, 10])
    graph = (parts[:, None] == parts) + 0.0
    table = (truth[:, None] == truth) + 0.0
    halves = np.select([parts == 0, parts == 3], [0, 1], 2)
    candidates = {"truth": truth, "halves": halves}
    assert criteria(graph, halves, 3)[1] > criteria(graph, truth, 3)[1]
    assert chosen_of(graph, candidates, 3, monkeypatch) == "halves"
    assert chosen_of(graph, candidates, 3, monkeypatch, table) == "truth"


def criteria(graph, labels, k):
    """Assortativity and modularity."""
    e = between_clusters(graph, labels, k)
    return assortativity(e), modularity(e)


def test_vote_takes_the_majority():
    X = np.r_[np.zeros((5, 1)), np.ones((5, 1))]
    micro = MicroClusters.of(X, 2, 0)
    row_labels = np.array([1, 1, 1, 0, 0, 0, 0, 0, 1, 0])
    votes = micro.vote(row_labels)[micro.labels]
    np.testing.assert_array_equal(votes, [1] * 5 + [0] * 5)


@pytest.mark.parametrize(
    ("candidates", "expected"),
    [
        # The large cluster is cut, which raises the modularity: votes rule it out.
        ({"cut": [0, 1, 2, 2], "whole": [0, 0, 1, 2]}, "whole"),
        # Equally good: the first, which is k-means.
        ({"first": [0, 0, 1, 2], "second": [2, 2, 0, 1]}, "first"),
    ],
)
def test_choice_among_votes(candidates, expected, monkeypatch):
    graph = np.diag([200.0, 200, 8, 6])
    graph[0, 1] = graph[1, 0] = 60
    labels = {name: np.array(each) for name, each in candidates.items()}
    monkeypatch.setattr(module, "_candidates", lambda *args: labels.items())
    micro = MicroClusters(np.zeros((9, 1)), np.zeros((4, 1)), np.arange(4), graph)
    assert choose_confirmed_partition(micro, graph, 3, 0).name == expected


def test_parts_of_a_cluster_on_the_map_are_put_together_by_votes():
    """Two clusters in the votes, each of which lies in two places on the map."""
    places = np.array([[0, 0], [9, 0], [0, 9], [9, 9]])  # neighbours are of different
    groups = np.repeat(np.arange(4), 60)  # clusters
    y = np.isin(groups, [0, 3])
    X = places[groups] + np.random.RandomState(0).normal(size=(240, 2))
    micro = MicroClusters.of(X.astype(np.float32), 2, 0)
    kinds = np.array([y[micro.labels == i][0] for i in range(len(micro.centers))])
    votes = micro.graph + 0.5 * (kinds[:, None] == kinds)
    found = choose_confirmed_partition(micro, votes, 2, 0)
    assert found.name == "spectral, map and votes"
    assert adjusted_rand_score(y, found.labels[micro.labels]) == 1


@pytest.mark.parametrize("choose", [choose_partition, choose_confirmed_partition])
def test_hints_rule_out_what_disagrees(choose, monkeypatch):
    """Of two ways to cut four groups in halves, the one that hints ask for."""
    X = np.random.RandomState(0).normal(size=(80, 2)) / 4
    groups = np.arange(80) % 4
    X += np.column_stack([5 * (groups // 2), 5 * (groups % 2)])
    micro = MicroClusters.of(X.astype(np.float32), 2, 0)
    majority = np.array(
        [groups[micro.labels == i][0] for i in range(len(micro.centers))]
    )
    stories = {"rows": majority // 2, "columns": majority % 2}
    monkeypatch.setattr(module, "_candidates", lambda *args: iter(stories.items()))
    for name, truth in {"rows": groups // 2, "columns": groups % 2}.items():
        labels = np.where(np.arange(80) < 40, truth, -1)
        hints = HintsOnMicroClusters(
            Hints.of(80, 2, partial_labels=labels), micro.labels
        )
        found = choose(micro, micro.graph, 2, 0, hints)
        assert found.name.startswith(name)
