"""The choice among partitions of an embedding."""

import numpy as np
import pytest
from sklearn.datasets import make_blobs, make_circles
from sklearn.metrics import adjusted_rand_score

from skdeepcluster.manifold.micro_clusters import MicroClusters, neighbor_counts
from skdeepcluster.manifold.partition import (
    choose_partition,
    merge_greedily,
    spectral_labels,
)


def partition(points, k, seed=0):
    micro = MicroClusters.of(points, k, seed)
    return choose_partition(micro, k, seed).labels[micro.labels]


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


def test_one_cluster():
    assert {*partition(np.random.RandomState(0).normal(size=(30, 2)), 1)} == {0}


def test_counts_of_neighbours_are_those_of_pairs():
    X = np.r_[np.zeros((20, 1)), np.full((30, 1), 9.0)]
    X += np.random.RandomState(0).normal(size=X.shape) * 0.01
    counts = neighbor_counts(X, (X[:, 0] > 5).astype(int), 2)
    np.testing.assert_array_equal(counts, [[20 * 15, 0], [0, 30 * 15]])


@pytest.mark.parametrize("method", ["density", "cut", "spectral"])
def test_partitions_of_a_graph(method):
    truth = np.repeat(np.arange(3), [4, 9, 5])
    graph = np.where(truth[:, None] == truth, 1.0, 0.01)
    if method == "spectral":
        labels = spectral_labels(graph, 3, 0)
    else:
        labels = merge_greedily(graph, 3, method)
    assert adjusted_rand_score(truth, labels) == 1


def test_vote_takes_the_majority():
    X = np.r_[np.zeros((5, 1)), np.ones((5, 1))]
    micro = MicroClusters.of(X, 2, 0)
    row_labels = np.array([1, 1, 1, 0, 0, 0, 0, 0, 1, 0])
    votes = micro.vote(row_labels)[micro.labels]
    np.testing.assert_array_equal(votes, [1] * 5 + [0] * 5)
