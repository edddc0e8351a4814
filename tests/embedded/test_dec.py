"""DEC and IDEC: recipe, parameters, degenerate cases."""

import copy

import joblib
import numpy as np
import pytest
import skorch
import torch
from sklearn.cluster import AgglomerativeClustering, KMeans
from sklearn.datasets import make_blobs
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import adjusted_rand_score
from sklearn.model_selection import GridSearchCV
from torch import nn

from skdeepcluster import DEC, DSSEC, IDEC
from skdeepcluster.metrics import silhouette_scorer
from skdeepcluster.networks import MLP
from skdeepcluster.training.net import StageNet
from skdeepcluster.training.run import Run

METHODS = [DEC, IDEC, DSSEC]
methods = pytest.mark.parametrize("method", METHODS, ids=lambda m: m.__name__)


def small(method, **params):
    settings = {
        "n_clusters": 3,
        "hidden_layer_sizes": (32,),
        "pretrain_epochs": 100,
        "max_iter": 10,
        "random_state": 0,
    }
    return method(**{**settings, **params})


@methods
def test_finds_clear_clusters(method, blobs):
    X, y = blobs
    for seed in range(3):
        model = small(method, random_state=seed).fit(X)
        assert adjusted_rand_score(y, model.labels_) > 0.9
        assert model.cluster_centers_.shape == (3, 6)


@methods
def test_no_clustering_stage_is_autoencoder_plus_kmeans(method, blobs):
    X, _ = blobs
    model = small(method, max_iter=0).fit(X)
    Z = model.transform(X)
    kmeans = KMeans(3, n_init=20, random_state=0).fit(Z)
    assert adjusted_rand_score(kmeans.labels_, model.labels_) == 1
    assert {row["stage"] for row in model.history_} == {"pretrain"}


@methods
def test_no_training_at_all_is_kmeans_on_an_untrained_network(method, blobs):
    fitted = small(method, pretrain_epochs=0, max_iter=0).fit(blobs[0])
    assert fitted.history_ == []
    kmeans = KMeans(3, n_init=20, random_state=0).fit(fitted.transform(blobs[0]))
    assert adjusted_rand_score(kmeans.labels_, fitted.labels_) == 1


@methods
def test_bare_defaults_start_at_the_principal_components(method, digits):
    X = digits[0]
    model = method(10, pretrain_epochs=0, max_iter=0, random_state=0).fit(X)
    assert model.history_ == []
    scale = float(model.module_.scale)
    expected = PCA(10, random_state=0).fit_transform(X) / scale
    np.testing.assert_allclose(model.transform(X), expected, atol=1e-4)
    kmeans = KMeans(10, n_init=20, random_state=0).fit(expected)
    assert adjusted_rand_score(kmeans.labels_, model.labels_) > 0.95


@methods
def test_length_of_pretraining_by_default(method, digits):
    """20 epochs, 1 where all components are kept, and 100 of other networks."""
    X = digits[0][:60]
    few = X[:, 20:24]
    short = {"n_clusters": 2, "max_iter": 0, "random_state": 0}
    for table, params, expected in (
        (X, {}, 20),
        (few, {}, 1),
        (few, {"corruption": 0.2}, 20),
        (X, {"hidden_layer_sizes": (8,)}, 100),
        (X, {"encoder": MLP([64, 8, 10]), "hidden_layer_sizes": (8,)}, 100),
        (X, {"pretrain_epochs": 3}, 3),
    ):
        model = method(**{**short, **params}).fit(table)
        assert len(model.history_) == expected


@methods
def test_networks_that_do_not_start_at_the_components_are_the_published_one(
    method, digits
):
    X = digits[0][:40]
    epochs = {"pretrain_epochs": 1, "max_iter": 0, "random_state": 0}
    for params in (
        {"pretrain": "layerwise"},
        {"image_shape": (1, 8, 8)},
        {"hidden_layer_sizes": (500, 500, 2000)},
    ):
        layers = method(2, **params, **epochs).fit(X).module_.encoder.layers
        assert [layer.out_features for layer in layers] == [500, 500, 2000, 10]
    published = method.published(2, **epochs).fit(X).module_
    assert [x.out_features for x in published.encoder.layers] == [500, 500, 2000, 10]


@methods
@pytest.mark.filterwarnings("ignore:Number of distinct clusters")
def test_fewer_different_rows_than_clusters(method):
    X = np.repeat(np.eye(4)[:2], 10, axis=0)
    with pytest.warns(ConvergenceWarning, match="1 of n_clusters=3 .* are empty"):
        fitted = small(method).fit(X)
    assert (fitted.labels_.reshape(2, 10) == fitted.labels_[::10, None]).all()


@methods
def test_no_pretraining(method, blobs):
    model = small(method, pretrain_epochs=0).fit(blobs[0])
    assert {row["stage"] for row in model.history_} == {"cluster"}


@methods
def test_one_cluster_needs_no_clustering_stage(method, blobs):
    model = small(method, n_clusters=1).fit(blobs[0])
    assert {row["stage"] for row in model.history_} == {"pretrain"}
    assert (model.labels_ == 0).all()
    np.testing.assert_array_equal(model.predict_proba(blobs[0]), 1)


def test_centres_are_a_copy(blobs):
    fitted = small(IDEC).fit(blobs[0])
    fitted.cluster_centers_[:] = 0
    np.testing.assert_array_equal(fitted.predict(blobs[0]), fitted.labels_)


@methods
def test_objective_is_what_the_last_stage_minimised(method, blobs):
    """All its terms; the last epoch's mean is over weights that still moved."""
    params = {"beta": 0.5} if method is DSSEC else {}
    fitted = small(method, max_iter=30, tol=0, **params).fit(blobs[0])
    assert fitted.objective_ == pytest.approx(fitted.history_[-1]["loss"], rel=0.1)


@methods
def test_augmentation_moves_rows_in_training_and_not_the_targets(method, blobs):
    """A network that only sees zeros is trained; targets come from rows as they are."""
    X = blobs[0].astype(np.float32)
    seen = []

    def blank(x, generator):
        seen.append(len(x))
        return torch.zeros_like(x)

    fitted = small(method, pretrain_epochs=1, max_iter=2, tol=0, augmentation=blank)
    fitted.fit(X)
    assert sum(seen) == 3 * len(X)
    assert len(np.unique(fitted.labels_)) == 3


@methods
def test_identical_rows_warn(method):
    X = np.ones((12, 3))
    with pytest.warns(ConvergenceWarning, match="empty. X has only 1 dist") as caught:
        model = small(method).fit(X)
    assert len(caught) == 1
    proba = model.predict_proba(X)
    np.testing.assert_array_equal(proba, np.broadcast_to(proba[0], proba.shape))


def test_history_of_terms(blobs):
    X, _ = blobs

    def terms(method, **params):
        row = small(method, **params).fit(X).history_[-1]
        return set(row) - {"stage", "epoch", "loss", "seconds"}

    assert terms(DEC) == {"clustering"}
    assert terms(IDEC) == {"reconstruction", "clustering"}
    assert terms(DSSEC) == {"reconstruction", "sparsity", "clustering"}


def test_dec_has_no_decoder_to_offer(blobs):
    model = small(DEC).fit(blobs[0])
    assert not hasattr(model, "inverse_transform")
    assert model.module_.decoder is None
    X = blobs[0]
    idec = small(IDEC).fit(X)
    restored = idec.inverse_transform(idec.cluster_centers_)
    assert restored.shape == (3, 6)


def test_no_weight_on_clustering_leaves_centres_where_they_start(blobs):
    X, _ = blobs
    start = small(IDEC, gamma=0.0, max_iter=0).fit(X).cluster_centers_
    after = small(IDEC, gamma=0.0, max_iter=5, tol=0).fit(X)
    np.testing.assert_array_equal(after.cluster_centers_, start)
    assert after.history_[-1]["clustering"] == 0


def test_no_weight_on_sparsity_is_idec(blobs):
    X, _ = blobs
    idec = small(IDEC).fit(X)
    dssec = small(DSSEC, beta=0.0).fit(X)
    np.testing.assert_allclose(dssec.transform(X), idec.transform(X), rtol=1e-4)


@pytest.mark.slow
def test_start_of_clustering_keeps_the_pretrained_network(digits):
    """Full steps of a new Adam would multiply the reconstruction error."""
    fitted = IDEC(10, pretrain_epochs=40, max_iter=1, random_state=0).fit(digits[0])
    pretrained, first = (row["reconstruction"] for row in fitted.history_[-2:])
    assert first < 1.5 * pretrained


@methods
@pytest.mark.filterwarnings("ignore:k-means on X keeps")  # the network is too small
def test_clustering_stage_sharpens_the_assignments(method, digits):
    X = digits[0][:600]
    settings = {"n_clusters": 10, "tol": 0, "pretrain_epochs": 20}
    before = small(method, max_iter=0, **settings).fit(X).predict_proba(X)
    after = small(method, max_iter=150, **settings).fit(X).predict_proba(X)
    assert after.max(axis=1).mean() > 1.05 * before.max(axis=1).mean()


@pytest.mark.parametrize(
    ("n", "expected"), [(70_000, 137), (1000, 2), (256, 1), (10, 1), (9298, 18)]
)
def test_default_interval_is_half_an_epoch(n, expected):
    assert IDEC()._half_epoch(n) == expected


def test_targets_are_renewed_at_the_interval_from_all_rows(digits, monkeypatch):
    X, _ = digits
    calls = []
    embed = Run.embed

    def watched(run):
        calls.append(len(run.rows))
        return embed(run)

    monkeypatch.setattr(Run, "embed", watched)
    small(IDEC, tol=0, max_iter=3, update_interval=5, n_clusters=10).fit(X)
    # 21 batches of clustering, renewed before batches 0, 5, ..., 20; one look for
    # the starting centres, one for the labels.
    assert calls == [len(X)] * (5 + 2)


def test_stops_when_labels_converge(blobs):
    X, _ = blobs
    model = small(IDEC, max_iter=50, tol=0.05).fit(X)
    assert 1 <= model.n_iter_ < 50
    # One batch an epoch: labels are compared 30 batches apart, not at every one.
    assert model.n_iter_ >= 30
    # The comparison is strict: zero change is not below zero.
    assert small(IDEC, max_iter=12, tol=0.0).fit(X).n_iter_ == 12


@pytest.mark.parametrize(
    "init", [AgglomerativeClustering(3), KMeans(3, n_init=1)], ids=str
)
def test_any_clusterer_starts_the_centres(init, blobs):
    X, y = blobs
    model = small(IDEC, init=init).fit(X)
    assert adjusted_rand_score(y, model.labels_) > 0.9


def test_centres_as_an_array(blobs):
    X, _ = blobs
    centers = small(IDEC, max_iter=0).fit(X).cluster_centers_[[2, 0, 1]]
    centers.flags.writeable = False
    model = small(IDEC, init=centers, max_iter=0).fit(X)
    np.testing.assert_array_equal(model.cluster_centers_, centers)
    with pytest.raises(ValueError, match=r"init has shape \(3, 5\).*= \(3, 6\)"):
        small(IDEC, init=centers[:, :5]).fit(X)
    with pytest.raises(ValueError, match="finds 2 clusters, but n_clusters=3"):
        small(IDEC, init=KMeans(2)).fit(X)
    with pytest.raises(TypeError, match="init should be an instance"):
        small(IDEC, init=KMeans).fit(X)
    with pytest.raises(ValueError, match="infinity"):
        small(IDEC, init=centers * np.float64(1e300)).fit(X)
    with pytest.raises(ValueError, match="init contains NaN"):
        small(IDEC, init=centers * np.nan).fit(X)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"gamma": -0.1}, "gamma"),
        ({"tol": -1.0}, "tol"),
        ({"max_iter": -1}, "max_iter"),
        ({"pretrain_epochs": -1}, "pretrain_epochs"),
        ({"hidden_layer_sizes": "wide"}, "hidden_layer_sizes"),
        ({"n_neighbors": 0}, "n_neighbors"),
        ({"update_interval": 0}, "update_interval"),
        ({"init": "k-medians"}, "init"),
        ({"n_clusters": 0}, "n_clusters"),
        ({"pretrain": "greedy"}, "pretrain"),
        ({"corruption": 1.0}, "corruption"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
def test_bad_parameters(params, message, blobs):
    with pytest.raises(ValueError, match=message):
        small(IDEC, **params).fit(blobs[0])


# -- memory ------------------------------------------------------------------------


@pytest.fixture
def trained(monkeypatch):
    """The names of the stages that are really trained, in order."""
    names = []
    train = StageNet.train

    def watched(net):
        names.append(net.stage.name)
        return train(net)

    monkeypatch.setattr(StageNet, "train", watched)
    return names


def test_grid_over_gamma_pretrains_once_a_fold(blobs, tmp_path, trained):
    X, _ = blobs
    grid = GridSearchCV(
        small(IDEC, memory=str(tmp_path)),
        {"gamma": [0.05, 0.1, 0.5, 1.0]},
        scoring=silhouette_scorer,
        cv=2,
    ).fit(X)
    assert trained.count("pretrain") == 2 + 1  # folds, and the refit on all rows
    assert trained.count("cluster") == 4 * 2 + 1
    assert len(grid.best_estimator_.history_) > 100


@methods
@pytest.mark.parametrize("as_object", [False, True])
def test_memory_changes_nothing_but_the_time(
    method, as_object, blobs, tmp_path, trained
):
    X, _ = blobs
    plain = small(method).fit(X)
    memory = joblib.Memory(tmp_path, verbose=0) if as_object else str(tmp_path)
    for _ in range(2):
        cached = small(method, memory=memory).fit(X)
        np.testing.assert_array_equal(cached.transform(X), plain.transform(X))
        strip = [{**row, "seconds": 0} for row in cached.history_]
        assert strip == [{**row, "seconds": 0} for row in plain.history_]
    assert trained.count("pretrain") == 2  # without memory, and once with it


def test_memory_does_not_depend_on_the_global_generator(blobs, tmp_path, trained):
    X, _ = blobs
    for _ in range(2):
        torch.rand(3)
        before = torch.get_rng_state()
        small(IDEC, memory=str(tmp_path)).fit(X)
        assert torch.equal(torch.get_rng_state(), before)
    assert trained.count("pretrain") == 1


class Noisy(nn.Sequential):
    """An encoder whose result depends on the mode it is in."""

    def __init__(self, act):
        super().__init__(nn.Linear(6, 8), nn.BatchNorm1d(8), act, nn.Linear(8, 6))
        self.insert(1, nn.Dropout(0.3))


def frozen(module):
    return module.requires_grad_(False)


def half(x, generator):
    return x / 2


def same(x, generator):
    return x


torch.manual_seed(0)
NOISY = Noisy(nn.ReLU())
CHANGES = [
    {"random_state": 1},
    {"pretrain_epochs": 101},
    {"learning_rate": 2e-3},
    {"batch_size": 64},
    {"corruption": 0.1},
    {"hidden_layer_sizes": (31,)},
    {"precision": "bfloat16"},
    {"augmentation": half},
    {"encoder": NOISY},
]


@pytest.mark.parametrize("changed", CHANGES, ids=lambda params: next(iter(params)))
def test_memory_is_not_taken_for_another_pretraining(changed, blobs, tmp_path, trained):
    X, _ = blobs
    settings = {"memory": str(tmp_path), "precision": "float32"}
    small(IDEC, **settings).fit(X)
    small(IDEC, **{**settings, **changed}).fit(X)
    assert trained.count("pretrain") == 2


@methods
def test_pretraining_is_one_for_all_numbers_of_clusters(
    method, blobs, tmp_path, trained
):
    for n_clusters in (2, 3, 4):
        fitted = small(method, memory=str(tmp_path), n_clusters=n_clusters)
        fitted.fit(blobs[0])
        alone = small(method, n_clusters=n_clusters)
        np.testing.assert_array_equal(fitted.labels_, alone.fit_predict(blobs[0]))
    assert trained.count("pretrain") == 1 + 3


@pytest.mark.parametrize("other", [Noisy(nn.Tanh()), frozen(copy.deepcopy(NOISY))])
def test_memory_tells_networks_with_equal_weights_apart(
    other, blobs, tmp_path, trained
):
    X, _ = blobs
    other.load_state_dict(NOISY.state_dict())
    for encoder in (NOISY, other):
        small(IDEC, memory=str(tmp_path), encoder=encoder).fit(X)
    assert trained.count("pretrain") == 2


def test_memory_with_dropout_and_batch_statistics(blobs, tmp_path):
    X, _ = blobs
    plain = small(IDEC, encoder=NOISY).fit(X).transform(X)
    for _ in range(2):
        cached = small(IDEC, encoder=NOISY, memory=str(tmp_path)).fit(X)
        np.testing.assert_array_equal(cached.transform(X), plain)


class StopSoon(skorch.callbacks.Callback):
    def on_epoch_end(self, net, **kwargs):
        raise KeyboardInterrupt


def test_memory_keeps_nothing_that_a_callback_cut_short(blobs, tmp_path):
    X, _ = blobs
    small(IDEC, memory=str(tmp_path), callbacks=[StopSoon()]).fit(X)
    whole = small(IDEC, memory=str(tmp_path)).fit(X)
    assert sum(row["stage"] == "pretrain" for row in whole.history_) == 100


def test_memory_is_not_used_for_what_cannot_be_pickled(blobs, tmp_path):
    X, _ = blobs
    expected = small(IDEC, augmentation=same, n_init=2).fit(X)
    model = small(IDEC, memory=str(tmp_path), augmentation=lambda x, g: x, n_init=2)
    with pytest.warns(UserWarning, match="not lambdas") as caught:
        model.fit(X)
    assert len(caught) == 1
    np.testing.assert_array_equal(model.transform(X), expected.transform(X))


# -- real data -----------------------------------------------------------------------


@pytest.mark.slow
@methods
def test_digits_beat_kmeans(method, digits):
    """Mean of three seeds of the bare defaults; the benchmarks have the figures."""
    X, y = digits
    kmeans = [
        adjusted_rand_score(y, KMeans(10, n_init=10, random_state=s).fit_predict(X))
        for s in range(3)
    ]
    deep = [
        adjusted_rand_score(y, method(10, random_state=s).fit_predict(X))
        for s in range(3)
    ]
    assert np.mean(deep) > np.mean(kmeans)


def test_best_epoch_is_measured_after_empty_clusters_are_reseeded():
    """Its objective is that of the fit, whose clusters all have rows."""
    X, _ = make_blobs(60, 6, centers=3, cluster_std=6, random_state=0)
    fitted = IDEC(
        40,
        hidden_layer_sizes=(32,),
        pretrain_epochs=5,
        max_iter=8,
        learning_rate=0.1,
        batch_size=16,
        update_interval=1000,
        tol=0,
        restore_best=True,
        random_state=0,
    ).fit(X)
    objectives = [row["objective"] for row in fitted.history_ if "objective" in row]
    assert fitted.objective_ == min(objectives)
    assert len(np.unique(fitted.labels_)) == 40
