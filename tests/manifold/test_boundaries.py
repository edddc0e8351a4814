"""Boundaries of k-means, where its clusters are the same and as good."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.cluster import KMeans
from sklearn.datasets import load_wine, make_blobs
from sklearn.metrics import adjusted_rand_score
from sklearn.preprocessing import scale

from skdeepcluster import NeighborClustering
from skdeepcluster.manifold.boundaries import (
    assortativity_by_row,
    with_kmeans_boundaries,
)
from skdeepcluster.neighbors import NeighborGraph, assortativity, edge_counts, shares
from skdeepcluster.training import Rows


def graph_and_rows(X):
    points = torch.from_numpy(X.astype(np.float32))
    graph = NeighborGraph.of_table(points, 10, seed=0)
    return graph, Rows(points.numpy(), torch.device("cpu"))


def overlapping():
    return make_blobs(200, 4, centers=[[-1.6] * 4, [1.6] * 4], random_state=0)


def test_rows_between_round_clusters_follow_kmeans():
    X, _ = overlapping()
    graph, rows = graph_and_rows(X)
    expected = KMeans(2, n_init=10, random_state=0).fit_predict(X)
    between = np.argsort(np.abs(X.sum(1)))[:4]
    labels = expected.copy()
    labels[between] = 1 - labels[between]
    for numbers in (labels, 1 - labels):  # clusters keep the numbers that they have
        found = with_kmeans_boundaries(rows, graph, torch.from_numpy(numbers), 2)
        assert adjusted_rand_score(found, expected) == 1
        assert (found.numpy() == numbers).mean() > 0.9


def test_other_clusters_are_kept():
    """As good as those of k-means, which cuts the longer side in two."""
    X = np.random.RandomState(0).uniform(size=(400, 2)) * [1, 1.1]
    graph, rows = graph_and_rows(X)
    labels = torch.from_numpy((X[:, 0] > 0.5).astype(int))
    assert with_kmeans_boundaries(rows, graph, labels, 2) is labels


def test_clusters_that_neighbours_confirm_are_kept():
    """K-means cuts through a group between two others."""
    X, y = make_blobs(
        [500, 500, 100],
        centers=[[0, 0], [6, 0], [3, 0]],
        cluster_std=0.3,
        random_state=0,
    )
    graph, rows = graph_and_rows(X)
    labels = torch.from_numpy(np.where(y == 2, 0, y))
    assert with_kmeans_boundaries(rows, graph, labels, 2) is labels


@given(st.integers(2, 4), st.integers(0, 2**16))
def test_mean_over_rows_is_assortativity(k, seed):
    random = np.random.RandomState(seed)
    labels = random.randint(k, size=30)
    labels[:k] = range(k)
    near = (np.arange(30)[:, None] + [1, 2, -1, -2]) % 30  # as many out as in
    graph = NeighborGraph(torch.from_numpy(near), torch.ones(near.shape))
    by_row = assortativity_by_row(graph, torch.from_numpy(labels), k)
    expected = assortativity(shares(edge_counts(labels, near, k)))
    assert by_row.mean().item() == pytest.approx(expected)


def test_fewer_clusters_of_kmeans_are_not_taken():
    X = np.repeat([[0.0, 0], [1, 1]], 20, axis=0)
    graph, rows = graph_and_rows(X)
    labels = torch.from_numpy(np.r_[np.repeat([0, 1], 20)])
    labels[0] = 2
    assert with_kmeans_boundaries(rows, graph, labels, 3) is labels


@pytest.mark.parametrize("empty", range(3))
def test_labels_of_fewer_clusters_are_kept(empty):
    X = np.repeat([[0.0, 0], [4, 4], [8, 0]], 20, axis=0)
    X[:2] += 0.1  # which k-means makes a cluster of
    graph, rows = graph_and_rows(X)
    numbers = np.delete(np.arange(4), empty)
    labels = torch.from_numpy(np.repeat(numbers, 20))
    assert with_kmeans_boundaries(rows, graph, labels, 4) is labels


def test_more_clusters_than_rows_of_kmeans(monkeypatch):
    monkeypatch.setattr("skdeepcluster.manifold.boundaries._ROWS", 3)
    graph, rows = graph_and_rows(np.arange(20.0).reshape(10, 2))
    labels = torch.arange(10) % 4
    assert with_kmeans_boundaries(rows, graph, labels, 4) is labels


@pytest.mark.slow
def test_wine_as_kmeans():
    X, y = load_wine(return_X_y=True)
    X = scale(X)
    kmeans = KMeans(3, n_init=10, random_state=0).fit_predict(X)
    scores = [
        adjusted_rand_score(y, NeighborClustering(3, random_state=s).fit_predict(X))
        for s in range(3)
    ]
    assert np.mean(scores) > adjusted_rand_score(y, kmeans) - 0.02
