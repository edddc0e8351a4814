"""PICA: its terms, its start, its clusters."""

import numpy as np
import pytest
import torch
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from skdeepcluster import PICA
from skdeepcluster.augment import GaussianNoise
from skdeepcluster.losses import balance_loss, partition_uncertainty
from skdeepcluster.pairwise.partition import PartitionConfidence
from skdeepcluster.training import Batch


def small(**params):
    settings = {"hidden_layer_sizes": (32,), "n_components": 32, "random_state": 0}
    return PICA(**{"n_clusters": 3, **settings, **params})


def test_terms_are_those_of_two_copies():
    def network(x):
        return [x.softmax(1)], []

    noise = GaussianNoise(0.1)
    x = torch.randn(8, 4, generator=torch.Generator().manual_seed(0))
    batch = Batch(x, torch.arange(8), torch.Generator().manual_seed(1))
    terms = PartitionConfidence(noise, 0.75)(network, batch)
    generator = torch.Generator().manual_seed(1)
    ([y_a], _), ([y_b], _) = (network(noise(x, generator)) for _ in "ab")
    torch.testing.assert_close(terms["uncertainty"], partition_uncertainty(y_a, y_b))
    balance = balance_loss(torch.cat([y_a, y_b]))
    torch.testing.assert_close(terms["entropy"], 0.75 * balance)


def test_balance_is_off_where_training_starts_from_labels(blobs):
    tables, images = PICA(3), PICA(3, image_shape=(1, 8, 8))
    assert tables._balance(tables.entropy_weight) == 0
    assert images._balance(images.entropy_weight) == 2
    assert "entropy" not in small(max_iter=1).fit(blobs[0]).history_[-1]
    given = small(max_iter=1, entropy_weight=0.5).fit(blobs[0])
    assert "entropy" in given.history_[-1]


def test_assignments_become_certain(blobs):
    X, y = blobs
    start, trained = (small(max_iter=n).fit(X) for n in (0, 60))
    certain = [fit.predict_proba(X).max(1).mean() for fit in (start, trained)]
    assert certain[1] > max(0.99, certain[0])
    assert adjusted_rand_score(y, trained.labels_) > 0.9


def test_finds_clusters_of_unequal_size():
    random = np.random.RandomState(0)
    y = np.repeat([0, 1, 2], [540, 45, 15])
    X = random.normal(size=(3, 8))[y] * 2 + random.normal(size=(600, 8))
    ours = adjusted_rand_score(y, small(max_iter=20).fit_predict(X))
    kmeans = KMeans(3, n_init=10, random_state=0).fit(X)
    assert ours > max(0.95, adjusted_rand_score(y, kmeans.labels_))


def test_augmented_copies_from_random_weights(blobs):
    """The published setting, on a table."""
    fitted = small(init=None, n_neighbors=None, max_iter=60).fit(blobs[0])
    assert {row["stage"] for row in fitted.history_} == {"confidence"}
    assert adjusted_rand_score(blobs[1], fitted.labels_) > 0.7


@pytest.mark.filterwarnings("ignore:.* are empty", "ignore:One cluster has")
def test_images_take_augmented_copies(digits):
    fitted = small(n_clusters=2, image_shape=(1, 8, 8), max_iter=1).fit(digits[0][:64])
    assert {row["stage"] for row in fitted.history_} == {"confidence"}
    assert fitted.transform(digits[0][:5]).shape == (5, 32)
