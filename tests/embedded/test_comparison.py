"""The warning where k-means on the rows keeps neighbours together better."""

import warnings

import numpy as np
import pytest
import torch
from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs, make_circles

from skdeepcluster import IDEC
from skdeepcluster.embedded.comparison import warn_where_kmeans_is_better
from skdeepcluster.training import Rows


def compare(X, labels):
    rows = Rows(np.asarray(X, np.float32), torch.device("cpu"))
    warn_where_kmeans_is_better(rows, np.asarray(labels), max(labels) + 1)


@pytest.fixture(scope="module")
def unequal():
    return make_blobs([270, 45, 15], 6, centers=None, cluster_std=1, random_state=0)


def test_a_large_cluster_that_is_cut(unequal):
    X, y = unequal
    cut = np.where(
        y == 0, KMeans(2, random_state=0).fit_predict(X * (y == 0)[:, None]), 2
    )
    cut[y == 0] = (X[y == 0, 0] > np.median(X[y == 0, 0])).astype(int)
    with pytest.warns(UserWarning, match="k-means on X keeps nearest neighbours"):
        compare(X, cut)


def test_clusters_that_k_means_finds_too(unequal):
    compare(*unequal)  # a warning is an error


def test_rings_that_k_means_cuts():
    compare(*make_circles(400, noise=0.03, factor=0.4, random_state=0))


def test_digits(digits):
    compare(*digits)


def test_few_rows_and_one_cluster():
    X = np.random.RandomState(0).normal(size=(300, 2))
    anyhow = np.arange(300)
    compare(X[:100], anyhow[:100] % 2)
    compare(X, anyhow % 30)  # ten rows each
    compare(X, anyhow % 1)


def test_equal_rows():
    compare(np.ones((200, 3)), np.arange(200) % 2)


def test_only_a_sample_of_a_large_table_is_compared(monkeypatch):
    seen = []
    fit_predict = KMeans.fit_predict
    monkeypatch.setattr(
        KMeans,
        "fit_predict",
        lambda self, X: seen.append(len(X)) or fit_predict(self, X),
    )
    X, y = make_blobs(9000, 3, centers=4, random_state=0)
    compare(X, y)
    assert seen == [5000]


def test_a_fit_warns_once(unequal):
    X, _ = unequal
    poor = IDEC(
        3, hidden_layer_sizes=(4,), pretrain_epochs=0, max_iter=0, init=np.eye(3, 6)
    )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        poor.set_params(random_state=0, n_init=2).fit(X)
    assert sum("k-means on X" in str(w.message) for w in caught) == 1
