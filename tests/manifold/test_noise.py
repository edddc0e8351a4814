"""Rows that belong nowhere: left out of the map, and labelled -1."""

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.datasets import make_blobs
from sklearn.metrics import adjusted_rand_score

import skdeepcluster
from skdeepcluster import NeighborClustering
from skdeepcluster.manifold.noise import without_isolated
from skdeepcluster.networks import PartitionedNetwork
from skdeepcluster.training import Rows


@pytest.fixture(scope="module")
def noisy():
    """Three clusters of 300, 200 and 100 rows, and 60 rows of noise after them."""
    X, y = make_blobs([300, 200, 100], 8, random_state=1)
    noise = np.random.RandomState(0).uniform(X.min(0), X.max(0), (60, 8))
    return np.vstack([X, noise]).astype(np.float32), np.append(y, [-1] * 60)


@pytest.fixture(scope="module")
def fitted(noisy):
    return model().fit(noisy[0])


def model(**params):
    settings = {"hidden_layer_sizes": (32,), "max_iter": 20, "random_state": 0}
    settings |= {"n_clusters": 3, "contamination": 1 / 11}
    return NeighborClustering(**{**settings, **params})


def test_noise_and_clusters_are_told_apart(fitted, noisy):
    X, y = noisy
    assert adjusted_rand_score(y, fitted.labels_) > 0.97
    assert np.sum(fitted.labels_ == -1) == 60
    np.testing.assert_array_equal(fitted.predict(X), fitted.labels_)
    assert fitted.objective_ == pytest.approx(-fitted.score(X))


def test_new_rows(fitted, noisy):
    X, _ = noisy
    with pytest.warns(UserWarning, match="rows of X are more than 5 times as far"):
        assert (fitted.predict(X[:5] + 100) == -1).all()
    near = X[:300] + np.float32(0.01)
    assert np.mean(fitted.predict(near) == fitted.labels_[:300]) > 0.97


def test_noise_takes_no_part_in_training(fitted, noisy):
    """What noise is like does not matter; default_epochs and seeds are the same."""
    X, y = noisy
    other = X.copy()
    other[y == -1] += 1e-3
    again = model().fit(other)
    kept = fitted.labels_ >= 0
    np.testing.assert_allclose(
        again.transform(X[kept][:50]), fitted.transform(X[kept][:50]), atol=0.3
    )


def test_a_saved_model_labels_noise(fitted, noisy, tmp_path):
    pytest.importorskip("safetensors")
    skdeepcluster.save(fitted, tmp_path / "model.safetensors")
    opened = skdeepcluster.load(tmp_path / "model.safetensors")
    np.testing.assert_array_equal(opened.predict(noisy[0]), fitted.labels_)


def test_an_exported_model_labels_noise(fitted, noisy, tmp_path):
    skdeepcluster.export(fitted, tmp_path / "model.pt2")
    graph = torch.export.load(tmp_path / "model.pt2").module()
    labels, _ = graph(torch.from_numpy(noisy[0]))
    np.testing.assert_array_equal(labels.numpy(), fitted.labels_)


def test_isolated_rows():
    """Of 30 rows on a line with one gap, those beyond it are left out."""
    X = np.r_[np.arange(27), 100, 200, 300].astype(np.float32)[:, None]
    network = PartitionedNetwork(torch.nn.Identity())
    left = without_isolated(network, Rows(X, torch.device("cpu")), 0.1)
    np.testing.assert_array_equal(left.table(), X[:27])
    # The tenth nearest of row 0 is nine steps away, itself being the nearest.
    isolation = network.isolation(torch.from_numpy(X))
    assert isolation[0] == pytest.approx(9, abs=1e-3)
    assert 9 < network.reach < 100


def test_equally_isolated_rows_stay():
    X = np.repeat(np.eye(3, dtype=np.float32), 20, axis=0)
    network = PartitionedNetwork(torch.nn.Identity())
    assert len(without_isolated(network, Rows(X, torch.device("cpu")), 0.5)) == 60


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"views": 2}, "contamination=0.0909091 is for one table .* views is set"),
        ({"encoder": torch.nn.Linear(8, 10)}, "encoder is set"),
        ({"connectivity": np.eye(60)}, "connectivity is set"),
        ({"contamination": 0.5, "n_clusters": 40}, "leaves 30 of 60 rows, too few"),
        ({"contamination": 0.0}, "contamination"),
        ({"contamination": 0.6}, "contamination"),
    ],
)
def test_what_cannot_be(params, message, noisy):
    with pytest.raises(ValueError, match=message):
        clone(model(**params)).fit(noisy[0][:60])
