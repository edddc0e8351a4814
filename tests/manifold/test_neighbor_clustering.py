"""Neighbour clustering: quality, new rows, degenerate tables."""

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array
from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs, make_moons
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import adjusted_rand_score
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsTransformer, NearestNeighbors
from sklearn.preprocessing import scale
from torch import nn

from skdeepcluster import NeighborClustering
from skdeepcluster.manifold.refinement import RefinementLoss
from skdeepcluster.maps import cut
from skdeepcluster.neighbors import NeighborGraph
from skdeepcluster.training import Rows


def small(n_clusters=3, **params):
    settings = {"hidden_layer_sizes": (64,), "random_state": 0}
    return NeighborClustering(n_clusters, **{**settings, **params})


def test_recipe(blobs):
    fitted = small(max_iter=4).fit(blobs[0])
    stages = [row["stage"] for row in fitted.history_]
    assert stages == ["map"] * 4 + ["refine"] * 2
    assert fitted.history_[3]["contrast"] < fitted.history_[0]["contrast"]
    assert fitted.n_clusters_ == 3
    assert isinstance(fitted.partition_, str)
    assert fitted.transform(blobs[0]).shape == (120, 10)


def test_default_epochs_make_the_stated_number_of_batches():
    X = np.random.RandomState(0).normal(size=(60, 3))
    assert small(refine=False).fit(X).n_iter_ == 100
    fitted = small(views=[2, 1], refine=False).fit(X)
    assert len(fitted.history_) == np.ceil(6 * 60 ** (2 / 3))


def unequal(seed):
    """540, 45 and 15 rows around centres that may lie close."""
    random = np.random.RandomState(seed)
    centers = random.normal(size=(3, 8)) * 2
    y = np.repeat(np.arange(3), (540, 45, 15))
    return centers[y] + random.normal(size=(600, 8)), y


@pytest.mark.slow
def test_clusters_of_unequal_size_beat_kmeans():
    ours, plain = [], []
    for seed in range(3):
        X, y = unequal(seed)
        labels = NeighborClustering(3, random_state=seed).fit_predict(X)
        ours.append(adjusted_rand_score(y, labels))
        kmeans = KMeans(3, n_init=10, random_state=seed).fit_predict(X)
        plain.append(adjusted_rand_score(y, kmeans))
    assert np.mean(ours) > np.mean(plain) + 0.05


def test_moons_among_noise_columns():
    X, y = make_moons(400, noise=0.05, random_state=0)
    X = X @ np.random.RandomState(0).normal(size=(2, 12))
    X += np.random.RandomState(1).normal(size=X.shape) * 0.05
    assert adjusted_rand_score(y, small(2).fit_predict(X)) > 0.95
    assert adjusted_rand_score(y, KMeans(2, n_init=10).fit_predict(X)) < 0.6


@pytest.mark.parametrize("seed", [0, 2])
def test_answers_about_nothing_do_not_cut_clusters(seed):
    rs = np.random.RandomState(seed)
    X, y = make_blobs(300, 5, centers=3, cluster_std=1.5, random_state=seed)
    X = scale(np.hstack([X, rs.randint(2, size=(300, 3))]))
    fitted = small(max_iter=40).fit(X)
    assert fitted.used_features_.tolist() == [True] * 5 + [False] * 3
    assert adjusted_rand_score(y, fitted.labels_) > 0.9
    X[:, 5:] *= -1  # new rows with other answers
    np.testing.assert_array_equal(fitted.predict(X), fitted.labels_)


def test_columns_count_as_they_are_where_neighbours_are_given():
    X, _ = make_blobs(60, 4, centers=3, random_state=0)
    X[:, 0] = np.arange(60) % 2 * 9
    given = KNeighborsTransformer(n_neighbors=5)
    assert not small(max_iter=1).fit(X).used_features_.all()
    assert small(max_iter=1, connectivity=given).fit(X).used_features_.all()
    encoder = small(max_iter=1, encoder=lambda n, width: nn.Linear(n, width))
    rows = Rows(X.astype(np.float32), torch.device("cpu"))
    assert encoder._projection(rows).used_columns.all()


def test_new_rows_follow_the_clusters():
    X, y = make_blobs(400, 6, centers=3, random_state=0)
    fitted = small().fit(X[:200])
    assert adjusted_rand_score(y[200:], fitted.predict(X[200:])) > 0.95
    proba = fitted.predict_proba(X[200:])
    assert proba.max(1).mean() > 0.9


@pytest.mark.slow
def test_digits_beat_spectral_clustering(digits):
    X, y = digits
    scores = [
        adjusted_rand_score(y, NeighborClustering(10, random_state=s).fit_predict(X))
        for s in range(3)
    ]
    assert np.mean(scores) > 0.8  # spectral clustering has .76, k-means .67
    assert min(scores) > 0.76


@pytest.mark.parametrize("n_columns", [pytest.param(3, marks=pytest.mark.slow), 80])
def test_cosine_does_not_see_lengths(n_columns):
    random = np.random.RandomState(0)
    y = np.repeat(np.arange(3), 80)
    X = random.rand(3, n_columns)[y] + random.normal(size=(240, n_columns)) * 0.03
    X *= random.lognormal(sigma=1.5, size=(240, 1))
    scores = {
        metric: adjusted_rand_score(y, small(metric=metric).fit_predict(X))
        for metric in ("cosine", "euclidean")
    }
    assert scores["cosine"] > 0.9
    assert scores["cosine"] > scores["euclidean"] + 0.1


def test_score_prefers_clusters_that_are_there(blobs):
    X, _ = blobs
    right, wrong = small(3).fit(X), small(7).fit(X)
    assert right.score(X) > wrong.score(X)
    assert right.objective_ < 0.02


@pytest.mark.filterwarnings("ignore:.*are empty")
@pytest.mark.parametrize(
    "X",
    [
        np.eye(3)[[0, 1]],
        np.repeat(np.eye(3)[:2], 8, axis=0),
        np.ones((12, 4)),
        np.c_[np.arange(12.0), np.ones(12)],
    ],
    ids=["two rows", "duplicates", "constant", "constant column"],
)
def test_degenerate_tables(X):
    fitted = small(2, max_iter=3).fit(X)
    np.testing.assert_array_equal(fitted.predict(X), fitted.labels_)
    equal = (X[:, None] == X).all(2)
    same = fitted.labels_[:, None] == fitted.labels_
    assert same[equal].all()


def test_more_clusters_than_rows_of_a_sample(monkeypatch):
    monkeypatch.setattr(cut, "_ROWS", 20)
    X = np.random.RandomState(0).normal(size=(100, 4))
    fitted = small(30, max_iter=2, batch_size=64).fit(X)
    assert len({*fitted.labels_}) > 20


def test_identical_rows_warn():
    with pytest.warns(ConvergenceWarning, match="are empty"):
        small(3, max_iter=2).fit(np.ones((12, 3)))


def test_encoder_of_images():
    X = np.random.RandomState(0).rand(40, 16)
    seen = []

    class Flat(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(16, 5)

        def forward(self, x):
            seen.append(x.shape[1:])
            return self.linear(x.flatten(1))

    params = {"encoder": Flat(), "n_components": 5, "image_shape": (1, 4, 4)}
    fitted = small(2, max_iter=2, **params).fit(X)
    assert {*seen} == {torch.Size([1, 4, 4])}
    assert fitted.transform(X).shape == (40, 5)


def test_memory_keeps_the_map_for_other_numbers_of_clusters(blobs, tmp_path):
    X, _ = blobs
    params = {"max_iter": 3, "memory": str(tmp_path)}
    two, three = (small(k, **params).fit(X) for k in (2, 3))
    seconds = [[row["seconds"] for row in f.history_[:3]] for f in (two, three)]
    assert seconds[0] == seconds[1]  # those of the first


@pytest.mark.slow
def test_number_of_clusters_is_found():
    X, y = make_blobs(500, 6, centers=8 * np.eye(4, 6), random_state=0)
    fitted = small(None).fit(X)
    assert fitted.n_clusters_ == fitted.predict_proba(X).shape[1] == 4
    assert adjusted_rand_score(y, fitted.labels_) > 0.95


def test_given_neighbours_replace_the_search(monkeypatch):
    """Rows that are given as neighbours come together, wherever they lie."""
    y = np.arange(90) % 3
    X = np.random.RandomState(0).normal(size=(90, 20))
    same = csr_array((y[:, None] == y) & ~np.eye(90, dtype=bool))
    monkeypatch.setattr(NeighborGraph, "of_table", None)
    given = small(3, connectivity=same, max_iter=150).fit(X)
    assert adjusted_rand_score(y, given.labels_) > 0.95
    with pytest.raises(ValueError, match=r"connectivity has shape \(90, 90\)"):
        small(3, connectivity=same).fit(X[1:])


def test_transformer_of_neighbours_in_a_grid_search():
    X, y = make_blobs(120, 4, centers=3, random_state=0)
    neighbors = KNeighborsTransformer(n_neighbors=10, metric="manhattan")
    search = GridSearchCV(
        small(connectivity=neighbors, max_iter=3), {"n_components": [2, 5]}, cv=2
    )
    search.fit(X, y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_refinement_follows_the_neighbours():
    """Of rows whose label their neighbours do not share, fewer remain."""
    shares = {False: 0.0, True: 0.0}
    for seed in range(3):
        X, _ = make_blobs(200, 3, centers=4, cluster_std=3.5, random_state=seed)
        near = NearestNeighbors(n_neighbors=15).fit(X).kneighbors(return_distance=False)
        for refine in shares:
            labels = small(4, refine=refine, max_iter=40).fit_predict(X)
            shares[refine] += (labels[near] == labels[:, None]).mean() / 3
    assert shares[True] > shares[False]


def test_wrong_hints_do_not_exchange_clusters_before_the_refinement(monkeypatch):
    """The network has the numbers of the hints; labels of other rows stay its own."""
    X, y = make_blobs(90, 4, centers=2, random_state=0)
    hints = np.full(90, -1)
    hints[[np.argmin(y), np.argmax(y)]] = 0, 1
    refined = []

    def outvoted(graph, labels, n_clusters):
        """The two rows with hints have neighbours of the other cluster."""
        return labels.where(torch.from_numpy(hints < 0), 1 - labels)

    def recorded(table, graph, labels):
        refined.append(labels)
        return RefinementLoss(table, graph, labels)

    module = "skdeepcluster.manifold.neighbor_clustering"
    monkeypatch.setattr(f"{module}.vote", outvoted)
    monkeypatch.setattr(f"{module}.RefinementLoss", recorded)
    model = NeighborClustering(2, max_iter=5, random_state=0)
    model.fit(X, partial_labels=hints)
    np.testing.assert_array_equal(refined[0], y)
