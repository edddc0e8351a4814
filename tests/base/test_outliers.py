"""Rows that belong nowhere have large scores."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from sklearn.exceptions import NotFittedError
from sklearn.metrics import roc_auc_score

from skdeepcluster import DM2C, EAMC, IDEC, NeighborClustering
from skdeepcluster.base import outliers
from skdeepcluster.base.outliers import (
    outlier_scores,
    sample_embedding,
    unit_of_distance,
)
from skdeepcluster.datasets import make_mixed_modal, make_multiview_blobs
from skdeepcluster.training import Rows


@settings(max_examples=30, deadline=None)
@given(
    n_kept=st.integers(1, 40),
    n_components=st.integers(1, 20),
    offset=st.sampled_from([0.0, 1e4]),
    seed=st.integers(0, 100),
)
def test_distance_to_the_tenth_nearest(n_kept, n_components, offset, seed):
    random = np.random.RandomState(seed)
    sample = (random.normal(size=(n_kept, n_components)) + offset).astype(np.float32)
    points = (random.normal(size=(5, n_components)) + offset).astype(np.float32)
    distances = np.sort(cdist(points.astype(float), sample.astype(float)), axis=1)
    expected = distances[:, min(9, n_kept - 1)] / 2
    found = outlier_scores(points, sample, 2.0)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("n_components", [10, 128])
def test_scores_do_not_depend_on_other_rows(n_components):
    """Bit for bit; in many dimensions distances are products of matrices."""
    random = np.random.RandomState(0)
    sample, points = random.normal(size=(2, 61, n_components)).astype(np.float32)
    together = outlier_scores(points, sample, 2.0)
    alone = [outlier_scores(row[None], sample, 2.0)[0] for row in points]
    np.testing.assert_array_equal(together, alone)


def test_unit_is_a_quantile_of_the_distances_to_others():
    sample = np.random.RandomState(0).normal(size=(300, 3)).astype(np.float32)
    distances = np.sort(cdist(sample, sample), axis=1)[:, 10]
    expected = np.quantile(distances, 0.99)
    assert unit_of_distance(sample) == pytest.approx(expected, rel=1e-5)
    new = np.random.RandomState(1).normal(size=(3000, 3)).astype(np.float32)
    share = (outlier_scores(new, sample, unit_of_distance(sample)) > 1).mean()
    assert share == pytest.approx(0.01, abs=0.008)


@pytest.mark.parametrize("n", [0, 1, 4])
def test_samples_without_distances(n):
    sample = np.zeros((n, 2), dtype=np.float32)
    assert unit_of_distance(sample) == 1
    far = outlier_scores(np.full((1, 2), 3, np.float32), sample, 1.0)
    assert np.isfinite(far).all()


def test_sample_is_bounded_and_without_infinities(monkeypatch):
    monkeypatch.setattr(outliers, "_KEPT_ROWS", 50)
    X = np.arange(200, dtype=np.float32)[:, None]
    rows = Rows(X, torch.device("cpu"))
    first, again = (sample_embedding(rows, lambda x: x) for _ in range(2))
    assert first.shape == (50, 1)
    np.testing.assert_array_equal(first, again)
    infinite = sample_embedding(rows, lambda x: torch.where(x > 100, torch.inf, x))
    assert 0 < len(infinite) < 50
    assert infinite.max() <= 100


@pytest.mark.slow
def test_planted_outliers_and_noise_on_request(digits):
    X, _ = digits
    noise = np.random.default_rng(0).permuted(X[:60], axis=1)
    model = NeighborClustering(10, max_iter=30, random_state=0).fit(X[200:])
    new = np.vstack([X[:200], noise])
    score = model.outlier_score(new)
    planted = np.repeat([0, 1], [200, 60])
    found = roc_auc_score(planted, score)
    assert found > 0.9
    # Last digits, which processors round differently, change both by some hundredths.
    assert roc_auc_score(planted, 1 - model.predict_proba(new).max(1)) < found
    labels = np.where(score > 1, -1, model.predict(new))
    assert (labels[:200] == -1).mean() < 0.15
    assert (labels[200:] == -1).mean() > 0.5


def test_rows_that_lack_a_view():
    X, _, views = make_multiview_blobs(200, 3, missing=0.3, random_state=0)
    params = {"hidden_layer_sizes": (16,), "n_components": 8, "max_iter": 10}
    eamc = EAMC(3, views=views, random_state=0, **params).fit(X)
    far = 50 + X[:20]
    assert np.isfinite(eamc.outlier_score(X)).all()
    assert np.median(eamc.outlier_score(far)) > np.median(eamc.outlier_score(X))


@pytest.mark.filterwarnings("ignore")  # so few epochs
def test_rows_of_either_modality():
    X, _, views = make_mixed_modal(200, 4, random_state=0)
    params = {"hidden_layer_sizes": (16,), "n_components": 4, "max_iter": 3}
    dm2c = DM2C(4, views=views, pretrain_epochs=3, random_state=0, **params).fit(X)
    score = dm2c.outlier_score(X)
    assert np.isfinite(score).all()
    for view in (slice(0, 4), slice(4, 8)):
        seen = ~np.isnan(X[:, view.start])
        assert dm2c.outlier_score(100 * X[seen][:1])[0] > score[seen].max()


def test_not_fitted():
    with pytest.raises(NotFittedError):
        IDEC(3).outlier_score([[1.0]])
