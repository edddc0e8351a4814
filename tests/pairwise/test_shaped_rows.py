"""Images or windows as rows of ContrastiveClustering, IIC and DAC."""

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.metrics import adjusted_rand_score
from torch import nn

from skdeepcluster import DAC, IIC, ContrastiveClustering, export, load, save
from skdeepcluster.augment import Compose, RandomShift
from skdeepcluster.networks import ConvNet1d, NormalizedMLP
from skdeepcluster.training import Rows

SHAPE = (2, 32)
each = pytest.mark.parametrize("method", [ContrastiveClustering, DAC, IIC])


@pytest.fixture(scope="module")
def windows():
    """Slow and fast waves that start anywhere, and which of them it is."""
    random = np.random.RandomState(0)
    y = np.arange(60) % 2
    rhythm = np.array([2, 6])[y][:, None, None]
    time = np.linspace(0, 2 * np.pi, 32)
    phase = random.uniform(0, 2 * np.pi, (60, 1, 1))
    X = np.sin(rhythm * time + phase + np.array([[0], [1]]))
    X = X + random.normal(0, 0.1, X.shape)
    return X.reshape(60, -1).astype(np.float32), y


def small(method, **params):
    settings = {"window_shape": SHAPE, "max_iter": 2, "random_state": 0}
    return method(2, **{**settings, **params})


@each
@pytest.mark.filterwarnings("ignore:.*are empty")
def test_windows_have_a_network_over_time(method, windows):
    X, _ = windows
    fitted = small(method).fit(X)
    assert isinstance(fitted.module_.encoder, ConvNet1d)
    assert fitted.module_.input_shape == SHAPE
    assert fitted.history_[0]["stage"] != "pretrain"  # no k-means on raw windows
    np.testing.assert_array_equal(fitted.predict(X), fitted.labels_)
    flat = small(method, encoder="mlp", max_iter=1).fit(X)
    assert isinstance(flat.module_.encoder, NormalizedMLP)


@pytest.mark.filterwarnings("ignore:.*are empty")
def test_own_modules_take_windows(windows):
    X, _ = windows
    module = nn.Sequential(nn.Conv1d(2, 8, 3), nn.AdaptiveAvgPool1d(1), nn.Flatten())
    small(ContrastiveClustering, encoder=module, n_components=8).fit(X)


def test_rhythms_are_found_wherever_windows_start(windows):
    X, y = windows
    model = small(ContrastiveClustering, max_iter=20, n_components=32).fit(X)
    assert adjusted_rand_score(y, model.labels_) > 0.9


@pytest.mark.parametrize("name", ["auto", "windows"])
def test_augmentation(name, windows):
    rows = Rows(windows[0], torch.device("cpu"))
    model = small(DAC, augmentation=name)
    augmentation = model._augmentation(rows, np.random.RandomState(0))
    assert isinstance(augmentation, Compose)
    assert augmentation.steps[0] == RandomShift(SHAPE)
    spread = windows[0].reshape(60, *SHAPE).std((0, 2))
    scale = 0.1 * np.repeat(spread, 32)
    np.testing.assert_allclose(augmentation.steps[2].scale, scale, rtol=1e-5)


@each
@pytest.mark.parametrize("params", [{"encoder": "conv1d"}, {"augmentation": "windows"}])
def test_windows_need_their_shape(method, params, windows):
    with pytest.raises(ValueError, match=r"needs window_shape=\(channels, length\)"):
        method(2, **params).fit(windows[0])


@each
def test_images_or_windows(method, windows):
    with pytest.raises(ValueError, match="not both: leave one of them None"):
        small(method, image_shape=(1, 8, 8)).fit(windows[0])
    with pytest.raises(ValueError, match="encoder='conv' needs image_shape"):
        small(method, encoder="conv").fit(windows[0])


@pytest.mark.filterwarnings("ignore:.*are empty")
def test_a_channel_in_large_units_hides_no_extreme_row(windows):
    X = windows[0].reshape(60, *SHAPE) * np.array([[1.0], [1e4]])
    X[3, 0] = 500
    with pytest.warns(UserWarning, match="Row 3 of X is extreme"):
        small(ContrastiveClustering, max_iter=1).fit(X.reshape(60, -1))


@pytest.fixture(scope="module")
def fitted(windows):
    return small(ContrastiveClustering, max_iter=3, n_components=8).fit(windows[0])


def test_saved_and_loaded(fitted, windows, tmp_path):
    X, _ = windows
    save(fitted, tmp_path / "model")
    again = load(tmp_path / "model")
    np.testing.assert_array_equal(again.predict_proba(X), fitted.predict_proba(X))
    assert tuple(again.window_shape) == SHAPE


@pytest.mark.parametrize(
    "format", ["torch", pytest.param("onnx", marks=pytest.mark.slow)]
)
def test_exported(fitted, format, windows, tmp_path):
    X, _ = windows
    path = tmp_path / f"model.{'pt2' if format == 'torch' else 'onnx'}"
    if format == "onnx":
        runtime = pytest.importorskip("onnxruntime")
        pytest.importorskip("onnxscript")
    export(fitted, path, format)
    if format == "torch":
        labels, proba = torch.export.load(path).module()(torch.from_numpy(X[:7]))
    else:
        labels, proba = runtime.InferenceSession(path).run(None, {"rows": X[:7]})
    np.testing.assert_array_equal(labels, fitted.predict(X[:7]))
    np.testing.assert_allclose(proba, fitted.predict_proba(X[:7]), atol=1e-6)


def test_goes_on_from_a_checkpoint(fitted, windows, tmp_path):
    X, _ = windows
    short = clone(fitted).set_params(checkpoint=tmp_path, max_iter=2).fit(X)
    longer = clone(short).set_params(max_iter=3).fit(X)
    np.testing.assert_array_equal(longer.predict_proba(X), fitted.predict_proba(X))
    assert longer.n_iter_ == 3
