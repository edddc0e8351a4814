"""The warning where k-means on the rows keeps neighbours together better."""

import warnings

import numpy as np
import pytest
import torch
from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs, make_circles

from skdeepcluster import DAC, EAMC, IDEC, ContrastiveClustering
from skdeepcluster.neighbors import warn_where_kmeans_is_better
from skdeepcluster.training import Rows


def compare(X, labels, **kwargs):
    rows = Rows(np.asarray(X, np.float32), torch.device("cpu"))
    labels = np.asarray(labels)
    warn_where_kmeans_is_better(rows, labels, max(labels) + 1, "Advice.", **kwargs)


def three_sizes(seed):
    """540, 45 and 15 rows around centres that lie far apart."""
    rng = np.random.RandomState(seed)
    y = np.repeat(np.arange(3), [540, 45, 15])
    return (2 * rng.normal(size=(3, 8)))[y] + rng.normal(size=(600, 8)), y


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


def test_clusters_that_are_less_equal_in_size_may_be_left_alone(unequal):
    X, _ = unequal
    one_row = (np.arange(len(X)) == 5).astype(int)
    with pytest.warns(UserWarning, match="k-means on X"):
        compare(X, one_row)
    compare(X, one_row, only_if_more_equal=True)


@pytest.mark.slow
def test_a_balance_that_cuts_a_large_cluster():
    X, _ = three_sizes(0)
    cut = ContrastiveClustering(3, entropy_weight=1, max_iter=60, random_state=0)
    with pytest.warns(UserWarning, match=r"more equal in size\. entropy_weight=1 rew"):
        cut.fit(X)
    assert np.bincount(cut.labels_).max() < 400
    assert np.bincount(cut.set_params(entropy_weight=0).fit_predict(X)).max() > 500


def test_a_balance_that_does_no_harm():
    X, _ = make_blobs(300, 8, centers=3, random_state=0)
    DAC(3, balance_weight=1, max_iter=10, random_state=0).fit(X)  # no warning
    DAC(3, max_iter=2, random_state=0).fit(three_sizes(0)[0])  # no balance


@pytest.mark.slow
def test_views_whose_large_cluster_is_cut():
    X, _ = three_sizes(0)
    rng = np.random.RandomState(0)
    other = X @ rng.normal(size=(8, 8)) / 3 + rng.normal(scale=0.3, size=X.shape)
    eamc = EAMC(3, views=2, pretrain="reconstruction", max_iter=0, random_state=0)
    with pytest.warns(
        UserWarning, match="similar size; if sizes may differ, NeighborClustering"
    ):
        eamc.fit(np.hstack([X, other]))
    assert np.bincount(eamc.labels_).max() < 400
    X, _ = make_blobs(300, 8, centers=3, random_state=0)
    X[5, :4] = np.nan
    EAMC(3, views=2, max_iter=0, random_state=0).fit(X)
