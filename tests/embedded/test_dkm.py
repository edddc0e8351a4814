"""DKM: network and centres trained by one loss."""

import numpy as np
import pytest
import torch
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from skdeepcluster import DKM
from skdeepcluster.losses import annealed, soft_kmeans_loss
from skdeepcluster.training import Batch


def small(**params):
    settings = {"n_clusters": 3, "hidden_layer_sizes": (32,), "random_state": 0}
    return DKM(**{**settings, "pretrain_epochs": 30, "max_iter": 20, **params})


def spread(model, X):
    """Variance within clusters of the embedding, as a share of all variance."""
    Z = model.transform(X)
    within = np.square(Z - model.cluster_centers_[model.labels_]).sum()
    return within / np.square(Z - Z.mean(0)).sum()


@pytest.mark.parametrize("alpha", [1000.0, "annealed"])
def test_finds_clear_clusters_and_draws_them_together(blobs, alpha):
    X, y = blobs
    auto = {"hidden_layer_sizes": "auto", "alpha": alpha, "tol": 0}
    start, trained = (small(max_iter=n, **auto).fit(X) for n in (0, 60))
    assert adjusted_rand_score(y, trained.labels_) > 0.9
    assert spread(trained, X) < 0.8 * spread(start, X)
    assert {"reconstruction", "clustering"} <= trained.history_[-1].keys()


def test_centres_are_trained_by_the_gradient(blobs):
    X, _ = blobs
    start, trained = (small(max_iter=n, tol=0).fit(X) for n in (0, 5))
    moved = trained.cluster_centers_ - start.cluster_centers_
    # A step of Adam is at most its learning rate, and there is one for each batch.
    assert 0 < np.abs(moved).max() <= 5 * 1e-3


def trainer(**params):
    """The loss of an estimator, with a network in place of its own."""

    class Network:
        centers = torch.tensor([[0.0], [1.0]])

    training = small(**params)._self_training(Network, None, 1)
    training.embed = lambda network, batch: (batch.x[:, :1], {"reconstruction": 0})
    return training


def test_terms_are_weighted_per_feature():
    x = torch.randn(8, 4, generator=torch.Generator().manual_seed(0))
    training = trainer(gamma=0.3, alpha=2.0)
    batch = Batch(x, torch.arange(8), torch.Generator())
    found = training.loss(training.network, batch)["clustering"]
    expected = 0.3 * soft_kmeans_loss(x[:, :1], training.network.centers, 2.0) / 4
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize(("n_updates", "step"), [(1, 0), (10, 0), (11, 1), (35, 3)])
def test_annealed_softmax_sharpens_every_ten_updates(n_updates, step):
    x = torch.randn(8, 1, generator=torch.Generator().manual_seed(0))
    training = trainer(gamma=1.0, alpha="annealed")
    training.n_renewals = n_updates
    batch = Batch(x, torch.arange(8), torch.Generator())
    found = training.loss(training.network, batch)["clustering"]
    expected = soft_kmeans_loss(x, training.network.centers, annealed(step))
    torch.testing.assert_close(found, expected)


def test_objective_is_the_sum_of_both_terms(blobs):
    X, _ = blobs
    model = small(gamma=0.7).fit(X)
    Z, scale = model.transform(X), float(model.module_.scale)
    error = np.square((model.inverse_transform(Z) - X) / scale).mean()
    nearest = np.square(Z[:, None] - model.cluster_centers_).sum(2).min(1).mean()
    expected = error + 0.7 * nearest / X.shape[1]
    assert model.objective_ == pytest.approx(expected, rel=1e-4)


def test_not_below_kmeans_on_digits(digits):
    X, y = digits
    ours = DKM(10, max_iter=10, random_state=0).fit_predict(X)
    kmeans = KMeans(10, n_init=10, random_state=0).fit_predict(X)
    assert adjusted_rand_score(y, ours) > adjusted_rand_score(y, kmeans) - 0.03
