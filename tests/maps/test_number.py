"""The number of clusters, without labels."""

import numpy as np
import pytest
from sklearn.datasets import make_blobs

from skdeepcluster.maps.micro_clusters import MicroClusters
from skdeepcluster.maps.number import count_clusters


def count(points, seed=0):
    graph = MicroClusters.of(points, 1, seed).graph
    return count_clusters(graph, graph, seed)


@pytest.mark.parametrize("sizes", [[90, 90], [200, 80, 60, 50, 50]])
def test_clusters_that_lie_apart(sizes):
    centers = 8 * np.eye(len(sizes), 6)
    X, _ = make_blobs(sizes, 6, centers=centers, cluster_std=0.7, random_state=0)
    assert count(X) == len(sizes)


def test_one_round_cluster():
    assert count(np.random.RandomState(0).normal(size=(500, 4))) == 1


def test_parts_that_only_the_map_draws_apart_are_not_counted():
    """Four groups on the map, which are two in the table."""
    groups = np.repeat(np.arange(4), 10)
    same = groups[:, None] == groups
    pairs = groups[:, None] // 2 == groups // 2
    graph = np.where(same, 1.0, 0.02 * pairs)
    assert count_clusters(graph, graph, 0) == 4
    assert count_clusters(graph, pairs.astype(float), 0) == 2


def test_votes_join_what_lies_apart_on_the_map():
    """Two clusters in the votes; the map has four parts that share no neighbours."""
    groups = np.repeat(np.arange(4), 10)
    graph = 1.0 * (groups[:, None] == groups)
    votes = graph + 0.5 * (groups[:, None] // 2 == groups // 2)
    assert count_clusters(graph, votes, 0) == 4
    assert count_clusters(graph, votes, 0, votes=True) == 2
