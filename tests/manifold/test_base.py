"""Neighbour clustering of wide tables and of several views: encoders, votes."""

import numpy as np
import pytest
import scipy.sparse
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score
from sklearn.neighbors import kneighbors_graph
from torch import nn

from skdeepcluster import NeighborClustering
from skdeepcluster.datasets import make_multiview_blobs
from skdeepcluster.manifold import neighbor_clustering
from skdeepcluster.manifold.refinement import RefinementLoss
from skdeepcluster.maps import loss as map_loss


def small(n_clusters=3, **params):
    settings = {"hidden_layer_sizes": (32,), "random_state": 0}
    return NeighborClustering(n_clusters, **{**settings, **params})


@pytest.fixture(scope="module")
def table():
    return make_multiview_blobs(240, n_clusters=3, random_state=0)


def test_recipe(table):
    X, _, views = table
    fitted = small(views=views, max_iter=6).fit(X)
    stages = [row["stage"] for row in fitted.history_]
    assert stages == ["views"] * 2 + ["map"] * 4 + ["refine"] * 2
    assert list(fitted.views_) == ["view0", "view1"]
    assert fitted.view_agreement_.shape == (2, 2)


def test_rows_that_lack_views_join_their_clusters():
    rng = np.random.RandomState(0)
    y = rng.randint(3, size=180)
    whole = 3 * rng.normal(size=(3, 12))[y] + rng.normal(size=(180, 12))
    X = whole.copy()
    X[:60, :6] = np.nan
    X[60:120, 6:] = np.nan
    fitted = small(views=2).fit(X)
    for rows in (slice(60), slice(60, 120), slice(120, None)):
        assert adjusted_rand_score(y[rows], fitted.labels_[rows]) > 0.9
    assert adjusted_rand_score(y, fitted.labels_) > 0.9
    # Where no training row lacks a view, new rows are embedded less well by one alone.
    assert adjusted_rand_score(y, small(views=2).fit(whole).predict(X)) > 0.5


def three_views(noise=(20, 6), seed=0):
    """Clusters in the first view alone."""
    rng = np.random.RandomState(seed)
    y = rng.randint(4, size=400)
    good = 2 * rng.normal(size=(4, 8))[y] + rng.normal(size=(400, 8))
    others = [rng.normal(size=(400, width)) for width in noise]
    return np.hstack([good, *others]), y, [8, *noise]


def test_views_of_noise_lose_their_votes(monkeypatch):
    voting, refined = [], []

    def boundaries(tables, observed, graph, labels, n_clusters):
        voting.append([table.shape[1] for table in tables])
        refined.append(labels.clone())
        return refined[-1]

    def loss(table, graph, labels):
        assert labels is refined[-1]
        return RefinementLoss(table, graph, labels)

    monkeypatch.setattr(neighbor_clustering, "with_round_boundaries", boundaries)
    monkeypatch.setattr(neighbor_clustering, "RefinementLoss", loss)
    X, y, views = three_views()
    X[0, :8] = np.nan
    fitted = small(4, views=views).fit(X)
    assert fitted.view_weights_.tolist() == [1, 0, 0]
    assert voting == [[8]]  # nor have they a part in boundaries
    assert adjusted_rand_score(y, fitted.labels_) > 0.9
    # A row that has no other views is embedded by these.
    assert np.isfinite(fitted.transform(X[:1])).all()
    assert np.abs(fitted.transform(X[:1])).max() > 0


def test_equal_rows_do_not_elect_each_other(monkeypatch):
    X = np.repeat(make_multiview_blobs(n_samples=30, random_state=0)[0], 20, axis=0)
    graphs = []

    def loss(table, graph):
        graphs.append(graph)
        return map_loss.MapLoss(table, graph)

    monkeypatch.setattr(neighbor_clustering, "MapLoss", loss)
    small(views=2, max_iter=1, refine=False).fit(X)
    (graph,) = graphs
    own = graph.partners // 20 == np.arange(len(X))[:, None] // 20
    assert not graph.weights[own].any()
    assert (graph.weights.sum(1) > 0).all()


@pytest.mark.slow
def test_unequal_clusters_in_two_views_beat_kmeans():
    ours, plain = [], []
    for seed in range(2):
        rng = np.random.RandomState(seed)
        y = np.repeat(np.arange(3), (540, 45, 15))
        X = 2 * rng.normal(size=(3, 20))[y] + rng.normal(size=(600, 20))
        labels = NeighborClustering(3, views=[8, 12], random_state=0).fit_predict(X)
        ours.append(adjusted_rand_score(y, labels))
        kmeans = KMeans(3, n_init=10, random_state=seed)
        plain.append(adjusted_rand_score(y, kmeans.fit_predict(X)))
    assert min(ours) > 0.95
    assert np.mean(ours) > np.mean(plain) - 0.02


def test_many_clusters_of_few_rows():
    rng = np.random.RandomState(0)
    y = np.repeat(np.arange(20), 8)
    X = np.hstack([rng.normal(size=(20, w))[y] for w in (30, 40, 25)])
    X += 0.9 * rng.normal(size=X.shape)
    labels = small(20, views=[30, 40, 25]).fit_predict(X)
    assert adjusted_rand_score(y, labels) > 0.9


def test_an_encoder_for_one_view(table):
    X, y, views = table

    class Doubled(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(2 * views[1], 10)

        def forward(self, x):
            return self.linear(x.flatten(1).repeat(1, 2))

    fitted = small(
        views=views,
        encoder={"view1": Doubled()},
        image_shape={"view1": (1, 1, views[1])},
    ).fit(X)
    assert type(fitted.module_.encoder.encoders[1]).__name__ == "Doubled"
    assert adjusted_rand_score(y, fitted.labels_) > 0.9


def test_known_neighbours_need_no_votes(table):
    X, y, views = table
    same = (y[:, None] == y) & ~np.eye(len(y), dtype=bool)
    fitted = small(views=views, connectivity=same.astype(float), max_iter=3).fit(X)
    assert [row["stage"] for row in fitted.history_][:3] == ["map"] * 3
    assert not hasattr(fitted, "view_agreement_")


def test_one_view_is_a_view_too(table):
    X, y, _ = table
    fitted = small(views=1).fit(X)
    assert fitted.view_weights_.tolist() == [1]
    assert adjusted_rand_score(y, fitted.labels_) > 0.9


def test_one_table_has_no_missing_values(table):
    X = table[0].copy()
    X[0, 0] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        small().fit(X)
    with pytest.raises(ValueError, match="has no view"):
        small(views=1).fit(X)


def test_a_constant_view_warns(table):
    X, y, views = table
    X = np.c_[X, np.ones((len(X), 2))]
    with pytest.warns(UserWarning, match="'view2' is constant"):
        fitted = small(views=[*views, 2]).fit(X)
    assert fitted.view_weights_[2] < 0.5
    assert adjusted_rand_score(y, fitted.labels_) > 0.9


def test_term_counts_are_compared_by_angles():
    rng = np.random.RandomState(0)
    y = rng.randint(3, size=240)
    shares = rng.dirichlet(np.full(200, 0.05), size=(2, 3))
    tables = [
        np.array(
            [rng.multinomial(n, topic[c]) for n, c in zip(lengths, y, strict=True)]
        )
        for topic in shares
        for lengths in [rng.geometric(0.02, 240) + 5]
    ]
    X = np.hstack(tables).astype(float)
    fitted = small(views=[200, 200]).fit(X)
    assert adjusted_rand_score(y, fitted.labels_) > 0.95
    # Texts of twice the length are the same texts.
    np.testing.assert_allclose(fitted.transform(2 * X), fitted.transform(X), atol=1e-3)
    compared = small(views=[200, 200], metric="euclidean", max_iter=2).fit(X)
    assert np.abs(compared.transform(2 * X) - compared.transform(X)).max() > 0.1


def topics(n=240, d=1200, k=3):
    """Sparse counts of words, of which each topic has some of its own."""
    rng = np.random.RandomState(0)
    y = np.arange(n) % k
    rate = np.full((k, d), 0.01)
    for topic in range(k):
        rate[topic, 40 * topic : 40 * (topic + 1)] = 0.6
    return scipy.sparse.csr_array(rng.poisson(rate[y]).astype(float)), y


def test_wide_rows_are_projected_once(monkeypatch):
    X, y = topics()
    widths = set()
    contrast = map_loss.MapLoss.__call__

    def noted(self, network, batch):
        widths.add(batch.x.shape[1])
        return contrast(self, network, batch)

    monkeypatch.setattr(map_loss.MapLoss, "__call__", noted)
    model = NeighborClustering(3, metric="cosine", max_iter=30, random_state=0)
    labels = model.fit_predict(X)
    assert widths == {50}
    assert adjusted_rand_score(y, labels) > 0.95
    np.testing.assert_array_equal(model.predict(X), labels)
    np.testing.assert_array_equal(clone(model).fit_predict(X.toarray()), labels)
    assert model.score(X) == pytest.approx(-model.objective_)


def test_connectivity_is_made_from_the_table_itself():
    """Not from its principal components."""
    X, y = topics()
    seen = []

    def neighbors(table):
        seen.append(table.shape)
        return kneighbors_graph(table, 15, metric="cosine")

    model = NeighborClustering(3, connectivity=neighbors, max_iter=30, random_state=0)
    assert adjusted_rand_score(y, model.fit_predict(X)) > 0.95
    assert seen == [X.shape]
