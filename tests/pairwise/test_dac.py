"""Deep adaptive clustering."""

import numpy as np
import pytest
import torch
from sklearn.cluster import DBSCAN, AgglomerativeClustering, KMeans
from sklearn.metrics import adjusted_rand_score

from skdeepcluster import DAC
from skdeepcluster.losses import (
    balance_loss,
    consistency_loss,
    label_features,
    pair_loss,
    pair_similarities,
    partner_loss,
)
from skdeepcluster.neighbors import NeighborGraph
from skdeepcluster.pairwise.neighbors import Neighbors
from skdeepcluster.pairwise.pair_selection import PairSelection
from skdeepcluster.training import Batch, Rows


class OneTooFew(KMeans):
    def fit_predict(self, X, y=None, sample_weight=None):
        return super().fit_predict(X)[1:]


class InPlace(KMeans):
    def fit_predict(self, X, y=None, sample_weight=None):
        X -= X.mean()
        return super().fit_predict(X)


def small(**params):
    settings = {"hidden_layer_sizes": (32,), "max_iter": 5, "random_state": 0}
    return DAC(**{"n_clusters": 3, **settings, **params})


def selection(epochs=46, upper=0.95, lower=0.455, final=0.5, **params):
    settings = {"balance_weight": 0, "consistency_weight": 0, "augmentation": None}
    return PairSelection(epochs, upper, lower, final, **{**settings, **params})


def test_thresholds_meet_in_the_last_epoch():
    rule = selection(epochs=46)
    upper, lower = [], []
    for _ in range(46):
        assert rule.refresh() is False
        upper.append(rule.upper)
        lower.append(rule.lower)
    assert upper[0] == 0.95
    assert lower[0] == 0.455
    assert upper[-1] == pytest.approx(0.5)
    assert lower[-1] == pytest.approx(0.5)
    assert (np.diff(upper) < 0).all()
    assert (np.diff(lower) > 0).all()


def test_one_threshold_falls_where_all_pairs_count():
    """DAC*: u = l in every epoch, from ``upper`` to ``final``."""
    rule = selection(epochs=10, upper=0.9, lower=0.9, final=0.5)
    thresholds = []
    for _ in range(10):
        rule.refresh()
        assert rule.upper == rule.lower
        thresholds.append(rule.upper)
    np.testing.assert_allclose(thresholds, np.linspace(0.9, 0.5, 10))


def test_thresholds_are_the_papers_schedule():
    """lambda grows by 1.1 * .009 an epoch; u = .95 - lambda, l = .455 + .1 lambda."""
    rule = selection(epochs=46)
    for epoch in range(46):
        rule.refresh()
        step = 0.45 / 45  # 45.45 epochs of the paper in 45
        assert step == pytest.approx(1.1 * 0.009, rel=0.02)
        assert rule.upper == pytest.approx(0.95 - step * epoch)
        assert rule.lower == pytest.approx(0.455 + 0.1 * step * epoch)


def test_terms_by_hand():
    a = torch.tensor([[3.0, 0.0], [2.0, 0.0], [0.0, 4.0]])
    batch = Batch(a, torch.arange(3), torch.Generator())
    rule = selection(
        balance_weight=2.0, consistency_weight=3.0, augmentation=lambda x, g: x
    )
    rule.refresh()
    terms = rule.loss(lambda x: x, batch)
    y = a.softmax(1)
    g = pair_similarities(label_features(a))
    torch.testing.assert_close(terms["pairs"], pair_loss(g, 0.95, 0.455))
    mass = y.mean(0)
    balance = np.log(2) + (mass * mass.log()).sum()
    torch.testing.assert_close(terms["balance"], 2 * balance)
    entropy = -(y * y.log() + (1 - y) * (1 - y).log()).mean()
    torch.testing.assert_close(terms["consistency"], 3 * entropy)


@pytest.mark.parametrize("consistency", [0, 3.0])
def test_augmented_rows_learn_the_answers_of_unchanged_ones(consistency):
    a = torch.tensor([[3.0, 0.0], [2.0, 0.0], [0.0, 4.0]])
    weight = torch.ones((), requires_grad=True)
    rule = selection(
        balance_weight=2.0,
        consistency_weight=consistency,
        augmentation=lambda x, g: x.flip(0) / 4,
        augment_pairs=True,
    )
    rule.refresh()
    graphs = []

    def network(x):
        graphs.append(torch.is_grad_enabled())
        return weight * x

    terms = rule.loss(network, Batch(a, torch.arange(3), torch.Generator()))
    assert graphs == [False, True]  # nothing is kept of what unchanged rows passed
    changed = (a.flip(0) / 4).requires_grad_()
    g, answers = (pair_similarities(label_features(v)) for v in (changed, a))
    expected = {
        "pairs": pair_loss(g, 0.95, 0.455, answers),
        "balance": 2 * balance_loss(changed.softmax(1)),
    }
    if consistency:
        kept = consistency_loss(changed.softmax(1), a.softmax(1))
        expected["consistency"] = consistency * kept
    torch.testing.assert_close(terms, expected)
    assert terms["pairs"] != pair_loss(g, 0.95, 0.455)
    sum(expected.values()).backward()
    sum(terms.values()).backward()
    torch.testing.assert_close(weight.grad, (changed.grad * changed).sum().detach())


def test_pairs_are_augmented_where_rows_are_images(digits, blobs):
    def last(X, **params):
        return small(max_iter=2, **params).fit(X).history_[-1]["loss"]

    rows, images = blobs[0], {"X": digits[0][:60], "image_shape": (1, 8, 8)}
    assert last(rows) == last(rows, augment_pairs=False)
    assert last(rows) != last(rows, augment_pairs=True)
    assert last(**images) == last(**images, augment_pairs=True)
    assert last(**images) != last(**images, augment_pairs=False)


@pytest.mark.parametrize("augment_pairs", [False, True])
def test_neighbours_are_pairs_whose_weight_falls_to_zero(augment_pairs):
    a = torch.tensor([[3.0, 0.0], [2.0, 0.0], [0.0, 4.0]])
    rows = Rows(a.numpy(), torch.device("cpu"))
    graph = NeighborGraph(torch.tensor([[1], [2], [0]]), torch.ones(3, 1))
    rule = selection(
        epochs=3,
        neighbors=Neighbors(rows, graph, a),
        augmentation=lambda x, generator: x / 2,
        augment_pairs=augment_pairs,
    )
    learner = a / 2 if augment_pairs else a
    equal = partner_loss(label_features(learner), label_features(a[[1, 2, 0]]))
    batch = Batch(a, torch.arange(3), torch.Generator())
    for weight in (0.5, 0.25, 0):
        rule.refresh()
        terms = rule.loss(lambda x: x, batch)
        torch.testing.assert_close(terms["neighbors"], weight * equal)


def test_rows_are_not_augmented_for_nothing():
    def augmentation(x, generator):
        raise AssertionError

    rule = selection(augmentation=augmentation)
    rule.refresh()
    batch = Batch(torch.eye(3), torch.arange(3), torch.Generator())
    assert set(rule.loss(lambda x: x, batch)) == {"pairs"}


def test_pairs_without_augmentation_learn_their_own_answers(blobs):
    fits = [
        small(augmentation=None, augment_pairs=wanted).fit(blobs[0])
        for wanted in (False, True)
    ]
    first, second = ([row["loss"] for row in fit.history_] for fit in fits)
    assert first == second


def test_without_selection_all_pairs_count_from_the_start(blobs):
    one = small(adaptive=False, max_iter=1, pretrain_epochs=0, balance_weight=0)
    one.set_params(augmentation=None, upper=0.7, lower=0.1, final=0.5)
    all_pairs = small().set_params(**{**one.get_params(), "adaptive": True})
    all_pairs.set_params(lower=0.7, final=0.7)
    expected = all_pairs.fit(blobs[0]).history_[-1]["pairs"]
    assert one.fit(blobs[0]).history_[-1]["pairs"] == pytest.approx(expected)


def test_nothing_selected_moves_no_weight_and_time_goes_on(blobs):
    """Thresholds that no similarity meets: no step, no NaN, all epochs."""
    params = {"upper": 1.0, "lower": 0.0, "final": 0.5, "augmentation": None}
    params |= {"init": None, "n_neighbors": None, "balance_weight": 0}
    fitted = small(max_iter=1, **params).fit(blobs[0])
    untrained = small(max_iter=0, **params).fit(blobs[0])
    weights = zip(
        fitted.module_.parameters(), untrained.module_.parameters(), strict=True
    )
    assert all(torch.equal(a, b) for a, b in weights)
    longer = small(max_iter=30, **params).fit(blobs[0])
    assert longer.n_iter_ == 30
    assert longer.history_[-1]["pairs"] > 0


def test_one_cluster_needs_no_training(blobs):
    fitted = small(n_clusters=1).fit(blobs[0])
    assert fitted.history_ == []
    assert fitted.objective_ == pytest.approx(0, abs=1e-5)


def test_pretraining_gives_the_labels_of_kmeans(blobs):
    X, _ = blobs
    labels = KMeans(3, n_init=10, random_state=0).fit_predict(X)
    fitted = small(max_iter=0).fit(X)
    assert adjusted_rand_score(labels, fitted.labels_) > 0.95
    assert {row["stage"] for row in fitted.history_} == {"pretrain"}
    assert len(fitted.history_) == 100  # batches of one epoch each


def test_pretraining_is_for_tables(digits):
    X = digits[0][:50]
    images = small(n_clusters=5, image_shape=(1, 8, 8), max_iter=1).fit(X)
    assert {row["stage"] for row in images.history_} == {"adapt"}
    none = small(n_clusters=5, init=None, max_iter=1).fit(X)
    assert {row["stage"] for row in none.history_} == {"adapt"}


def test_pretraining_from_any_clusterer(blobs):
    X, y = blobs
    fitted = small(init=AgglomerativeClustering(3), max_iter=0).fit(X)
    assert adjusted_rand_score(y, fitted.labels_) > 0.95
    # Noise is passed over.
    noisy = DBSCAN(eps=0.8, min_samples=5)
    assert set(noisy.fit_predict(X)) == {-1, 0, 1, 2}
    fitted = small(init=noisy, max_iter=0).fit(X)
    assert adjusted_rand_score(y, fitted.labels_) > 0.95


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ({"upper": 0.4}, ValueError, "lower <= final <= upper"),
        ({"lower": 0.6}, ValueError, "lower <= final <= upper"),
        ({"upper": 1.5}, ValueError, "upper"),
        ({"upper": 0.4, "adaptive": False}, ValueError, "lower <= final <= upper"),
        ({"init": OneTooFew(3)}, ValueError, r"shape \(119,\) for"),
        ({"init": KMeans(4)}, ValueError, "make them equal"),
        ({"init": KMeans}, TypeError, "an instance"),
        ({"init": "random"}, ValueError, "init"),
        ({"augment_pairs": "yes"}, ValueError, "augment_pairs"),
        ({"balance_weight": -1}, ValueError, "balance_weight"),
        ({"pretrain_epochs": -1}, ValueError, "pretrain_epochs"),
    ],
)
def test_bad_parameters(params, error, message, blobs):
    with pytest.raises(error, match=message):
        small(**params).fit(blobs[0])


def test_lower_threshold_is_not_asked_for_where_it_is_not_used(blobs):
    small(adaptive=False, lower=0.455, final=0.4, max_iter=1).fit(blobs[0])


@pytest.mark.slow
def test_clusters_of_unequal_size_are_not_evened_out():
    plain, ours, balanced = [], [], []
    for seed in (0, 2):
        random = np.random.RandomState(seed)
        centers = random.normal(size=(3, 8)) * 2
        y = np.repeat(np.arange(3), (540, 45, 15))
        X = centers[y] + random.normal(size=(600, 8))
        for scores, model in (
            (plain, KMeans(3, n_init=10, random_state=seed)),
            (ours, DAC(3, random_state=seed)),
            (balanced, DAC(3, n_neighbors=None, balance_weight=1, random_state=seed)),
        ):
            scores.append(adjusted_rand_score(y, model.fit_predict(X)))
    assert np.mean(ours) > np.mean(plain) - 0.05
    assert np.mean(ours) > np.mean(balanced)


def test_init_does_not_write_into_the_table(blobs):
    X = blobs[0].astype(np.float32)
    before = X.copy()
    small(init=InPlace(3), max_iter=0).fit(X)
    np.testing.assert_array_equal(X, before)


def test_published_setting(blobs):
    fitted = DAC.published(3, random_state=0).fit(blobs[0])
    assert fitted.n_iter_ == 46
    assert set(fitted.history_[-1]) == {"stage", "epoch", "pairs", "loss", "seconds"}


def test_published_setting_of_colour_images():
    gray, color = (
        DAC.published(3, image_shape=shape, batch_size=64)
        for shape in ((1, 4, 4), (3, 4, 4))
    )
    assert gray.augmentation is None
    assert gray.final_relu
    x = torch.rand(8, 48)
    assert color.augmentation(x, torch.Generator()).shape == x.shape
    assert not color.final_relu
    assert gray.batch_size == color.batch_size == 64  # as given


def test_restarts_keep_the_smallest_objective(blobs):
    """The first of several runs has the seed of a single one."""
    once = [small(init=None, random_state=s).fit(blobs[0]) for s in range(4)]
    best = [small(init=None, random_state=s, n_init=4).fit(blobs[0]) for s in range(4)]
    pairs = list(zip(once, best, strict=True))
    assert all(b.objective_ <= a.objective_ for a, b in pairs)
    assert any(b.objective_ < a.objective_ for a, b in pairs)


@pytest.mark.slow
def test_images_beat_kmeans(digits):
    X, y = digits[0][:900], digits[1][:900]
    plain = adjusted_rand_score(y, KMeans(10, n_init=10, random_state=0).fit_predict(X))
    dac = DAC(10, image_shape=(1, 8, 8), max_iter=25)
    found = [
        adjusted_rand_score(y, dac.set_params(random_state=seed).fit_predict(X))
        for seed in range(3)
    ]
    assert np.mean(found) > plain + 0.05


@pytest.mark.parametrize(
    ("params", "in_encoder", "in_head"),
    [
        ({}, True, True),
        ({"batch_norm": "fixed"}, False, False),
        ({"batch_norm": "fixed head"}, True, False),
        ({"image_shape": (1, 24, 24)}, False, False),
        ({"image_shape": (1, 24, 24), "batch_norm": "trained"}, True, True),
        ({"image_shape": (1, 36, 16)}, True, True),
    ],
)
def test_scales_of_batch_normalisation(params, in_encoder, in_head):
    X = np.random.RandomState(0).rand(12, 576).astype(np.float32)
    dac = small(max_iter=2, init=None, n_neighbors=None, **params)
    network = dac.fit(X).module_

    def moved(part):
        norms = [m for m in part.modules() if hasattr(m, "running_mean")]
        assert norms
        return any((norm.weight != 1).any() or norm.bias.any() for norm in norms)

    assert moved(network.encoder) is in_encoder
    assert moved(network.head) is in_head


def test_published_setting_of_digits_has_fixed_scales():
    assert DAC.published(10, image_shape=(1, 28, 28)).batch_norm == "fixed"
    assert DAC.published(10, image_shape=(3, 32, 32)).batch_norm == "trained"
