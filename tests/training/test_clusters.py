"""Starting centres and the rescue of empty clusters."""

import warnings

import numpy as np
import pytest
import torch
from sklearn.cluster import DBSCAN, HDBSCAN, AgglomerativeClustering, KMeans
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from torch import nn

from skdeepcluster.networks import EmbeddedClusteringNetwork
from skdeepcluster.training import (
    Rows,
    initial_centers,
    initial_labels,
    reseed_empty_clusters,
)

CORNERS = np.array([[0, 0], [0, 9], [9, 0]], np.float32)


@pytest.fixture
def z():
    noise = np.random.RandomState(0).normal(scale=0.1, size=(30, 2))
    return torch.from_numpy((np.repeat(CORNERS, 10, 0) + noise).astype(np.float32))


@pytest.mark.parametrize(
    "init",
    [
        "k-means++",
        KMeans(3),
        AgglomerativeClustering(3),
        DBSCAN(eps=1),
        CORNERS,
        CORNERS.tolist(),
    ],
    ids=str,
)
def test_every_kind_of_init_finds_the_corners(init, z):
    centers = initial_centers(init, z, 3, np.random.RandomState(0))
    assert centers.dtype == np.float32
    nearest = np.abs(centers[:, None] - CORNERS).sum(2).argmin(1)
    assert sorted(nearest) == [0, 1, 2]
    np.testing.assert_allclose(centers, CORNERS[nearest], atol=0.2)


def test_init_is_seeded_and_left_unfitted(z):
    init = KMeans(3, init="random", n_init=1)
    first = initial_centers(init, z, 3, np.random.RandomState(0))
    second = initial_centers(init, z, 3, np.random.RandomState(0))
    np.testing.assert_array_equal(first, second)
    assert init.random_state is None
    assert not hasattr(init, "labels_")


def test_nested_init_is_seeded_too(z):
    pca = PCA(2, svd_solver="randomized")
    init = make_pipeline(pca, KMeans(3, init="random", n_init=1))
    before = np.random.get_state()[1].tobytes()  # noqa: NPY002
    first = initial_centers(init, z, 3, np.random.RandomState(0))
    second = initial_centers(init, z, 3, np.random.RandomState(0))
    np.testing.assert_array_equal(first, second)
    assert np.random.get_state()[1].tobytes() == before  # noqa: NPY002


def test_init_that_finds_another_number_of_clusters(z):
    with pytest.raises(ValueError, match=r"found 2 clusters.*n_clusters=3"):
        initial_centers(KMeans(2), z, 3, np.random.RandomState(0))


def network_with(centers):
    network = EmbeddedClusteringNetwork(nn.Identity(), None)
    network.set_centers(np.asarray(centers, np.float32))
    return network


def test_init_that_fails_on_few_rows(z):
    random_state = np.random.RandomState(0)
    with pytest.raises(ValueError, match=r"HDBSCAN\(.*\) failed on 4 rows.*'k-means"):
        initial_centers(HDBSCAN(copy=True), z[:4], 2, random_state)
    with pytest.raises(ValueError, match="found no cluster.* smaller min_cluster_size"):
        initial_centers(HDBSCAN(20, copy=True), z, 3, random_state)
    found = initial_centers(HDBSCAN(3, copy=True), z, 3, random_state)
    assert len(found) == 3


def test_kmeans_is_quiet_where_rows_repeat(z):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        initial_centers("k-means++", z[:2].repeat(10, 1), 5, np.random.RandomState(0))


def test_empty_cluster_takes_the_row_that_fits_worst(z):
    network = network_with([[0, 0], [0, 9], [500, 500]])
    q = reseed_empty_clusters(network, z)
    assert torch.bincount(q.argmax(1), minlength=3).tolist() == [10, 10, 10]
    moved = network.centers[2].detach().numpy()
    np.testing.assert_allclose(moved, [9, 0], atol=0.5)


def test_all_clusters_filled_where_rows_are_distinct():
    z = torch.arange(12.0).reshape(6, 2)
    network = network_with(np.full((6, 2), 1e3))
    q = reseed_empty_clusters(network, z)
    assert sorted(q.argmax(1).tolist()) == list(range(6))


def test_coincident_centres_come_apart():
    z = torch.from_numpy(CORNERS)
    network = network_with(CORNERS[[0, 0, 0]])
    q = reseed_empty_clusters(network, z)
    assert sorted(q.argmax(1).tolist()) == [0, 1, 2]


def test_identical_rows_end_the_rescue():
    z = torch.zeros(6, 2)
    network = network_with([[0, 0], [1, 1], [2, 2]])
    q = reseed_empty_clusters(network, z)
    assert torch.isfinite(q).all()


# -- labels of the rows themselves -----------------------------------------------------


@pytest.mark.parametrize("init", ["k-means++", KMeans(3), DBSCAN(eps=1)], ids=str)
def test_labels_of_the_corners(init, z):
    rows = Rows(z.numpy(), torch.device("cpu"))
    labels = initial_labels(init, rows, 3, np.random.RandomState(0))
    assert labels.shape == (30,)
    assert sorted(labels[::10].tolist()) == [0, 1, 2]
    assert torch.equal(labels, labels[::10].repeat_interleave(10))


@pytest.mark.parametrize("unit", [1e-30, 1e-20, 1e19, 1e30])
def test_labels_of_kmeans_do_not_depend_on_the_unit(unit, z):
    tables = (z.numpy(), (z.double() * unit).float().numpy())
    expected, labels = (
        initial_labels(
            "k-means++", Rows(X, torch.device("cpu")), 3, np.random.RandomState(0)
        )
        for X in tables
    )
    assert torch.equal(labels, expected)


def test_noise_is_a_class_that_cross_entropy_passes_over(z):
    X = np.concatenate([z.numpy(), [[100, 100]]]).astype(np.float32)
    rows = Rows(X, torch.device("cpu"))
    labels = initial_labels(DBSCAN(eps=1), rows, 3, np.random.RandomState(0))
    assert labels[-1] == -100
    assert labels[:-1].min() == 0


def test_labels_of_a_large_table_come_from_a_sample(z, monkeypatch):
    fitted_on = []
    fit = KMeans.fit
    monkeypatch.setattr(
        KMeans, "fit", lambda self, X: fitted_on.append(len(X)) or fit(self, X)
    )
    rows = Rows(z.repeat(400, 1).numpy(), torch.device("cpu"))
    labels = initial_labels("k-means++", rows, 3, np.random.RandomState(0))
    assert fitted_on == [10_000]
    assert len(labels) == 12_000
    assert len(labels.unique()) == 3
