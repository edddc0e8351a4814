"""Contrastive clustering."""

import math

import numpy as np
import pytest
import torch
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score
from sklearn.preprocessing import scale

from skdeepcluster import ContrastiveClustering
from skdeepcluster.augment import GaussianNoise
from skdeepcluster.losses import balance_loss, cluster_loss, instance_loss
from skdeepcluster.pairwise.contrastive import Contrast
from skdeepcluster.training import Batch


def small(**params):
    settings = {"hidden_layer_sizes": (32,), "n_components": 32, "max_iter": 5}
    return ContrastiveClustering(3, random_state=0, **{**settings, **params})


def test_terms_are_the_losses_of_two_copies():
    def network(x):
        return x, x.softmax(1)

    noise = GaussianNoise(0.1)
    x = torch.randn(8, 4, generator=torch.Generator().manual_seed(0))
    batch = Batch(x, torch.arange(8), torch.Generator().manual_seed(1))
    terms = Contrast(noise, 0.5, 1.0, 2.0, 3.0, 4.0)(network, batch)
    generator = torch.Generator().manual_seed(1)
    a, b = noise(x, generator), noise(x, generator)
    y_a, y_b = a.softmax(1), b.softmax(1)
    expected = {
        "instance": 2 * instance_loss(a, b, 0.5),
        "cluster": 3 * cluster_loss(y_a, y_b, 1.0),
        "entropy": 4 * (balance_loss(y_a) + balance_loss(y_b)),
    }
    assert terms.keys() == expected.keys()
    for name, value in expected.items():
        torch.testing.assert_close(terms[name], value)


def test_terms_without_weight_are_left_out(blobs):
    fitted = small(cluster_weight=0, entropy_weight=0).fit(blobs[0])
    assert "instance" in fitted.history_[-1]
    assert "cluster" not in fitted.history_[-1]
    with pytest.raises(ValueError, match="all 0"):
        small(instance_weight=0, cluster_weight=0, entropy_weight=0).fit(blobs[0])


def test_one_cluster(blobs):
    fitted = small(entropy_weight=1).set_params(n_clusters=1).fit(blobs[0])
    assert fitted.history_[-1]["cluster"] == 0
    assert fitted.history_[-1]["entropy"] == 0


@pytest.mark.filterwarnings("ignore:.*are empty")
@pytest.mark.filterwarnings("ignore:Number of distinct clusters")
def test_rows_that_are_all_equal_are_chance():
    """No augmentation can tell them apart, and log(2N - 1) has no gradient."""
    X = np.ones((16, 3))
    fitted = small(augmentation="swap").fit(X)
    assert fitted.history_[-1]["instance"] == pytest.approx(math.log(31), rel=1e-4)
    assert len(set(fitted.labels_)) == 1


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"augmentation": "affine"}, "needs image_shape"),
        ({"augmentation": "nonsense"}, "augmentation"),
        ({"image_shape": (9, 9, 9)}, "product n_features"),
    ],
)
def test_score_checks_what_was_set_after_fit(params, message, blobs):
    fitted = small().fit(blobs[0])
    labels = fitted.set_params(**params).predict(blobs[0])
    np.testing.assert_array_equal(labels, fitted.labels_)
    with pytest.raises(ValueError, match=message):
        fitted.score(blobs[0])


def test_memory_keeps_the_trained_network(blobs, tmp_path):
    first = small(memory=str(tmp_path)).fit(blobs[0])
    second = small(memory=str(tmp_path)).fit(blobs[0])
    assert second.history_ == first.history_  # with its seconds
    np.testing.assert_array_equal(first.transform(blobs[0]), second.transform(blobs[0]))


@pytest.mark.slow
def test_beats_kmeans_on_standardised_digits(digits):
    X, y = scale(digits[0].astype(np.float64)), digits[1]
    plain = adjusted_rand_score(y, KMeans(10, n_init=10, random_state=0).fit_predict(X))
    for seed in range(3):
        labels = ContrastiveClustering(10, random_state=seed).fit_predict(X)
        assert adjusted_rand_score(y, labels) > plain + 0.1
