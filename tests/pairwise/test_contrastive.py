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
from skdeepcluster.neighbors import NeighborGraph
from skdeepcluster.pairwise.contrastive import Contrast
from skdeepcluster.pairwise.neighbors import Neighbors
from skdeepcluster.training import Batch, Rows


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


def test_second_copy_is_a_neighbour():
    def network(x):
        return x, x.softmax(1)

    x = torch.randn(8, 4, generator=torch.Generator().manual_seed(0))
    partner = torch.arange(8).roll(3)
    graph = NeighborGraph(partner[:, None], torch.ones(8, 1))
    neighbors = Neighbors(Rows(x.numpy(), torch.device("cpu")), graph, x)
    index = torch.tensor([5, 0, 2])
    batch = Batch(x[index], index, torch.Generator())
    plain = Contrast(None, 0.5, 1.0, 1.0, 0.0, 0.0, neighbors)(network, batch)
    expected = instance_loss(x[index], x[partner[index]], 0.5)
    torch.testing.assert_close(plain["instance"], expected)

    def half(x, generator):
        return x / 2

    both = Contrast(half, 0.5, 1.0, 0.0, 1.0, 0.0, neighbors)(network, batch)
    expected = cluster_loss(
        (x[index] / 2).softmax(1), (x[partner[index]] / 2).softmax(1), 1.0
    )
    torch.testing.assert_close(both["cluster"], expected)


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


def test_defaults_of_tables_and_of_images(digits):
    """Of images as published; of tables neighbours and labels, and no balance."""
    X = digits[0][:60]
    table = small(max_iter=1).fit(X)
    assert [row["stage"] for row in table.history_[-2:]] == ["pretrain", "contrast"]
    assert "entropy" not in table.history_[-1]
    image = small(max_iter=1, image_shape=(1, 8, 8)).fit(X)
    assert {row["stage"] for row in image.history_} == {"contrast"}
    assert "entropy" in image.history_[-1]
    as_published = {"n_neighbors": None, "init": None, "entropy_weight": 1.0}
    same = small(max_iter=1, image_shape=(1, 8, 8), **as_published).fit(X)
    assert same.history_[-1]["loss"] == image.history_[-1]["loss"]
    published = ContrastiveClustering.published(10)
    assert as_published.items() <= published.get_params().items()


def test_default_epochs():
    X = np.random.RandomState(0).normal(size=(300, 3))
    table = ContrastiveClustering(3, batch_size=100, hidden_layer_sizes=(8,))
    assert table.fit(X).n_iter_ == np.ceil(6 * 300 ** (2 / 3) / 3)


def test_augmentation_beside_neighbours_is_asked_for():
    seen = []

    def count(x, generator):
        seen.append(len(x))
        return x

    X = np.random.RandomState(0).normal(size=(40, 6))
    rows = Rows(X.astype(np.float32), torch.device("cpu"))
    assert small()._augmentation(rows, np.random.RandomState(0)) is None
    assert small()._n_neighbors(rows) == 15
    assert small(augmentation=count)._n_neighbors(rows) is None
    both = small(max_iter=1, pretrain_epochs=0, augmentation=count, n_neighbors=5)
    both.fit(X)
    assert seen == [40] * 4  # both copies: of the epoch, and of the objective


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:k-means on X keeps")  # of the balanced ones
def test_clusters_of_unequal_size_are_not_evened_out():
    plain, ours, balanced = [], [], []
    for seed in (0, 1):
        random = np.random.RandomState(seed)
        centers = random.normal(size=(3, 8)) * 2
        y = np.repeat(np.arange(3), (540, 45, 15))
        X = centers[y] + random.normal(size=(600, 8))
        for scores, model in (
            (plain, KMeans(3, n_init=10, random_state=seed)),
            (ours, small(max_iter=60)),
            (balanced, small(max_iter=60, entropy_weight=1)),
        ):
            scores.append(adjusted_rand_score(y, model.fit_predict(X)))
    assert np.mean(ours) > np.mean(plain) - 0.05
    assert np.mean(ours) > np.mean(balanced) + 0.3


@pytest.mark.parametrize("n", [1, 2])
def test_score_of_few_rows(n, blobs):
    assert np.isfinite(small().fit(blobs[0]).score(blobs[0][:n]))


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
    other = small(memory=str(tmp_path), n_neighbors=4).fit(blobs[0])
    n = len(other.history_) - 5  # the first stage knows no neighbours
    assert other.history_[:n] == first.history_[:n]
    assert other.history_[n:] != first.history_[n:]
    np.testing.assert_array_equal(first.transform(blobs[0]), second.transform(blobs[0]))


@pytest.mark.slow
def test_beats_kmeans_on_standardised_digits(digits):
    X, y = scale(digits[0].astype(np.float64)), digits[1]
    plain = adjusted_rand_score(y, KMeans(10, n_init=10, random_state=0).fit_predict(X))
    for seed in range(3):
        labels = ContrastiveClustering(10, random_state=seed).fit_predict(X)
        assert adjusted_rand_score(y, labels) > plain + 0.1
