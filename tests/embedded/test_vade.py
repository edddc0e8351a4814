"""VaDE: recipe, parameters, samples."""

import numpy as np
import pytest
import torch
from scipy.stats import norm
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture

from skdeepcluster import Autoencoder, VaDE


def small(**params):
    settings = {"n_clusters": 3, "max_iter": 20, "random_state": 0}
    return VaDE(**{**settings, **params})


@pytest.fixture(scope="module")
def unequal():
    """540, 45 and 15 rows around centres that are clearly apart."""
    random = np.random.RandomState(0)
    y = np.repeat([0, 1, 2], [540, 45, 15])
    X = random.normal(size=(3, 8))[y] * 2 + random.normal(size=(600, 8))
    return X.astype(np.float32), y


def test_finds_clear_clusters(blobs):
    X, y = blobs
    fitted = small().fit(X)
    assert adjusted_rand_score(y, fitted.labels_) > 0.9
    stages = {row["stage"] for row in fitted.history_}
    assert stages == {"pretrain", "cluster"}
    assert {"reconstruction", "divergence"} <= fitted.history_[-1].keys()


def test_finds_clusters_of_unequal_size(unequal):
    X, y = unequal
    ours = adjusted_rand_score(y, small(max_iter=100).fit(X).labels_)
    kmeans = KMeans(3, n_init=10, random_state=0).fit(X)
    assert ours > max(0.9, adjusted_rand_score(y, kmeans.labels_))


def test_training_raises_the_bound(unequal):
    X, _ = unequal
    start, trained = small(max_iter=0).fit(X), small(max_iter=30).fit(X)
    assert trained.score(X) > start.score(X) + 0.5
    assert start.n_iter_ == 0


@pytest.mark.parametrize("init", ["k-means++", "mixture"])
def test_start_is_what_init_finds(init, blobs):
    X, _ = blobs
    if init == "mixture":
        init = GaussianMixture(3, covariance_type="diag")
    start = small(init=init, max_iter=0).fit(X)
    Z = start.transform(X)
    labels = KMeans(3, n_init=20, random_state=0).fit_predict(Z)
    assert adjusted_rand_score(labels, start.labels_) == 1
    order = [start.labels_[labels == c][0] for c in range(3)]
    shares = np.bincount(labels) / len(labels)
    np.testing.assert_allclose(start.weights_[order], shares, atol=1e-4)
    means = [Z[labels == c].mean(0) for c in range(3)]
    np.testing.assert_allclose(start.cluster_centers_[order], means, atol=1e-3)


def test_probabilities_are_those_of_the_fitted_mixture(blobs):
    X, _ = blobs
    fitted = small(n_clusters=4).fit(X)
    Z = fitted.transform(X)[:, None]
    spread = np.sqrt(fitted.covariances_)
    log_density = norm(fitted.cluster_centers_, spread).logpdf(Z).sum(2)
    log_density += np.log(fitted.weights_)
    expected = np.exp(log_density - np.logaddexp.reduce(log_density, 1)[:, None])
    np.testing.assert_allclose(fitted.predict_proba(X), expected, atol=1e-4)
    assert fitted.weights_.sum() == pytest.approx(1, abs=1e-6)


def test_samples_are_rows_of_their_clusters(blobs):
    X = 1000 * blobs[0] + 50_000
    fitted = small().fit(X)
    before = np.random.get_state()[1].copy(), torch.get_rng_state()  # noqa: NPY002
    rows, labels = fitted.sample(300, random_state=0)
    np.testing.assert_array_equal(np.random.get_state()[1], before[0])  # noqa: NPY002
    assert torch.equal(torch.get_rng_state(), before[1])
    assert rows.dtype == np.float32
    assert (fitted.predict(rows) == labels).mean() > 0.95
    for c in range(3):
        own = X[fitted.labels_ == c].mean(0)
        np.testing.assert_allclose(rows[labels == c].mean(0), own, atol=300)
    np.testing.assert_allclose(np.bincount(labels) / 300, fitted.weights_, atol=0.1)
    again, _ = fitted.sample(300, random_state=0)
    np.testing.assert_array_equal(again, rows)
    assert not np.array_equal(fitted.sample(3)[0], fitted.sample(3)[0])
    with pytest.raises(ValueError, match="n_samples should be at least 1, got 0"):
        fitted.sample(0)


@pytest.mark.filterwarnings("ignore:k-means on X keeps nearest")
def test_bernoulli_rows_are_in_the_unit_interval(digits):
    X = digits[0][:200]
    fitted = small(
        reconstruction="bernoulli",
        hidden_layer_sizes=(32,),
        pretrain_epochs=50,
        max_iter=5,
        batch_size=20,
    ).fit(X)
    for rows in (fitted.sample(20)[0], fitted.inverse_transform(fitted.transform(X))):
        assert 0 <= rows.min() <= rows.max() <= 1
    assert np.square(fitted.inverse_transform(fitted.transform(X)) - X).mean() < 0.08
    with pytest.raises(ValueError, match=r"needs values in \[0, 1\].*MinMaxScaler"):
        small(reconstruction="bernoulli").fit(2 * X)
    encoder = Autoencoder(max_iter=1).fit(X)
    with pytest.raises(ValueError, match="needs logits: leave encoder=None"):
        small(reconstruction="bernoulli", encoder=encoder).fit(X)
    small(encoder=encoder, max_iter=1).fit(X)


def test_wrong_init_is_said(blobs):
    with pytest.raises(ValueError, match="finds 4 clusters, but n_clusters=3"):
        small(init=KMeans(4)).fit(blobs[0])


def test_published_setting(digits):
    X = digits[0][:60]
    epochs = {"pretrain_epochs": 1, "max_iter": 1, "random_state": 0}
    fitted = VaDE.published(2, **epochs).fit(X)
    layers = fitted.module_.encoder.layers
    assert [layer.out_features for layer in layers] == [500, 500, 2000, 10]
    assert fitted.module_.bernoulli
