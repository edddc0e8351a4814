"""DCN: centres are means of their rows, codes are drawn to them."""

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from skdeepcluster import DCN


def small(**params):
    settings = {"n_clusters": 3, "hidden_layer_sizes": (32,), "random_state": 0}
    return DCN(**{**settings, "pretrain_epochs": 30, "max_iter": 20, **params})


def spread(model, X):
    """Variance within clusters of the embedding, as a share of all variance."""
    Z = model.transform(X)
    within = np.square(Z - model.cluster_centers_[model.labels_]).sum()
    return within / np.square(Z - Z.mean(0)).sum()


def test_finds_clear_clusters_and_draws_them_together(blobs):
    X, y = blobs
    auto = {"hidden_layer_sizes": "auto", "gamma": 2.0, "tol": 0}
    start, trained = (small(max_iter=n, **auto).fit(X) for n in (0, 60))
    assert adjusted_rand_score(y, trained.labels_) > 0.9
    assert spread(trained, X) < 0.8 * spread(start, X)
    assert {"reconstruction", "clustering"} <= trained.history_[-1].keys()


def test_centres_are_means_of_their_rows(blobs):
    X, _ = blobs
    model = small(update_interval=1, tol=0, learning_rate=1e-5).fit(X)
    Z = model.transform(X)
    means = np.stack([Z[model.labels_ == c].mean(0) for c in range(3)])
    np.testing.assert_allclose(model.cluster_centers_, means, atol=5e-3)


def test_objective_is_the_sum_of_both_terms(blobs):
    X, _ = blobs
    model = small(gamma=0.7).fit(X)
    Z, scale = model.transform(X), float(model.module_.scale)
    error = np.square((model.inverse_transform(Z) - X) / scale).mean()
    nearest = np.square(Z[:, None] - model.cluster_centers_).sum(2).min(1).mean()
    expected = error + 0.7 * nearest / 2 / X.shape[1]
    assert model.objective_ == pytest.approx(expected, rel=1e-4)


def test_not_below_kmeans_on_digits(digits):
    X, y = digits
    ours = DCN(10, max_iter=10, random_state=0).fit_predict(X)
    kmeans = KMeans(10, n_init=10, random_state=0).fit_predict(X)
    assert adjusted_rand_score(y, ours) > adjusted_rand_score(y, kmeans) - 0.03
