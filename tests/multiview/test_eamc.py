"""EAMC: the recipe and its parts."""

import math

import numpy as np
import pytest
import torch
from sklearn.cluster import AgglomerativeClustering, KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score
from sklearn.preprocessing import scale

from skdeepcluster import EAMC
from skdeepcluster.datasets import make_multiview_blobs
from skdeepcluster.maps import MapLoss
from skdeepcluster.multiview.base import average_attention
from skdeepcluster.multiview.fusion import (
    AdversarialFusion,
)
from skdeepcluster.training import Batch, Rows
from skdeepcluster.views.clusterer import set_cluster_means

CPU = torch.device("cpu")


def small(**params):
    settings = {"hidden_layer_sizes": (32,), "n_components": 32, "random_state": 0}
    return EAMC(3, **{**settings, **params})


def quick(**params):
    return small(**{"pretrain_epochs": 2, "max_iter": 1, **params})


@pytest.fixture(scope="module")
def data():
    return make_multiview_blobs(150, 4, random_state=0)


def build(estimator, rows):
    """Its network, for rows that know which views they have."""
    estimator._check_fit(rows)
    return estimator._build_network(rows)


@pytest.fixture(scope="module")
def fitted(data):
    X, _, views = data
    return small(views=views).fit(X)


@pytest.fixture
def built(data):
    """An untrained network of three views and a batch of its rows."""
    X, _, _ = make_multiview_blobs(40, 4, n_views=3, missing=0.3, random_state=0)
    X = X.astype(np.float32)
    rows = Rows(X, CPU)
    torch.manual_seed(0)
    network = build(small(views=3, pretrain="reconstruction"), rows).eval()
    batch = Batch(torch.from_numpy(X), torch.arange(40), torch.Generator())
    return network, batch


def fusion(**params):
    settings = {
        "weights": dict.fromkeys(
            ("separation", "simplex", "regularization", "attention", "adversarial"), 1.0
        ),
        "kernel_width": 0.15,
        "regularizer": "coassignment",
        "attention_reduction": "mean",
        "reference": 0,
        "complete": False,
    }
    return AdversarialFusion(**{**settings, **params})


# -- losses of the stages --------------------------------------------------------------


def test_weights_scale_their_terms(built):
    network, batch = built
    weights = {
        "separation": 0.0,
        "simplex": 2.0,
        "regularization": 3.0,
        "attention": 4.0,
        "adversarial": 5.0,
    }
    plain = fusion().encoder_loss(network, batch)
    terms = fusion(weights=weights).encoder_loss(network, batch)
    assert list(plain) == list(weights)
    assert list(terms) == list(weights)[1:]
    for name, value in terms.items():
        torch.testing.assert_close(value, weights[name] * plain[name])


def test_encoder_terms_by_hand(built, monkeypatch):
    """Two clusters far apart that all views agree on, and critics that cannot tell."""
    network, batch = built
    sides = torch.eye(2)[torch.arange(40) % 2]
    h = (100 * sides)[:, None].expand(40, 3, 2)
    monkeypatch.setattr(network, "latents", lambda tables, observed: h)
    monkeypatch.setattr(network, "attend", lambda h, observed: torch.ones(3) / 3)
    network.hidden = torch.nn.Identity()
    monkeypatch.setattr(network, "assign_hidden", lambda u: u / 100)
    network.critics = torch.nn.ModuleList(
        torch.nn.Sequential(torch.nn.Linear(2, 1, bias=False), torch.nn.Flatten(0))
        for _ in range(2)
    )
    for parameter in network.critics.parameters():
        torch.nn.init.zeros_(parameter)
    x = batch.x.nan_to_num()
    batch = Batch(x, batch.index, batch.generator)
    terms = fusion(reference=1).encoder_loss(network, batch)
    far = math.exp(-1 / (2 * 0.15))  # kernel of rows of different clusters
    near, corner = math.exp(-4), math.exp(-2)
    expected = {
        "separation": far,
        "simplex": (2 * corner + far * (1 + near)) / (1 + near + 2 * far * corner),
        "regularization": 380 / 780,  # pairs of rows in one cluster, and all pairs
        "attention": 0,
        "adversarial": 2 * math.log(2),
    }
    for name, value in expected.items():
        assert terms[name].item() == pytest.approx(value, rel=1e-4, abs=1e-9), name


def test_masks_change_nothing_where_all_is_observed(built):
    network, batch = built
    x = batch.x.nan_to_num()
    batch = Batch(x, batch.index, batch.generator)
    masked = fusion().encoder_loss(network, batch)
    plain = fusion(complete=True).encoder_loss(network, batch)
    for name, value in masked.items():
        torch.testing.assert_close(value, plain[name])


def test_each_player_moves_its_own(built):
    network, batch = built
    losses = fusion()
    sum(losses.encoder_loss(network, batch).values()).backward()
    reference = network.encoders[0]
    assert all(p.grad is not None for p in reference.parameters())
    network.zero_grad()
    losses.critic_loss(network, batch)["critics"].backward()
    for name, parameter in network.named_parameters():
        assert (parameter.grad is not None) == name.startswith("critics"), name


def test_of_many_views_some_take_part_in_a_step(monkeypatch):
    """Each step draws its own; on average they give the terms of all views."""
    X, _, _ = make_multiview_blobs(40, 2, n_views=20, random_state=0)
    rows = Rows(X.astype(np.float32), CPU)
    torch.manual_seed(0)
    network = build(small(views=20, pretrain="reconstruction"), rows).eval()
    batch = Batch(
        torch.from_numpy(rows.source.table), torch.arange(40), torch.Generator()
    )
    losses = fusion()
    drawn = [losses.encoder_loss(network, batch) for _ in range(40)]
    monkeypatch.setattr("skdeepcluster.multiview.fusion._MOST_VIEWS", 20)
    exact = losses.encoder_loss(network, batch)
    for name in ("attention", "adversarial"):
        found = [terms[name].item() for terms in drawn]
        assert len(set(found)) > 30
        assert np.mean(found) == pytest.approx(exact[name].item(), rel=0.1), name
    torch.testing.assert_close(drawn[0]["separation"], exact["separation"])


def test_the_adversary_does_not_move_the_reference_view(built):
    network, batch = built
    weights = dict.fromkeys(
        ("separation", "simplex", "regularization", "attention"), 0.0
    )
    losses = fusion(weights={**weights, "adversarial": 1.0}, reference=2)
    losses.encoder_loss(network, batch)["adversarial"].backward()
    moved = [
        any(p.grad is not None and p.grad.any() for p in encoder.parameters())
        for encoder in network.encoders
    ]
    assert moved == [True, True, False]


def test_means_and_attention_over_all_rows(built):
    network, batch = built
    rows = Rows(batch.x.numpy(), CPU)
    tables, observed = network.views(batch.x)
    expected = network.attend(network.latents(tables, observed), observed)
    torch.testing.assert_close(average_attention(network, rows), expected)
    labels = network.assign(batch.x).argmax(1)
    set_cluster_means(network, rows)
    means = network.cluster_means
    cluster = labels[0]
    for v, columns in enumerate(means.split(network.views.widths, 1)):
        members = (labels == cluster) & observed[:, v]
        mean = tables[v][members].double().mean(0)
        torch.testing.assert_close(
            columns[cluster].double(), mean, rtol=1e-5, atol=1e-6
        )


# -- the recipe ------------------------------------------------------------------------


def test_stages(fitted):
    stages = [row["stage"] for row in fitted.history_]
    # 150 rows are one batch: 6 * 150^(2/3) steps of the map, a first part of them to
    # weigh the views; at least 210 steps of the head and 140 to cluster.
    counts = {name: stages.count(name) for name in dict.fromkeys(stages)}
    assert counts == {"views": 51, "pretrain": 119, "head": 210, "cluster": 140}
    last = fitted.history_[-1].keys()
    assert {"separation", "simplex", "regularization", "attention"} <= last
    assert {"adversarial", "critics"} <= last
    assert fitted.module_.decoders is None
    assert fitted.module_.critics is None
    assert fitted.view_agreement_.shape == (2, 2)


def test_stages_of_reconstruction(data):
    X, _, views = data
    fitted = small(views=views, pretrain="reconstruction", max_iter=1).fit(X)
    stages = [row["stage"] for row in fitted.history_]
    assert [stages.count(name) for name in ("pretrain", "head")] == [70, 210]
    assert {"reconstruction", "contrast"} <= fitted.history_[0].keys()
    assert fitted.module_.decoders is None
    assert not hasattr(fitted, "view_agreement_")


def test_published_setting(data):
    X, _, views = data
    fitted = EAMC.published(3, views=views, max_iter=2, random_state=0).fit(X)
    assert {row["stage"] for row in fitted.history_} == {"cluster"}
    encoder = fitted.module_.encoders[0]
    assert [type(m).__name__ for m in encoder] == ["Linear", "ReLU"] * 3
    assert fitted.transform(X).shape == (150, 500)
    # He's normal distribution: variance 2 / fan_in.
    deviation = encoder[2].weight.std().item()
    assert deviation == pytest.approx(math.sqrt(2 / 200), rel=0.05)


def test_without_adversary_and_with_one_view(data):
    X, _, views = data
    terms = quick(views=views, adversarial_weight=0).fit(X).history_[-1]
    assert "critics" not in terms
    alone = quick(views=1).fit(X)
    assert alone.view_weights_.tolist() == [1.0]
    assert {"separation", "simplex", "regularization"} <= alone.history_[-1].keys()
    assert not {"attention", "adversarial", "critics"} & alone.history_[-1].keys()
    rebuilt = quick(views=1, pretrain="reconstruction").fit(X)
    assert "contrast" not in rebuilt.history_[0]


def test_one_view_clusters(blobs):
    X, y = blobs
    assert adjusted_rand_score(y, small(views=1).fit_predict(X)) > 0.9


def test_clip_norm_and_learning_rates(data):
    X, _, views = data
    still = quick(views=views, learning_rate=1e-12, pretrain_epochs=0, init=None)
    moved = quick(
        views=views,
        learning_rate=1e-12,
        attention_learning_rate=0.1,
        pretrain_epochs=0,
        init=None,
        temperature=0.1,
    )
    a, b = (m.fit(X).module_.attention[0].weight for m in (still, moved))
    assert not torch.allclose(a, b, atol=1e-3)
    a, b = (m.module_.encoders[0][0].weight for m in (still, moved))
    torch.testing.assert_close(a, b)


def test_init(data):
    X, _, views = data
    kmeans = quick(views=views, max_iter=0, pretrain_epochs=30).fit(X)
    chained = AgglomerativeClustering(3, linkage="single")
    other = quick(views=views, max_iter=0, pretrain_epochs=30, init=chained)
    with pytest.warns(ConvergenceWarning, match="collapsed"):  # 148 rows and 2 others
        other.fit(X)
    assert adjusted_rand_score(kmeans.labels_, other.labels_) < 1
    with pytest.raises(ValueError, match="finds 4 clusters"):
        quick(views=views, init=KMeans(4)).fit(X)


def test_reference_view(data):
    X, _, _ = data
    views = {"a": 4, "b": 4}
    by_name = quick(views=views, reference_view="b").fit(X)
    by_number = quick(views=views, reference_view=1).fit(X)
    np.testing.assert_array_equal(by_name.transform(X), by_number.transform(X))
    first = quick(views=views).fit(X)
    assert not np.allclose(first.transform(X), by_name.transform(X))
    for wrong in ("c", 2):
        with pytest.raises(ValueError, match="reference_view=.* not one of the views"):
            quick(views=views, reference_view=wrong).fit(X)


def test_parameters_that_do_not_fit(data):
    X, _, views = data
    nothing = dict.fromkeys(
        ("separation_weight", "simplex_weight", "regularization_weight"), 0
    )
    with pytest.raises(ValueError, match="all 0: no term of the loss separates"):
        quick(views=views, **nothing).fit(X)
    with pytest.warns(UserWarning, match=r"less than 5 \* n_clusters=15"):
        quick(views=views, batch_size=14).fit(X)


def test_one_cluster(data):
    X, _, views = data
    fitted = quick(views=views).set_params(n_clusters=1).fit(X)
    assert fitted.n_iter_ == 0
    assert fitted.objective_ == pytest.approx(1)  # nothing is explained


def test_objective_is_the_unexplained_variance(data, fitted):
    X, _, _ = data
    Z = np.concatenate(
        [
            (table - table.mean(0)) / (table - table.mean(0)).std() / 2  # / sqrt(4)
            for table in (X[:, :4], X[:, 4:])
        ],
        axis=1,
    )
    within = sum(
        ((Z[fitted.labels_ == k] - Z[fitted.labels_ == k].mean(0)) ** 2).sum()
        for k in range(3)
    )
    assert fitted.objective_ == pytest.approx(within / (Z**2).sum(), rel=1e-4)
    assert fitted.score(X[:1]) <= 0


@pytest.mark.slow
def test_restarts_keep_the_best_run(data):
    X, _, views = data
    alone = [
        quick(views=views, random_state=seed).fit(X).objective_ for seed in range(2)
    ]
    kept = quick(views=views, n_init=4).fit(X)
    assert kept.objective_ <= max(alone)
    runs = [quick(views=views, n_init=n).fit(X).objective_ for n in (1, 2, 4)]
    assert runs == sorted(runs, reverse=True)


def test_memory_keeps_the_pretraining(data, tmp_path, monkeypatch):
    X, _, views = data
    n_calls = []
    original = MapLoss.__call__

    def counted(self, network, batch):
        n_calls.append(1)
        return original(self, network, batch)

    monkeypatch.setattr(MapLoss, "__call__", counted)
    plain = quick(views=views).fit(X)
    n_steps = len(n_calls)
    for weight in (0.0, 0.1):
        kept = quick(views=views, memory=str(tmp_path), adversarial_weight=weight)
        kept.fit(X)
    assert len(n_calls) == 2 * n_steps
    np.testing.assert_array_equal(kept.transform(X), plain.transform(X))


# -- what it finds ---------------------------------------------------------------------


@pytest.mark.slow
def test_unequal_clusters_stay_whole():
    """The objective alone would cut the large cluster."""
    rng = np.random.RandomState(0)
    y = np.repeat(np.arange(3), (270, 23, 8))
    X = 2 * rng.normal(size=(3, 20))[y] + rng.normal(size=(301, 20))
    fitted = small(views=[8, 12]).fit(X)
    assert adjusted_rand_score(y, fitted.labels_) > 0.95
    np.testing.assert_array_equal(fitted.labels_, fitted.predict(X))
    plain = small(views=[8, 12], pretrain="reconstruction")
    with pytest.warns(UserWarning, match="clusters of similar size"):
        assert adjusted_rand_score(y, plain.fit_predict(X)) < 0.7


@pytest.mark.slow
def test_views_without_votes_have_no_attention():
    X, y, views = make_multiview_blobs(
        300, n_clusters=4, n_views=2, n_noise_views=1, random_state=0
    )
    fitted = small(views=views).set_params(n_clusters=4).fit(X)
    assert fitted.view_weights_[2] == 0
    assert fitted.view_weights_.sum() == pytest.approx(1)
    assert adjusted_rand_score(y, fitted.labels_) > 0.9


def test_an_image_view_keeps_its_pixels(data):
    X, _, views = data
    fitted = quick(views=views, image_shape={"view1": (1, 2, 2)}).fit(X)
    assert fitted.module_.views.widths == [4, 4]
    assert type(fitted.module_.views.projections[1]).__name__ == "Identity"
    assert type(fitted.module_.encoders[1]).__name__ == "ConvNet"


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_clusters_that_no_view_has_alone(seed):
    X, y, views = make_multiview_blobs(
        600, n_clusters=4, n_views=3, n_noise_views=1, random_state=seed
    )
    assert (
        adjusted_rand_score(y, EAMC(4, views=views, random_state=0).fit_predict(X))
        > 0.9
    )


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_attention_prefers_the_informative_view(seed):
    X, _, views = make_multiview_blobs(
        600, n_views=1, n_noise_views=1, random_state=seed
    )
    fitted = small(views=views, temperature=0.1, random_state=seed).fit(X)
    assert fitted.view_weights_[0] > 0.6
    assert fitted.view_weights_.sum() == pytest.approx(1)


@pytest.mark.slow
def test_digits_in_halves(digits):
    """Far above chance; two halves of an image are a hard case for alignment."""
    X, y = digits
    X = scale(X.astype(float))
    scores = [
        normalized_mutual_info_score(y, EAMC(10, random_state=seed).fit_predict(X))
        for seed in range(3)
    ]
    assert np.mean(scores) > 0.6


@pytest.mark.filterwarnings("ignore:No row has more than one view")
def test_rows_with_a_view_of_no_weight_keep_their_latents():
    X, _, _ = make_multiview_blobs(120, 4, random_state=0)
    X[:60, 4:], X[60:, :4] = np.nan, np.nan
    fitted = quick(views=[4, 4], temperature=1e-3, random_state=5).fit(X)
    spreads = [
        fitted.transform(X[half]).std(0).max() for half in (slice(60), slice(60, None))
    ]
    assert min(spreads) > 1e-3


class Scores:
    """A scikit-learn callback that scores the network after each epoch and stage."""

    def setup(self, estimator, context):
        self.seen = []

    def teardown(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context):
        pass

    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        if fitted_estimator is not None:
            self.seen.append(fitted_estimator.score(self.X))


def test_callbacks_see_the_scores_of_the_network_as_it_is(data):
    pytest.importorskip("sklearn.callback", reason="scikit-learn >= 1.9")
    X, _, views = data
    scores = Scores()
    scores.X = X
    fitted = quick(views=views, max_iter=3).set_callbacks(scores).fit(X)
    assert len(set(scores.seen)) > 2
    assert max(scores.seen) > -0.99  # -1 is that of clusters without means
    plain = quick(views=views, max_iter=3).fit(X)
    np.testing.assert_array_equal(fitted.transform(X), plain.transform(X))


def test_rows_of_one_view_each_warn():
    X, _, views = make_multiview_blobs(60, random_state=0)
    X[:30, :5], X[30:, 5:] = np.nan, np.nan
    eamc = EAMC(3, views=views, hidden_layer_sizes=(8,), n_components=4, max_iter=1)
    with pytest.warns(UserWarning, match=r"No row has more than one view.*DM2C"):
        eamc.fit(X)
