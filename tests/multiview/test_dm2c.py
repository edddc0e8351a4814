"""DM2C: the recipe, mixed modalities, and the alignment of their clusters."""

import math

import numpy as np
import pytest
import torch
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

from skdeepcluster import DM2C
from skdeepcluster.augment import RandomAffine
from skdeepcluster.base.limits import Limits
from skdeepcluster.datasets import make_mixed_modal
from skdeepcluster.multiview.translation import (
    CandidateReconstruction,
    NeighborContrast,
    Translation,
    clip_weights,
)
from skdeepcluster.neighbors import NeighborGraph
from skdeepcluster.training import Batch, Rows
from skdeepcluster.views import stack_modalities
from tests.instances import many_seeds

CPU = torch.device("cpu")


TERMS = {
    "reconstruction": 1.0,
    "cycle": 1.0,
    "cycle_reconstruction": 1.0,
    "adversarial": 1.0,
    "alignment": 1.0,
    "pairs": 1.0,
}


def small(**params):
    settings = {"hidden_layer_sizes": (32,), "n_components": 8, "random_state": 0}
    return DM2C(4, **{**settings, **params})


def quick(**params):
    """For what does not need clusters; one encoder each, whose clusters are matched."""
    short = {"pretrain_epochs": 2, "max_iter": 2, "n_encoders": 1}
    return small(**{**short, **params})


@pytest.fixture(scope="module")
def data():
    return make_mixed_modal(400, random_state=0)


@pytest.fixture(scope="module")
def fitted(data):
    X, _, views = data
    return small(views=views).fit(X)


@pytest.fixture
def built():
    """A network of three modalities and a batch of rows, some with two."""
    X, _, views = make_mixed_modal(60, n_views=3, paired=0.3, random_state=0)
    X = X.astype(np.float32)
    rows = Rows(X, CPU)
    torch.manual_seed(0)
    estimator = small(views=views)
    estimator._check_fit(rows)
    network = estimator._build_network(rows)
    network.select([0, 0, 0], 1)
    batch = Batch(torch.from_numpy(X), torch.arange(60), torch.Generator())
    return network.eval(), batch


# -- losses of the stages --------------------------------------------------------------


class Constant(torch.nn.Module):
    """Gives the same number for every value of a row, as many as are asked for."""

    def __init__(self, value, width):
        super().__init__()
        self.value, self.width = value, width

    def forward(self, x):
        return x.new_full((len(x), self.width), self.value)


class PlusOne(torch.nn.Module):
    def forward(self, x):
        return x + 1


def test_generator_terms_by_hand(built):
    """All views have the same latents; those in the hub are expected one higher."""
    network, batch = built
    z = torch.randn(60, 8, generator=torch.Generator().manual_seed(0))
    for v in (0, 2):
        network.to_hub[v], network.from_hub[v] = PlusOne(), torch.nn.Identity()
    network.critics = torch.nn.ModuleList(Constant(v + 1.0, 1) for v in range(3))
    for v in range(3):
        network.modality(v).decoder = Constant(v + 1.0, 6)
    targets = dict.fromkeys((0, 2), (z, z))
    losses = Translation(TERMS, [z, z, z], targets, False)
    terms = losses.generator_loss(network, batch)
    tables, observed = network.views(batch.x)
    errors = [
        (table[observed[:, v]] - (v + 1)).square().mean().item()
        for v, table in enumerate(tables)
    ]
    expected = {
        "reconstruction": sum(errors),
        "cycle": 4,  # there and back, and back and there, for two views
        "cycle_reconstruction": sum(errors) + errors[1],
        "adversarial": -(2 + 1) - (2 + 3),  # critics of the hub and of the view
        "alignment": 2,
        "pairs": 2,  # in the hub of each view; in the view they agree
    }
    assert terms.keys() == expected.keys()
    for name, value in expected.items():
        assert terms[name].item() == pytest.approx(value, rel=1e-5), name


def test_weights_scale_their_terms(built):
    network, batch = built
    z = [torch.randn(60, 8) for _ in range(3)]
    targets = {v: (torch.randn(60, 8), torch.randn(60, 8)) for v in (0, 2)}
    weights = {name: float(i) for i, name in enumerate(TERMS)}
    plain, weighted = (
        Translation(w, z, targets, False).generator_loss(network, batch)
        for w in (TERMS, weights)
    )
    assert weighted.keys() == TERMS.keys() - {"reconstruction"}  # the first, with 0
    for name, value in weighted.items():
        torch.testing.assert_close(value, weights[name] * plain[name])


def test_latents_that_are_given_are_used(built):
    network, batch = built
    tables, _ = network.views(batch.x)
    z = [network.modality(v).encode(t).detach() for v, t in enumerate(tables)]
    free = Translation(TERMS, None, {}, False).generator_loss(network, batch)
    given = Translation(TERMS, z, {}, False).generator_loss(network, batch)
    for name, value in free.items():
        torch.testing.assert_close(given[name], value)
    network.zero_grad()
    sum(given.values()).backward()
    assert all(p.grad is None for p in network.modality(0).encoder.parameters())


def test_each_player_moves_its_own(built):
    network, batch = built
    losses = Translation(TERMS, None, {}, True)
    sum(losses.generator_loss(network, batch).values()).backward()
    assert network.to_hub[0][0].weight.grad.any()
    assert network.modality(2).encoder[0].weight.grad.any()
    network.zero_grad()
    terms = losses.critic_loss(network, batch)
    assert terms.keys() == {"critics", "penalty"}
    sum(terms.values()).backward()
    for name, parameter in network.named_parameters():
        assert (parameter.grad is not None) == name.startswith("critics"), name


def test_clipping():
    critic = torch.nn.Linear(3, 1)
    clip_weights(critic, 0.05)
    assert all(p.abs().max() <= 0.05 for p in critic.parameters())


def test_candidates_learn_from_the_rows_that_have_their_view():
    X, _, views = make_mixed_modal(60, random_state=0)
    X = X.astype(np.float32)
    rows = Rows(X, CPU)
    torch.manual_seed(0)
    estimator = small(views=views)
    estimator._check_fit(rows)
    network = estimator._build_network(rows).train()
    batch = Batch(torch.from_numpy(X), torch.arange(60), torch.Generator())
    itself = NeighborGraph(torch.arange(60)[:, None], torch.ones(60, 1))
    contrast = NeighborContrast(rows, [itself, itself], [None, None])
    for loss, names in (
        (CandidateReconstruction(), {"reconstruction"}),
        (contrast, {"instance", "cluster", "entropy"}),
    ):
        network.zero_grad()
        terms = loss(network, batch)
        assert terms.keys() == names
        sum(terms.values()).backward()
        assert all(
            candidate.encoder[0].weight.grad.any()
            for view in range(2)
            for candidate in network.candidates_of(view)
        )
        assert all(b.isfinite().all() for b in network.buffers())


@pytest.mark.parametrize("n_clusters", [3, 256, 1000])
def test_of_many_clusters_some_are_contrasted(n_clusters):
    contrast = NeighborContrast(None, [], [])
    y = torch.full((8, n_clusters), 1 / n_clusters, requires_grad=True)
    loss = contrast._cluster_loss(y, y, torch.Generator())
    contrasted = min(n_clusters, 256)  # columns are equal: which is the partner?
    assert loss.item() == pytest.approx(math.log(2 * contrasted - 1))
    loss = contrast._cluster_loss(y * torch.rand(8, n_clusters), y, torch.Generator())
    loss.backward()
    assert y.grad.any(0).sum() == contrasted


# -- the recipe ------------------------------------------------------------------------


def test_stages(fitted):
    stages = [row["stage"] for row in fitted.history_]
    # 400 rows are two batches, so that the default of 80 and 60 epochs is enough.
    assert stages.count("pretrain") == 80
    assert stages.count("translate") == fitted.n_iter_ == 60
    assert {"instance", "cluster", "entropy"} <= fitted.history_[0].keys()
    terms = fitted.history_[-1].keys()
    assert {"reconstruction", "cycle", "alignment"} <= terms
    assert not {"adversarial", "critics", "pairs", "cycle_reconstruction"} & terms
    assert fitted.module_.critics is None


def test_published_setting(data):
    X, _, views = data
    short = {"pretrain_epochs": 2, "max_iter": 6, "random_state": 0}
    fitted = DM2C.published(4, views=views, **short).fit(X)
    assert set(fitted.history_[0]) >= {"reconstruction"}
    terms = fitted.history_[-1].keys()
    assert {"cycle", "cycle_reconstruction", "adversarial", "critics"} <= terms
    assert not {"alignment", "pairs", "penalty"} & terms
    assert fitted.unified_to_ == "view0"
    assert fitted.matching_ == {}
    assert fitted.transform(X).shape == (400, 128)


@pytest.mark.parametrize("lipschitz", ["clip", "penalty"])
def test_critics(data, lipschitz):
    X, _, views = data
    fitted = quick(
        views=views, adversarial_weight=0.5, lipschitz=lipschitz, critic_interval=3
    ).fit(X)
    terms = fitted.history_[-1].keys()
    assert {"adversarial", "critics"} <= terms
    assert ("penalty" in terms) == (lipschitz == "penalty")


def test_encoders_stay_as_they_are_unless_asked(data):
    X, _, views = data
    start = quick(views=views, max_iter=0).fit(X).module_.modality(0)
    for freeze in (True, False):
        trained = quick(views=views, max_iter=3, freeze_encoders=freeze).fit(X)
        before, after = (
            m.encoder[0].weight for m in (start, trained.module_.modality(0))
        )
        assert torch.equal(before, after) == freeze


def test_hub(data):
    X, _, _ = data
    views = {"image": 6, "text": 6}
    by_name = quick(views=views, unify_to="text").fit(X)
    assert by_name.unified_to_ == "text"
    assert list(by_name.matching_) == ["image"]
    by_number = quick(views=views, unify_to=1).fit(X)
    np.testing.assert_array_equal(by_name.transform(X), by_number.transform(X))
    assert quick(views=views).fit(X).unified_to_ in views
    with pytest.raises(ValueError, match="unify_to='sound' is not one of the views"):
        quick(views=views, unify_to="sound").fit(X)


@pytest.mark.filterwarnings("ignore:The clusters of view .* could not be matched")
@pytest.mark.slow
def test_the_modality_with_clear_clusters_is_the_hub():
    X, _, views = make_mixed_modal(400, random_state=0)
    generator = np.random.RandomState(0)
    X[:, :6] += 40 * generator.normal(size=(400, 6))  # NaN stays NaN
    fitted = small(views=views).fit(X)
    assert fitted.unified_to_ == "view1"


def test_views_of_images_are_warped(data):
    X, _, views = data
    estimator = quick(views=views, image_shape={"view0": (1, 2, 3)})
    estimator.fit(X)
    warp, nothing = estimator._augmentations()
    assert isinstance(warp, RandomAffine)
    assert warp.image_shape == (1, 2, 3)
    assert nothing is None
    own = estimator.set_params(augmentation={"view1": lambda x, g: x + 1})
    assert own._augmentations()[0] is None
    with pytest.raises(ValueError, match="augmentation='affine' should be"):
        quick(views=views, augmentation={"view0": "affine"}).fit(X)


def test_memory_keeps_the_pretraining(data, tmp_path, monkeypatch):
    X, _, views = data
    n_calls = []
    original = NeighborContrast.__call__

    def counted(self, network, batch):
        n_calls.append(1)
        return original(self, network, batch)

    monkeypatch.setattr(NeighborContrast, "__call__", counted)
    plain = quick(views=views).fit(X)
    n_steps = len(n_calls)
    for weight in (0.5, 1.0):
        kept = quick(views=views, memory=str(tmp_path), cycle_weight=weight).fit(X)
    assert len(n_calls) == 2 * n_steps
    np.testing.assert_array_equal(kept.transform(X), plain.transform(X))


# -- rows of different modalities ------------------------------------------------------


def test_labels_of_single_rows(data, fitted):
    X, _, _ = data
    np.testing.assert_array_equal(fitted.labels_, fitted.predict(X))
    for row in (0, 1, 2, 200):
        assert fitted.predict(X[row : row + 1]) == fitted.labels_[row]
    proba = fitted.predict_proba(X[::-1])
    np.testing.assert_array_equal(proba.argmax(1), fitted.labels_[::-1])


def test_view_labels_and_matching_belong_together(data, fitted):
    X, _, _ = data
    lacks = np.isnan(X[:, [0, 6]])
    np.testing.assert_array_equal(fitted.view_labels_ == -1, lacks)
    (name,) = fitted.matching_
    own = list(fitted.views_).index(name)
    hub = list(fitted.views_).index(fitted.unified_to_)
    joint = np.where(
        lacks[:, own],
        fitted.view_labels_[:, hub],
        fitted.matching_[name][fitted.view_labels_[:, own]],
    )
    assert adjusted_rand_score(joint, fitted.labels_) > 0.95
    z = fitted.transform(X)
    means = np.stack([z[joint == c].mean(0) for c in range(4)])
    np.testing.assert_allclose(fitted.cluster_centers_, means, rtol=1e-4, atol=1e-5)
    confidence = fitted.matching_confidence_[name]
    assert confidence["support"] > 0.5
    assert confidence["agreement"] > 0.9
    assert confidence["margin"] > 0


@pytest.mark.parametrize("seed", many_seeds(5, 1))
def test_clusters_of_both_modalities_are_put_together(seed):
    X, y, views = make_mixed_modal(400, random_state=seed)
    fitted = small(views=views, random_state=seed).fit(X)
    assert adjusted_rand_score(y, fitted.labels_) > 0.9
    # A new row is of the same cluster whichever way it is seen.
    both, labels, _ = make_mixed_modal(400, paired=1.0, random_state=seed)
    np.testing.assert_array_equal(labels, y)
    seen = [both.copy(), both.copy()]
    seen[0][:, 6:], seen[1][:, :6] = np.nan, np.nan
    one, other = (fitted.predict(table) for table in seen)
    assert (one == other).mean() > 0.9


def test_without_alignment_each_modality_has_its_clusters(data):
    X, y, views = data
    fitted = small(views=views, alignment=None).fit(X)
    assert fitted.matching_ == {}
    for view in range(2):
        rows = fitted.view_labels_[:, view] >= 0
        assert adjusted_rand_score(y[rows], fitted.view_labels_[rows, view]) > 0.9


@pytest.mark.parametrize(
    "paired", [0.05, *(pytest.param(p, marks=pytest.mark.slow) for p in (0.2, 1.0))]
)
def test_pairs(paired):
    X, y, views = make_mixed_modal(400, paired=paired, random_state=0)
    fitted = small(views=views).fit(X)
    assert "pairs" in fitted.history_[-1]
    assert adjusted_rand_score(y, fitted.labels_) > 0.9
    if paired == 0.05:  # twenty rows: five a cluster
        (confidence,) = fitted.matching_confidence_.values()
        assert confidence["support"] > 0.9
        assert np.isnan(confidence["agreement"])
    else:
        assert fitted.matching_ == {}
    labels = fitted.predict(X)
    assert labels.shape == (400,)


@pytest.mark.slow
def test_three_modalities_meet_in_the_hub():
    X, y, views = make_mixed_modal(600, n_views=3, random_state=1)
    fitted = small(views=views).fit(X)
    assert set(fitted.matching_) | {fitted.unified_to_} == set(fitted.views_)
    assert adjusted_rand_score(y, fitted.labels_) > 0.9
    assert fitted.translate(X[:5], to="view2").shape == (5, 6)


def test_one_modality_is_an_autoencoder_and_kmeans(blobs):
    X, y = blobs
    fitted = small(views=1).set_params(n_clusters=3).fit(X)
    assert adjusted_rand_score(y, fitted.labels_) > 0.9
    terms = fitted.history_[-1].keys() - {"stage", "epoch", "seconds", "loss"}
    assert terms == {"reconstruction"}
    again = KMeans(3, n_init=20, random_state=0).fit_predict(fitted.transform(X))
    assert adjusted_rand_score(again, fitted.labels_) > 0.99


def test_translation_shows_the_cluster_in_the_other_modality(data, fitted):
    X, y, _ = data
    first = ~np.isnan(X[:, 0])
    translated = fitted.translate(X[first], to="view1")
    assert translated.shape == (first.sum(), 6)
    assert translated.dtype == np.float32
    real, labels = X[~first][:, 6:], y[~first]
    means = np.stack([real[labels == c].mean(0) for c in range(4)])
    nearest = np.linalg.norm(translated[:, None] - means, axis=2).argmin(1)
    assert (nearest == y[first]).mean() > 0.9
    # What is there already is reconstructed.
    again = fitted.translate(X[first], to=0)
    errors = np.square(again - X[first][:, :6]).mean()
    assert errors < 0.5 * X[first][:, :6].var(0).mean()
    with pytest.raises(ValueError, match="to='sound' is not one of the views"):
        fitted.translate(X, to="sound")


# -- what may go wrong -----------------------------------------------------------------


def test_translations_are_finite_or_refused(data, fitted, monkeypatch):
    """Columns may be in far larger units than what the network computes with."""
    X, _, _ = data
    assert np.isfinite(fitted.translate(X, 0)).all()
    monkeypatch.setattr(
        Limits, "restore", lambda limits, table, columns: table / 1e-38 * 10
    )
    with pytest.raises(ValueError, match="Row 0 of X .* too large"):
        fitted.translate(X, 0)


@pytest.mark.slow
def test_rare_modality():
    X, y, views = make_mixed_modal(400, random_state=0)
    rows = np.flatnonzero(~np.isnan(X[:, 6]))
    X = np.delete(X, rows[12:], axis=0)
    y = np.delete(y, rows[12:])
    fitted = small(views=views, batch_size=64).fit(X)
    many = ~np.isnan(X[:, 0])
    for modality in (many, ~many):
        assert adjusted_rand_score(y[modality], fitted.labels_[modality]) > 0.9


def test_too_few_rows_of_a_modality(data):
    X, y, views = data
    rows = np.flatnonzero(~np.isnan(X[:, 6]))
    few = np.delete(X, rows[3:], axis=0)
    with pytest.warns(UserWarning, match="view") as record:
        fitted = quick(views=views).fit(few)
    messages = " ".join(str(warning.message) for warning in record)
    assert "in 3 rows, fewer than 2 * n_clusters=8" in messages
    assert "Fewer than n_clusters=4 clusters were found in view" in messages
    # The other modality does not suffer.
    assert fitted.unified_to_ == "view0"
    assert fitted.matching_ == {}
    many = ~np.isnan(few[:, 0])
    labels = np.delete(y, rows[3:])[many]
    assert adjusted_rand_score(labels, fitted.labels_[many]) > 0.9
    with pytest.raises(ValueError, match="'view1' is observed in a single row"):
        quick(views=views).fit(np.delete(X, rows[1:], axis=0))
    with pytest.raises(ValueError, match="'view1' is not observed in any row"):
        quick(views=views).fit(np.delete(X, rows, axis=0))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Fewer than n_clusters", "ignore:The clusters of")
def test_class_of_one_modality_only(data):
    X, y, views = data
    kept = (y != 0) | np.isnan(X[:, 6])
    X, y = X[kept], y[kept]
    fitted = small(views=views).fit(X)
    first = ~np.isnan(X[:, 0])
    for modality in (first, ~first):  # the second, with three classes, splits one
        assert adjusted_rand_score(y[modality], fitted.labels_[modality]) > 0.8


def test_rows_with_parts_of_a_modality_or_nothing(data):
    X, _, views = data
    broken = X.copy()
    broken[0] = np.nan
    with pytest.raises(ValueError, match="Row 0 of X has no view"):
        quick(views=views).fit(broken)
    both, _, _ = make_mixed_modal(400, paired=1.0, random_state=0)
    both[3, 8] = np.nan
    with pytest.warns(UserWarning, match="1 row of X lacks some values"):
        fitted = quick(views=views).fit(both)
    assert fitted.view_labels_[3, 1] == -1


def test_alignment_that_cannot_be_trusted():
    """Two modalities that have nothing to do with each other."""
    generator = np.random.RandomState(3)  # far from the limit on every processor
    noise = [generator.normal(size=(150, 6)) for _ in range(2)]
    X, views = stack_modalities(noise)
    with pytest.warns(UserWarning, match="could not be matched .* with confidence"):
        fitted = small(views=views).fit(X)
    (confidence,) = fitted.matching_confidence_.values()
    assert confidence["support"] < 0.5


def test_one_encoder_leaves_the_support_open(data):
    X, _, views = data
    fitted = quick(views=views, n_encoders=1).fit(X)
    (confidence,) = fitted.matching_confidence_.values()
    assert np.isnan(confidence["support"])


def test_one_cluster(data):
    X, _, views = data
    fitted = quick(views=views).set_params(n_clusters=1).fit(X)
    assert fitted.matching_ == {}
    assert fitted.objective_ == pytest.approx(1)  # nothing is explained


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:The clusters of")
@pytest.mark.parametrize("seed", range(3))
def test_digits_in_two_halves(digits, seed):
    """Pixels of some digits, a bent projection of the others."""
    X, y = digits
    mixing = np.random.RandomState(0).normal(size=(64, 48)) / 4
    first = np.random.RandomState(seed).rand(len(X)) < 0.5
    table, views = stack_modalities([X[first], np.tanh((X[~first] - 0.3) @ mixing)])
    truth = np.concatenate([y[first], y[~first]])
    labels = DM2C(10, views=views, random_state=seed).fit_predict(table)
    assert normalized_mutual_info_score(truth, labels) > 0.6
