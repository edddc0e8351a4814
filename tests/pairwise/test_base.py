"""The base class of ContrastiveClustering and DAC."""

import warnings

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import StandardScaler
from skorch.callbacks import Callback
from torch import nn

from skdeepcluster import DAC, Autoencoder, ContrastiveClustering
from skdeepcluster.augment import (
    ColorJitter,
    Compose,
    GaussianNoise,
    Mask,
    RandomAffine,
    RandomResizedCrop,
    Swap,
    digit_images,
)
from skdeepcluster.networks import ConvNet, NormalizedMLP, ResNet
from skdeepcluster.training import Rows

both = pytest.mark.parametrize("method", [ContrastiveClustering, DAC])


def small(method, **params):
    settings = {"max_iter": 2, "hidden_layer_sizes": (16,), "random_state": 0}
    return method(**{"n_clusters": 3, **settings, **params})


def augmentation(X, method=DAC, **params):
    rows = Rows(np.asarray(X, dtype=np.float32), torch.device("cpu"))
    return method(**params)._augmentation(rows, np.random.RandomState(0))


# -- encoders --------------------------------------------------------------------------


@both
@pytest.mark.parametrize(
    ("encoder", "image_shape", "kind"),
    [
        (None, None, NormalizedMLP),
        (None, (1, 8, 8), ConvNet),
        ("mlp", (1, 8, 8), NormalizedMLP),
        ("conv", (1, 8, 8), ConvNet),
        ("resnet18", (1, 8, 8), ResNet),
        pytest.param("resnet34", (1, 8, 8), ResNet, marks=pytest.mark.slow),
    ],
)
@pytest.mark.filterwarnings("ignore:.*are empty")
def test_encoders_by_name(method, encoder, image_shape, kind, digits):
    X = digits[0][:40]
    model = small(method, encoder=encoder, image_shape=image_shape, max_iter=1)
    fitted = model.fit(X)
    assert isinstance(fitted.module_.encoder, kind)
    assert fitted.predict(X[:1]) == fitted.labels_[0]


@both
@pytest.mark.filterwarnings("ignore:.*are empty")
def test_fitted_autoencoder_brings_weights_and_scale(method, blobs):
    X, _ = blobs
    embed = Autoencoder(hidden_layer_sizes=(8,), max_iter=2, random_state=0).fit(X)
    params = {"encoder": embed, "n_components": 6, "max_iter": 0, "init": None}
    fitted = small(method, **params).fit(X)
    np.testing.assert_allclose(fitted.transform(X), embed.transform(X), atol=1e-5)


@both
@pytest.mark.parametrize(
    "params",
    [{"encoder": "conv"}, {"encoder": "resnet18"}, {"augmentation": "colors"}],
)
def test_images_need_their_shape(method, params, blobs):
    with pytest.raises(ValueError, match="needs image_shape"):
        small(method, **params).fit(blobs[0])


@both
def test_encoders_whose_predictions_would_depend_on_the_batch(method, blobs):
    norm = nn.BatchNorm1d(8, track_running_stats=False)
    model = small(method, encoder=nn.Sequential(nn.Linear(6, 8), norm), n_components=8)
    with pytest.raises(ValueError, match="BatchNorm1d '1' .*track_running_stats"):
        model.fit(blobs[0])


# -- augmentations ---------------------------------------------------------------------


@both
def test_augmentation_that_is_a_class(method, blobs):
    with pytest.raises(TypeError, match=r"an instance: GaussianNoise\(...\)"):
        small(method, augmentation=GaussianNoise).fit(blobs[0])


@both
def test_augmentation_that_gives_no_numbers(method, blobs):
    model = small(method, augmentation=lambda x, generator: x * torch.nan)
    with pytest.raises(
        FloatingPointError, match="augmentation or encoder returns finite"
    ):
        model.fit(blobs[0])


def test_augmentations_by_name():
    X = np.random.default_rng(0).normal(size=(50, 64))
    for name, kind in {
        "swap": Swap,
        "gaussian": GaussianNoise,
        "mask": Mask,
        "swap+gaussian": Compose,
    }.items():
        assert isinstance(augmentation(X, augmentation=name), kind)
    assert augmentation(X, augmentation=None) is None
    assert isinstance(augmentation(X), Swap)
    assert isinstance(augmentation(X[:, :4]), GaussianNoise)
    image = {"image_shape": (1, 8, 8)}
    digits = augmentation(X, **image, augmentation="digits")
    assert digits == digit_images((1, 8, 8))
    assert augmentation(X, **image, augmentation="affine") == RandomAffine((1, 8, 8))
    writing = augmentation(X, **image)
    assert [type(step) for step in writing.steps] == [
        RandomAffine,
        RandomResizedCrop,
        ColorJitter,
    ]
    assert writing.steps[2].value_range == pytest.approx((X.min(), X.max()), rel=0.1)
    colors = augmentation(X[:, :48], image_shape=(3, 4, 4))
    assert colors.steps[2].value_range == pytest.approx((X.min(), X.max()), rel=0.1)
    assert isinstance(augmentation(X, image_shape=(4, 4, 4)), RandomAffine)


def test_noise_and_fill_are_in_the_units_of_each_column():
    X = np.random.default_rng(0).normal([0, 5], [1, 100], size=(5000, 2))
    noise = augmentation(X, augmentation="gaussian", noise=0.5)
    np.testing.assert_allclose(noise.scale, [0.5, 50], rtol=0.05)
    mask = augmentation(X, augmentation="mask")
    np.testing.assert_allclose(mask.fill, X.mean(0), rtol=1e-3, atol=1e-3)


def test_reservoir_of_a_large_table_is_bounded():
    swap = augmentation(np.arange(12_000.0)[:, None], augmentation="swap")
    assert swap.values.shape == (10_000, 1)
    assert len(swap.values.unique()) == 10_000


@pytest.mark.parametrize("unit", [1e-30, 1e30])
def test_augmentations_follow_the_unit(unit):
    X = np.random.default_rng(0).normal([0, 5], [1, 100], size=(5000, 2))
    for name, setting in (("gaussian", "scale"), ("mask", "fill")):
        one, other = (
            getattr(augmentation(table, augmentation=name), setting)
            for table in (X, X * unit)
        )
        torch.testing.assert_close(other / unit, one)


@both
def test_groups_reach_the_augmentation(method):
    X = np.eye(6)[np.random.default_rng(0).integers(6, size=40)]
    swap = augmentation(X, method, augmentation="swap", feature_groups=[range(6)])
    x = torch.as_tensor(X, dtype=torch.float32)
    assert torch.equal(swap(x, torch.Generator()).sum(1), torch.ones(40))


@both
@pytest.mark.filterwarnings("ignore:.*are empty")
def test_groups_by_name(method, blobs):
    X = pd.DataFrame(blobs[0]).add_prefix("c")
    by_name = small(method, feature_groups=[["c1", "c4"]]).fit(X)
    by_number = small(method, feature_groups=[[1, 4]]).fit(X)
    assert by_name._groups() == ((1, 4),)
    np.testing.assert_array_equal(by_name.transform(X), by_number.transform(X))


@both
def test_groups_are_not_blurred(method):
    """A one-hot code stays one, whatever "auto" would be for so few columns."""
    X = np.c_[np.eye(3)[np.arange(30) % 3], np.arange(30)]
    x = torch.as_tensor(X, dtype=torch.float32)
    for name in ("auto", "gaussian", "swap+gaussian"):
        change = augmentation(
            X, method, augmentation=name, feature_groups=[range(3)], n_neighbors=None
        )
        changed = change(x, torch.Generator().manual_seed(0))
        assert torch.equal(changed[:, :3].sort(1).values, torch.eye(3)[[2] * 30])
        assert not torch.equal(changed[:, 3], x[:, 3])


@both
@pytest.mark.parametrize("groups", [[0, 1], [slice(0, 2)], ["c0", "c1"]])
def test_groups_that_are_no_lists(method, groups, blobs):
    with pytest.raises(TypeError, match="instead of a list"):
        small(method, feature_groups=groups).fit(blobs[0])


@both
@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ([[0, 6]], "names column 6; there are 6"),
        ([[0], [0, 1]], "column 0 twice"),
        ([["c1", "c2"]], "'c1' is not a column"),
        ([[True, False]], "True is not a column"),
    ],
)
def test_bad_groups(method, groups, message, blobs):
    with pytest.raises(ValueError, match=message):
        small(method, feature_groups=groups).fit(blobs[0])


# -- pairs -----------------------------------------------------------------------------


@both
@pytest.mark.filterwarnings("ignore:.*are empty")
def test_small_batches_for_many_clusters_warn(method, blobs):
    with pytest.warns(UserWarning, match="batch of 5 rows .* Raise batch_size"):
        small(method, batch_size=5).fit(blobs[0])
    with pytest.warns(UserWarning, match="batch of 20 rows .* Lower n_clusters"):
        small(method, n_clusters=12).fit(blobs[0][:20])


@both
@pytest.mark.filterwarnings("ignore:Number of distinct clusters")
def test_constant_table_warns_of_empty_clusters(method):
    with pytest.warns(ConvergenceWarning, match="2 of n_clusters=3 .* are empty"):
        fitted = small(method).fit(np.ones((20, 4)))
    assert len(np.unique(fitted.labels_)) == 1
    proba = fitted.predict_proba(np.ones((2, 4)))
    np.testing.assert_array_equal(proba[0], proba[1])


@both
@pytest.mark.filterwarnings("ignore:.*batch of")
@pytest.mark.parametrize(("n", "batch_size"), [(33, 32), (9, 4), (3, 2), (4, 3)])
def test_a_batch_of_one_row_is_not_made(method, n, batch_size):
    sizes = []

    def count(x, generator):
        sizes.append(len(x))
        return x

    X = np.random.default_rng(0).normal(size=(n, 5))
    params = {"n_clusters": 2, "batch_size": batch_size, "augmentation": count}
    small(method, **params).fit(X)
    assert min(sizes) > 1
    assert max(sizes) >= batch_size


@both
def test_rows_that_occur_many_times(method, blobs):
    X = np.repeat(blobs[0][::25], 15, axis=0)
    fitted = small(method, max_iter=20).fit(X)
    assert (fitted.labels_.reshape(-1, 15) == fitted.labels_[::15, None]).all()
    assert len(np.unique(fitted.labels_)) > 1


@both
def test_labels_are_columns_also_where_clusters_are_empty(method, blobs):
    """An untrained network leaves clusters empty; the others keep their numbers."""
    params = {"n_clusters": 12, "max_iter": 0, "init": None}
    with pytest.warns(ConvergenceWarning, match="clusters are empty"):
        fitted = small(method, **params).fit(blobs[0])
    proba = fitted.predict_proba(blobs[0])
    assert proba.shape[1] == 12
    assert 1 < len(np.unique(fitted.labels_)) < 12
    np.testing.assert_array_equal(fitted.labels_, proba.argmax(1))


def test_empty_clusters_are_told_of_once():
    """Of the run that is kept, not of each."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        small(ContrastiveClustering, n_init=3).fit(np.ones((20, 4)))
    assert sum("are empty" in str(w.message) for w in caught) == 1


@pytest.mark.parametrize(
    ("method", "optimizer"),
    [(ContrastiveClustering, torch.optim.Adam), (DAC, torch.optim.RMSprop)],
)
def test_optimizers_of_the_papers(method, optimizer, blobs):
    class Look(Callback):
        def on_train_begin(self, net, **kwargs):
            seen.append(net.optimizer_)

    seen = []
    small(method, init=None, learning_rate=0.002, callbacks=[Look()]).fit(blobs[0])
    assert {type(each) for each in seen} == {optimizer}
    assert {each.param_groups[0]["lr"] for each in seen} == {0.002}


@both
@pytest.mark.filterwarnings("ignore:.*are empty")
def test_statistics_are_those_of_unchanged_rows_and_last_weights(method, blobs):
    X, _ = blobs  # one batch
    network = small(method, corruption=0.9).fit(X).module_
    x = (torch.as_tensor(X, dtype=torch.float32) - network.center) / network.scale
    linear, norm = network.encoder[0], network.encoder[1]
    torch.testing.assert_close(norm.running_mean, linear(x).mean(0))


@both
@pytest.mark.filterwarnings("ignore:.*are empty")
def test_unit_and_origin_of_the_table_do_not_matter(method, blobs):
    X, _ = blobs
    plain = small(method).fit(X).transform(X)
    moved = small(method).fit(1000 * X + 5000).transform(1000 * X + 5000)
    np.testing.assert_allclose(moved, plain, atol=0.05)


@both
@pytest.mark.filterwarnings("ignore:.*are empty")
def test_user_encoder_with_batch_statistics(method, blobs):
    X = StandardScaler().fit_transform(blobs[0])
    encoder = nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.ReLU())
    model = small(method, encoder=encoder, n_components=8, max_iter=60)
    fitted = model.fit(X)
    np.testing.assert_array_equal(fitted.predict(X[:7]), fitted.labels_[:7])


# -- neighbours, and first labels ------------------------------------------------------


@both
@pytest.mark.filterwarnings("ignore:.*batch of")
@pytest.mark.parametrize("n", [2, 3, 10])
def test_fewer_rows_than_neighbours(method, n):
    X = np.arange(3.0 * n).reshape(n, 3)
    fitted = small(method, n_clusters=2, n_neighbors=15).fit(X)
    assert len(fitted.labels_) == n
    assert np.isfinite(fitted.objective_)


@both
def test_neighbours_of_images_are_asked_for(method, digits):
    X = digits[0][:60]
    params = {"image_shape": (1, 8, 8), "max_iter": 1}
    plain, none, some = (
        small(method, **params, **given).fit(X).history_[-1]["loss"]
        for given in ({}, {"n_neighbors": None}, {"n_neighbors": 5})
    )
    assert plain == none != some


@both
def test_large_tables_are_not_searched(method, monkeypatch, blobs):
    monkeypatch.setattr("skdeepcluster.pairwise.base._MOST_SEARCHED", 119)
    params = {"pretrain_epochs": 1, "augmentation": "swap"}
    auto = small(method, **params).fit(blobs[0])
    none = small(method, n_neighbors=None, **params).fit(blobs[0])
    np.testing.assert_array_equal(auto.transform(blobs[0]), none.transform(blobs[0]))
    fifteen = small(method, n_neighbors=15, **params).fit(blobs[0])
    assert not np.array_equal(auto.transform(blobs[0]), fifteen.transform(blobs[0]))


@both
@pytest.mark.parametrize("n_neighbors", [0, 1.5, "all"])
def test_bad_number_of_neighbours(method, n_neighbors, blobs):
    with pytest.raises(ValueError, match="n_neighbors"):
        small(method, n_neighbors=n_neighbors).fit(blobs[0])


@both
@pytest.mark.parametrize("weight", ["auto", 1.0])
def test_balance_is_for_random_starts(method, weight, blobs):
    name = {ContrastiveClustering: "entropy", DAC: "balance"}[method]
    for init in (None, "k-means++"):
        fitted = small(method, init=init, **{f"{name}_weight": weight}).fit(blobs[0])
        wanted = weight == 1.0 or init is None
        assert (name in fitted.history_[-1]) == wanted
