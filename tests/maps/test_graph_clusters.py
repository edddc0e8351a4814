"""Clusters of the nodes of a graph."""

import itertools

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from skdeepcluster.maps.graph_clusters import (
    SpectralClusters,
    greedy_mergers,
    merge_greedily,
)


@pytest.mark.parametrize("method", ["density", "cut", "spectral"])
def test_partitions_of_a_graph(method):
    truth = np.repeat(np.arange(3), [4, 9, 5])
    graph = np.where(truth[:, None] == truth, 1.0, 0.01)
    if method == "spectral":
        labels = SpectralClusters(graph).labels(3, 0)
    else:
        labels = merge_greedily(graph, 3, method)
    assert adjusted_rand_score(truth, labels) == 1


@pytest.mark.parametrize("rule", ["density", "cut"])
def test_each_merger_joins_two_clusters(rule):
    graph = np.random.RandomState(0).rand(7, 7)
    steps = list(greedy_mergers(graph + graph.T, 2, rule))
    assert [len(np.unique(labels)) for labels in steps] == [7, 6, 5, 4, 3, 2]
    for before, after in itertools.pairwise(steps):
        assert len({*zip(before, after, strict=True)}) == before.max() + 1
