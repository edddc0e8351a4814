"""The auto-encoder as a transformer, and its losses."""

import numpy as np
import pytest
import skorch
import torch
from sklearn.decomposition import PCA

from skdeepcluster import Autoencoder
from skdeepcluster.augment import GaussianNoise


def small(**params):
    settings = {"hidden_layer_sizes": (64, 32), "max_iter": 30, "random_state": 0}
    return Autoencoder(**{**settings, **params})


def error(model, X):
    return np.mean((model.inverse_transform(model.transform(X)) - X) ** 2)


def test_reconstructs_better_than_the_mean_and_improves(digits):
    X, _ = digits
    model = small(n_components=10, max_iter=150).fit(X)
    assert error(model, X) < 0.5 * X.var(axis=0).mean()
    losses = [row["loss"] for row in model.history_]
    assert losses[-1] < 0.5 * losses[0]


def test_default_improves_on_the_principal_components(digits):
    X, _ = digits
    pca = PCA(10).fit(X)
    linear = np.mean((pca.inverse_transform(pca.transform(X)) - X) ** 2)
    untrained = Autoencoder(max_iter=0, random_state=0).fit(X)
    assert error(untrained, X) == pytest.approx(linear, rel=1e-3)
    model = Autoencoder(random_state=0).fit(X)
    assert model.n_iter_ == 20
    assert error(model, X) < 0.9 * linear


@pytest.mark.slow
def test_beats_pca_of_the_same_width(digits):
    """With time enough; a linear code of five leaves more."""
    X, _ = digits
    pca = PCA(5).fit(X)
    linear = np.mean((pca.inverse_transform(pca.transform(X)) - X) ** 2)
    assert error(small(n_components=5, max_iter=200).fit(X), X) < linear


def test_inverse_transform_is_in_the_units_of_the_data(digits):
    X, _ = digits
    one = small(max_iter=10).fit(X)
    thousand = small(max_iter=10).fit(1000 * X)
    assert error(thousand, 1000 * X) == pytest.approx(1e6 * error(one, X), rel=0.2)
    with pytest.raises(ValueError, match="3 columns, the embedding has 10"):
        one.inverse_transform(np.zeros((2, 3)))


def test_width_is_capped_at_the_number_of_features(blobs):
    X = blobs[0][:, :4]
    assert small(n_components=10).fit(X).transform(X).shape == (len(X), 4)


def test_objective_is_the_mean_squared_error_in_the_networks_scale(digits):
    X, _ = digits
    model = small(max_iter=3).fit(X)
    assert model.objective_ == pytest.approx(error(model, X) / np.mean(X**2), rel=1e-4)


@pytest.mark.parametrize("corruption", [0.0, 0.2])
def test_layerwise(digits, corruption):
    X, _ = digits
    model = small(pretrain="layerwise", corruption=corruption, max_iter=5).fit(X)
    stages = list(dict.fromkeys(row["stage"] for row in model.history_))
    assert stages == [f"pretrain layer {i}" for i in (1, 2, 3)] + ["pretrain"]
    for stage in stages:
        losses = [row["loss"] for row in model.history_ if row["stage"] == stage]
        assert losses[-1] < losses[0]


def test_layerwise_starts_the_whole_stack_lower(digits):
    X, _ = digits
    stacked = small(pretrain="layerwise", max_iter=5).fit(X)
    first = next(row for row in stacked.history_ if row["stage"] == "pretrain")
    assert first["loss"] < small(max_iter=5).fit(X).history_[0]["loss"]


def test_layer_moves_only_its_own_weights(digits):
    """After stage one of layer-wise training the other layers are as they began."""
    X, _ = digits
    seen = {}

    class Watch(skorch.callbacks.Callback):
        def keep(self, when, net):
            weights = net.module_.state_dict()
            copies = {k: v.clone() for k, v in weights.items()}
            seen.setdefault(net.stage.name, {})[when] = copies

        def on_train_begin(self, net, **kwargs):
            self.keep("before", net)

        def on_train_end(self, net, **kwargs):
            self.keep("after", net)

    small(pretrain="layerwise", max_iter=1, callbacks=[Watch()]).fit(X)
    before, after = seen["pretrain layer 2"].values()
    moved = {k for k in before if not torch.equal(before[k], after[k])}
    assert moved == {
        f"{part}.layers.1.{kind}"
        for part in ("encoder", "decoder")
        for kind in ("weight", "bias")
    }


def test_denoising_reconstructs_clean_rows_from_corrupted_ones(digits):
    X, _ = digits
    plain = small(max_iter=60).fit(X)
    denoising = small(max_iter=60, corruption=0.4).fit(X)
    dropped = X * (np.random.RandomState(0).uniform(size=X.shape) > 0.4) / 0.6
    dropped = dropped.astype(np.float32)

    def repair(model):
        restored = model.inverse_transform(model.transform(dropped))
        return np.mean((restored - X) ** 2)

    assert repair(denoising) < repair(plain)


@pytest.mark.parametrize("sparsity", ["kl", "l1"])
@pytest.mark.parametrize("layers", ["hidden", "embedding", "all"])
def test_sparsity_silences_units(digits, sparsity, layers):
    X, _ = digits

    def activity(beta):
        model = small(
            sparsity=sparsity, beta=beta, sparse_layers=layers, max_iter=20
        ).fit(X)
        net = model.module_
        x = net.rescale(torch.from_numpy(X))
        with torch.no_grad():
            z, hidden = net.embed_with_hidden(x)
        watched = {"hidden": hidden, "embedding": [z], "all": [*hidden, z]}[layers]
        assert ("sparsity" in model.history_[0]) is True
        return sum(h.relu().tanh().mean().item() for h in watched)

    assert activity(1.0) < 0.7 * activity(0.0)


def test_no_sparsity_by_default(digits):
    assert "sparsity" not in small(max_iter=1).fit(digits[0]).history_[0]


# -- augmentation and restarts -----------------------------------------------------


def test_augmentation_is_used_in_training_only(digits):
    X, _ = digits
    calls = []

    def watched(x, generator):
        calls.append(x.shape)
        assert isinstance(generator, torch.Generator)
        return GaussianNoise(0.1)(x, generator)

    model = small(max_iter=2, augmentation=watched).fit(X)
    assert len(calls) == 2 * 7  # 1797 rows: 7 batches, the last with the remainder
    model.transform(X)
    assert len(calls) == 14


def test_image_shape_switches_the_affine_augmentation_on(digits):
    X, _ = digits
    plain = small(max_iter=2).fit(X).transform(X)
    auto = small(max_iter=2, image_shape=(1, 8, 8)).fit(X).transform(X)
    affine = small(max_iter=2, image_shape=(1, 8, 8), augmentation="affine")
    none = small(max_iter=2, image_shape=(1, 8, 8), augmentation=None)
    assert not np.allclose(plain, auto)
    np.testing.assert_array_equal(auto, affine.fit(X).transform(X))
    np.testing.assert_array_equal(plain, none.fit(X).transform(X))


def test_best_of_several_runs_is_kept(blobs):
    X, _ = blobs
    state = np.random.RandomState(0)
    singles = [
        small(n_components=2, max_iter=3, random_state=state).fit(X).objective_
        for _ in range(3)
    ]
    best = small(n_components=2, max_iter=3, n_init=3).fit(X)
    assert best.objective_ == min(singles)


def test_only_a_distant_mean_is_taken_away(digits, blobs):
    X = blobs[0]
    assert Autoencoder(max_iter=0).fit(digits[0]).module_.center == 0
    assert Autoencoder(max_iter=0).fit(X + 2).module_.center == 0
    module = Autoencoder(max_iter=0).fit(X + 100).module_
    assert module.center.item() == pytest.approx(100)
    assert module.scale.item() == pytest.approx(1, rel=1e-3)


def test_decoded_values_are_finite_or_refused():
    X = 1e6 * np.random.RandomState(0).normal(size=(30, 4))
    model = small(max_iter=1).fit(X)
    Z = model.transform(X)
    Z[3] = 3e38
    with pytest.raises(ValueError, match="Row 3 of X .* too large"):
        model.inverse_transform(Z)
