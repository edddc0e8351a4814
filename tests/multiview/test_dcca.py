"""DCCA: what it embeds, and how."""

import numpy as np
import pytest
import torch
from sklearn.cluster import KMeans
from sklearn.cross_decomposition import CCA
from sklearn.metrics import adjusted_rand_score

from skdeepcluster import DCCA
from skdeepcluster.multiview.correlation import measured_correlations
from skdeepcluster.training import Rows

CPU = torch.device("cpu")


def small(**params):
    settings = {"hidden_layer_sizes": (32,), "random_state": 0}
    return DCCA(**{**settings, **params})


def hidden_clusters(n=300, n_views=2, seed=0):
    """Clusters that views share, beside noise of their own that is larger."""
    rng = np.random.RandomState(seed)
    y = np.arange(n) % 3
    centers = 4 * np.eye(3)[:, :2]
    tables = []
    for _ in range(n_views):
        shared = centers[y] + 0.5 * rng.normal(size=(n, 2))
        table = np.hstack([shared, 6 * rng.normal(size=(n, 4))])
        tables.append(table @ np.linalg.qr(rng.normal(size=(6, 6)))[0])
    return np.hstack(tables), y, [6] * n_views


@pytest.fixture(scope="module")
def data():
    return hidden_clusters()


@pytest.fixture(scope="module")
def fitted(data):
    X, _, views = data
    return small(views=views).fit(X)


def test_linear_encoders_reach_linear_cca(data):
    X, _, views = data
    torch.manual_seed(0)
    dcca = DCCA(
        views=views,
        encoder=torch.nn.Linear(6, 2),
        n_components=2,
        ridge=1e-6,
        reconstruction_weight=0,
        noise=0,
        batch_size=300,
        learning_rate=0.02,
        max_iter=600,
        random_state=0,
    )
    cca = CCA(2, scale=False).fit(X[:, :6], X[:, 6:])
    pairs = zip(*(z.T for z in cca.transform(X[:, :6], X[:, 6:])), strict=True)
    expected = [np.corrcoef(*pair)[0, 1] for pair in pairs]
    untrained = dcca.set_params(max_iter=0).fit(X).correlations_
    assert untrained.sum() < 0.9 * sum(expected)
    trained = dcca.set_params(max_iter=600).fit(X).correlations_
    np.testing.assert_allclose(trained, expected, rtol=0.01)


def test_clusters_that_views_share(data, fitted):
    X, y, _ = data
    apart = KMeans(3, n_init=5, random_state=0)
    assert adjusted_rand_score(y, apart.fit_predict(X)) < 0.3
    assert adjusted_rand_score(y, apart.fit_predict(fitted.transform(X))) > 0.9


def test_rows_lie_where_the_views_that_they_have_say():
    X, y, views = hidden_clusters(n_views=3)
    rng = np.random.RandomState(0)
    lost = rng.randint(3, size=len(X))
    for row in np.flatnonzero(rng.rand(len(X)) < 0.5):
        X[row, 6 * lost[row] : 6 * lost[row] + 6] = np.nan
    fitted = small(views=views).fit(X)
    labels = KMeans(3, n_init=5, random_state=0).fit_predict(fitted.transform(X))
    assert adjusted_rand_score(y, labels) > 0.9
    row = X[~np.isnan(X).any(1)][:1]
    alone = []
    for v in range(3):
        one = np.full_like(row, np.nan)
        one[:, 6 * v : 6 * v + 6] = row[:, 6 * v : 6 * v + 6]
        alone.append(fitted.transform(one))
    mean = np.mean(alone, 0)
    np.testing.assert_allclose(fitted.transform(row), mean, rtol=1e-4, atol=1e-5)


def test_attributes(data, fitted):
    X, _, _ = data
    assert {row["stage"] for row in fitted.history_} == {"correlate"}
    assert {"correlation", "reconstruction"} <= fitted.history_[0].keys()
    assert fitted.module_.decoders is None
    assert fitted.correlations_.shape == (20,)
    assert fitted.score(X) == -fitted.objective_


def test_the_objective_is_the_correlation_of_the_rows(data):
    X, _, views = data
    fitted = small(views=views, ridge=1e-6).fit(X)
    expected = fitted.correlations_.mean()
    assert fitted.objective_ == pytest.approx(-expected, rel=1e-4)
    rows = Rows(X.astype(np.float32), CPU)
    measured = measured_correlations(fitted.module_, rows).numpy()
    np.testing.assert_allclose(measured, fitted.correlations_, rtol=1e-3)
    spread = (1 + fitted.correlations_) / 2  # as far as views agree
    np.testing.assert_allclose(fitted.transform(X).std(0), spread, rtol=0.01)
    assert fitted.score(X[:1]) == 0  # nothing varies
    shuffled = np.hstack([X[:, :6], np.roll(X[:, 6:], 1, axis=0)])
    assert fitted.score(shuffled) < 0.5 * expected


def test_terms_that_are_switched_off(data):
    X, _, views = data
    plain = small(views=views, max_iter=2, reconstruction_weight=0).fit(X)
    assert "reconstruction" not in plain.history_[0]
    noisy = [small(views=views, max_iter=2, noise=s).fit(X) for s in (0, 0.5)]
    first, second = (f.history_[0]["correlation"] for f in noisy)
    assert first != second


def test_one_view_warns(data):
    X, _, _ = data
    with pytest.warns(UserWarning, match=r"X has one view: nothing is learned.*views="):
        fitted = small(views=1, max_iter=1).fit(X)
    np.testing.assert_allclose(fitted.correlations_, 0, atol=1e-9)
    with pytest.raises(ValueError, match="n_samples=1 is not enough"):
        small().fit(X[:1])
