"""Invariant information clustering."""

import numpy as np
import pytest
import torch
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from skdeepcluster import IIC
from skdeepcluster.augment import GaussianNoise
from skdeepcluster.losses import information_loss
from skdeepcluster.pairwise.information import SharedInformation
from skdeepcluster.training import Batch


def small(**params):
    settings = {"hidden_layer_sizes": (32,), "n_components": 32, "random_state": 0}
    return IIC(**{"n_clusters": 3, **settings, **params})


def test_terms_are_the_losses_of_two_copies():
    def network(x):
        return [x[:, :2].softmax(1)], [x.softmax(1)]

    noise = GaussianNoise(0.1)
    x = torch.randn(8, 4, generator=torch.Generator().manual_seed(0))
    batch = Batch(x, torch.arange(8), torch.Generator().manual_seed(1))
    terms = SharedInformation(noise, 0.75)(network, batch)
    generator = torch.Generator().manual_seed(1)
    ([y_a], [fine_a]), ([y_b], [fine_b]) = (network(noise(x, generator)) for _ in "ab")
    assert terms.keys() == {"information", "fine"}
    torch.testing.assert_close(terms["information"], information_loss(y_a, y_b, 0.75))
    torch.testing.assert_close(terms["fine"], information_loss(fine_a, fine_b))


def test_the_head_of_most_information_is_kept():
    x = torch.eye(3).repeat(4, 1)
    poor, good = x[:, :2], x
    loss = SharedInformation(None, 1.0)
    batch = Batch(x, torch.arange(12), torch.Generator())
    assert loss.best_head(lambda x: ([poor, good, poor], []), batch) == 1
    both = loss(lambda x: ([good, poor], []), batch)["information"]
    alone = [loss(lambda x, y=y: ([y], []), batch)["information"] for y in (good, poor)]
    torch.testing.assert_close(both, sum(alone) / 2)


def test_number_of_heads(blobs):
    for given, init, expected in ((None, "auto", 1), (None, None, 5), (2, None, 2)):
        model = small(n_heads=given, init=init, n_neighbors=None)
        assert model._n_heads() == expected
    fitted = small(n_heads=2, max_iter=1).fit(blobs[0])
    assert len(fitted.module_.cluster_heads) == 1
    assert len(fitted.module_.fine_heads) == 2


def test_number_of_fine_clusters(blobs):
    for given, expected in ((None, 15), (7, 7)):
        fitted = small(n_fine_clusters=given, max_iter=1).fit(blobs[0])
        assert fitted.module_.fine_heads[0].out_features == expected
        assert "fine" in fitted.history_[-1]
    alone = small(n_fine_clusters=0, max_iter=1).fit(blobs[0])
    assert "fine" not in alone.history_[-1]


def test_balance_is_off_where_training_starts_from_labels():
    tables, images = IIC(3), IIC(3, image_shape=(1, 8, 8))
    assert tables._balance(tables.entropy_weight) == 0.5
    assert images._balance(images.entropy_weight) == 1.0
    assert images._balance(0.7) == 0.7


def test_finds_clusters_of_unequal_size():
    random = np.random.RandomState(0)
    y = np.repeat([0, 1, 2], [540, 45, 15])
    X = random.normal(size=(3, 8))[y] * 2 + random.normal(size=(600, 8))
    ours = adjusted_rand_score(y, small(max_iter=20).fit_predict(X))
    kmeans = KMeans(3, n_init=10, random_state=0).fit(X)
    assert ours > max(0.95, adjusted_rand_score(y, kmeans.labels_))


def test_augmented_copies_from_random_weights(blobs):
    """The published setting, on a table."""
    fitted = small(init=None, n_neighbors=None, max_iter=40, n_heads=1).fit(blobs[0])
    assert {row["stage"] for row in fitted.history_} == {"information"}
    assert adjusted_rand_score(blobs[1], fitted.labels_) > 0.7


@pytest.mark.filterwarnings("ignore:.* are empty", "ignore:One cluster has")
def test_images_take_augmented_copies(digits):
    fitted = small(n_clusters=2, image_shape=(1, 8, 8), max_iter=1).fit(digits[0][:64])
    assert {row["stage"] for row in fitted.history_} == {"information"}
    assert fitted.transform(digits[0][:5]).shape == (5, 32)
