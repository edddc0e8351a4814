"""Encoders that users bring."""

import copy

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from torch import nn

from skdeepcluster import DSSEC, IDEC, Autoencoder


def small(**params):
    settings = {"hidden_layer_sizes": (64, 32), "max_iter": 30, "random_state": 0}
    return Autoencoder(**{**settings, **params})


def convolution():
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(64, 5),
    )


def test_module_is_copied_not_changed(digits):
    X, _ = digits
    module = convolution()
    before = {k: v.clone() for k, v in module.state_dict().items()}
    model = small(encoder=module, image_shape=(1, 8, 8), n_components=5, max_iter=2)
    fitted = model.fit(X)
    assert fitted.transform(X).shape == (len(X), 5)
    assert fitted.inverse_transform(fitted.transform(X)).shape == X.shape
    for name, value in module.state_dict().items():
        assert torch.equal(before[name], value)
    assert module.training


def test_precision_of_the_module_does_not_matter(blobs):
    module = nn.Linear(6, 6)
    fitted = small(encoder=copy.deepcopy(module).double(), max_iter=2).fit(blobs[0])
    expected = small(encoder=module, max_iter=2).fit(blobs[0])
    np.testing.assert_array_equal(
        fitted.transform(blobs[0]), expected.transform(blobs[0])
    )

    class Widened(nn.Linear):
        def forward(self, x):
            return super().forward(x).double()

    with pytest.raises(ValueError, match="returns torch.float64"):
        small(encoder=Widened(6, 6)).fit(blobs[0])


def test_factory_is_told_the_widths(blobs):
    asked = []

    def factory(n_features, n_components):
        asked.append((n_features, n_components))
        return nn.Linear(n_features, n_components)

    X, _ = blobs
    model = small(encoder=factory, n_components=2, max_iter=2).fit(X)
    assert asked == [(6, 2)]
    assert isinstance(model.module_.encoder, nn.Linear)


def test_module_that_a_factory_hands_out_is_copied_too(blobs):
    X, _ = blobs
    module = nn.Linear(6, 6)
    before = module.weight.detach().clone()
    model = small(encoder=lambda d, p: module, max_iter=2, n_init=2).fit(X)
    assert torch.equal(module.weight, before)
    Z = model.transform(X)
    small(encoder=lambda d, p: module, max_iter=2).fit(X)
    np.testing.assert_array_equal(model.transform(X), Z)


def test_fitted_autoencoder_has_to_show_hidden_layers_to_dssec(blobs):
    X, _ = blobs
    fitted = small(encoder=nn.Linear(6, 6), max_iter=1).fit(X)
    with pytest.raises(ValueError, match="sparse_layers='embedding'"):
        DSSEC(3, encoder=fitted).fit(X)


def test_sparsity_needs_to_see_hidden_layers(blobs):
    X, _ = blobs
    model = small(encoder=nn.Linear(6, 6), sparsity="kl", max_iter=2)
    with pytest.raises(ValueError, match="sparse_layers='embedding'"):
        model.fit(X)
    model.set_params(sparse_layers="embedding").fit(X)


def test_layerwise_needs_its_own_layers(blobs):
    with pytest.raises(ValueError, match="encoder=None"):
        small(encoder=nn.Linear(6, 6), pretrain="layerwise").fit(blobs[0])


@pytest.mark.filterwarnings("ignore:k-means on X keeps")  # after ten epochs
def test_fitted_autoencoder_is_the_pretraining(digits):
    X, _ = digits
    fitted = small(n_components=5, max_iter=10).fit(X)
    Z = fitted.transform(X)
    for encoder in (fitted, FrozenEstimator(fitted)):
        idec = IDEC(10, n_components=5, encoder=encoder, max_iter=0, random_state=0)
        np.testing.assert_array_equal(clone_if_frozen(idec).fit(X).transform(X), Z)
    trained = idec.set_params(max_iter=2).fit(X)
    assert {row["stage"] for row in trained.history_} == {"cluster"}
    np.testing.assert_array_equal(fitted.transform(X), Z)


def clone_if_frozen(idec):
    return clone(idec) if isinstance(idec.encoder, FrozenEstimator) else idec


def test_autoencoder_that_does_not_fit(digits):
    X, _ = digits
    fitted = small(n_components=5, max_iter=1).fit(X)
    idec = IDEC(10, n_components=4, encoder=fitted)
    with pytest.raises(ValueError, match="64 features to 5 components.*n_components=4"):
        idec.fit(X)
    with pytest.raises(ValueError, match="FrozenEstimator"):
        clone(idec).set_params(n_components=5).fit(X)
