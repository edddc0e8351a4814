"""The clusters of each modality alone, and their common numbering."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from skdeepcluster.multiview.alignment.alignment import Alignment
from skdeepcluster.multiview.alignment.matching import Clusterings, Matching
from skdeepcluster.multiview.alignment.modalities import (
    ModalityClusters,
    cluster_modality,
)
from skdeepcluster.training import Rows

CPU = torch.device("cpu")


class Itself:
    """A network whose latents of its two encoders are the rows."""

    def __init__(self, n_clusters):
        self.centers = torch.zeros(n_clusters, 2)

    def views(self, x):
        return [x], torch.ones(len(x), 1, dtype=torch.bool)

    def candidates_of(self, view):
        return [SimpleNamespace(encode=lambda table: table)] * 2


def test_a_large_cluster_stays_whole():
    """k-means splits it, and merges the small ones."""
    generator = np.random.RandomState(0)
    y = np.repeat(np.arange(3), [900, 90, 60])
    X = generator.normal(size=(1050, 2)).astype(np.float32)
    X[y == 0] *= [2, 5]
    X += np.array([[0, 0], [12, 3], [12, -5]], np.float32)[y]
    has = np.arange(1050) % 3 > 0
    run = SimpleNamespace(rows=Rows(X, CPU), random_state=np.random.RandomState(0))
    found = cluster_modality(Itself(3), run, 0, has)
    labels = found.row_labels()
    np.testing.assert_array_equal(labels == -1, ~has)
    assert adjusted_rand_score(y[has], labels[has]) > 0.95
    Z = (X[has] - X[has].mean(0)) / X[has].std(0)
    by_kmeans = KMeans(3, n_init=10, random_state=0).fit_predict(Z)
    assert adjusted_rand_score(y[has], by_kmeans) < 0.5


def test_fewer_rows_than_clusters():
    X = np.random.RandomState(0).normal(size=(5, 2)).astype(np.float32)
    run = SimpleNamespace(rows=Rows(X, CPU), random_state=np.random.RandomState(0))
    has = np.arange(5) < 2
    labels = cluster_modality(Itself(3), run, 0, has).row_labels()
    assert labels.tolist() == [0, 0, -1, -1, -1]


def clusters(labels):
    """Of one modality, from labels that are -1 where a row lacks it."""
    labels = np.array(labels)
    own = labels[labels >= 0]
    return ModalityClusters(labels >= 0, Clusterings.of([own], own.max() + 1), 0.0)


@pytest.mark.parametrize("hub", [0, 1])
def test_joint_labels(hub):
    """The hub's own label counts first, then that of the matched view."""
    views = [[0, 1, 2, 1, -1, -1, -1], [-1, -1, -1, 0, 2, 0, 1]]
    partner = np.array([1, 2, 0])
    matching = Matching(partner, np.nan, np.nan, 1.0)
    alignment = Alignment([clusters(v) for v in views], hub, {1 - hub: matching})
    expected = {0: [0, 1, 2, 1, 0, 1, 2], 1: [1, 2, 0, 0, 2, 0, 1]}[hub]
    assert alignment.joint_labels().tolist() == expected


def test_no_joint_labels_without_a_matching():
    assert Alignment([clusters([0, 1, -1])], 0, {}).joint_labels() is None
    third = clusters([-1, -1, 0, 1])
    both = [clusters([0, 1, -1, -1]), clusters([1, 0, -1, -1]), third]
    matching = {1: Matching(np.array([1, 0]), np.nan, np.nan, 1.0)}
    labels = Alignment(both, 0, matching).joint_labels()
    assert labels.tolist() == [0, 1, -1, -1]  # the third view is not matched
