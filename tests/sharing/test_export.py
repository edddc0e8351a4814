"""Exported graphs predict what the estimators predict."""

import warnings

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    MaxAbsScaler,
    MinMaxScaler,
    RobustScaler,
    StandardScaler,
)
from torch import nn

import skdeepcluster
from skdeepcluster import (
    DEC,
    IDEC,
    Autoencoder,
    ContrastiveClustering,
    export,
)
from tests.instances import CHEAP, FAMILIES, is_clusterer, name_of, takes_views

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore:.*rows of X are more than 5 times"),
]

SHORT = {"hidden_layer_sizes": (8,), "max_iter": 1, "random_state": 0}
DEC_SHORT = DEC(3, pretrain_epochs=1, **SHORT)
FORMATS = ["torch", "onnx"]


def in_slow_tests(estimator, format):
    """Whether its export takes seconds, or is that of another but for its training."""
    quick = FAMILIES if format == "torch" else Autoencoder
    return not isinstance(estimator, quick)


class Branching(nn.Module):
    """A user's encoder that torch.export cannot follow."""

    def __init__(self, n_features, n_components):
        super().__init__()
        self.linear = nn.Linear(n_features, n_components)

    def forward(self, x):
        return self.linear(x) if x.sum() > 0 else self.linear(-x)


@pytest.fixture(scope="module")
def X():
    return np.random.RandomState(0).normal(size=(60, 8)).astype(np.float32)


def short(estimator):
    estimator = clone(estimator).set_params(random_state=0)
    for name in ("max_iter", "pretrain_epochs"):
        if name in estimator.get_params():
            estimator.set_params(**{name: 2})
    return estimator.set_params(n_clusters=3) if is_clusterer(estimator) else estimator


def fitted(estimator, X):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # noise has no clusters to match
        return estimator.fit(X)


def exported(estimator, folder, format):
    """The exported graph, as a function of rows."""
    if format == "onnx":
        runtime = pytest.importorskip("onnxruntime")
        pytest.importorskip("onnxscript")
    path = folder / f"model.{'pt2' if format == 'torch' else 'onnx'}"
    export(estimator, path, format)
    if format == "torch":
        module = torch.export.load(path).module()

        def outputs(rows):
            found = module(torch.from_numpy(rows))
            return [x.numpy() for x in (found if isinstance(found, tuple) else [found])]

        return outputs
    session = runtime.InferenceSession(path)
    return lambda rows: session.run(None, {"rows": rows})


def check(estimator, outputs, X, atol=1e-6):
    found = outputs(X)
    if hasattr(estimator, "predict"):
        labels, proba = found
        np.testing.assert_array_equal(labels, estimator.predict(X))
        np.testing.assert_allclose(proba, estimator.predict_proba(X), 0, atol)
    else:
        np.testing.assert_allclose(found[0], estimator.transform(X), 1e-5, atol)


@pytest.mark.parametrize(
    ("estimator", "format"),
    [
        pytest.param(
            estimator,
            format,
            marks=pytest.mark.slow if in_slow_tests(estimator, format) else (),
            id=f"{name_of(estimator)}-{format}",
        )
        for estimator in CHEAP
        for format in FORMATS
    ],
)
def test_predictions(estimator, format, X, tmp_path):
    estimator = fitted(short(estimator), X)
    outputs = exported(estimator, tmp_path, format)
    rows = X.copy()
    rows[3] *= 1000  # an extreme row
    if takes_views(estimator):
        rows[4, :4] = rows[5, 4:] = np.nan  # missing views
    check(estimator, outputs, rows)
    for n_rows in (1, 2, 19):
        check(estimator, outputs, rows[:n_rows])
    check(estimator, outputs, np.tile(rows, (50, 1)))


def test_columns_in_other_units(X, tmp_path):
    """A column that spreads much more than every other is taken in other units."""
    wide = X * np.array([1, 1, 1e5, 1, 1, 1, 1, 1], np.float32)
    model = DEC(3, pretrain_epochs=1, **SHORT)
    with pytest.warns(UserWarning, match="column"):
        model.fit(wide)
    check(model, exported(model, tmp_path, "torch"), wide)


SCALERS = {
    "standard": StandardScaler(),
    "mean": StandardScaler(with_std=False),
    "spread": StandardScaler(with_mean=False),
    "range": MinMaxScaler((-1, 2)),
    "clip": MinMaxScaler(clip=True),
    "maximum": MaxAbsScaler(),
    "robust": RobustScaler(),
    "two": make_pipeline("passthrough", StandardScaler(), MinMaxScaler()),
    "embedding": Autoencoder(n_components=3, **SHORT),
}


@pytest.mark.parametrize("scaler", SCALERS.values(), ids=SCALERS)
def test_steps_of_a_pipeline(scaler, X, tmp_path):
    table = X * np.arange(1, 9, dtype=np.float32) + 3
    pipeline = make_pipeline(scaler, DEC_SHORT).fit(table)
    rows = table.copy()
    rows[:5] += 5  # outside the range of training
    check(pipeline, exported(pipeline, tmp_path, "torch"), rows, 1e-5)


def test_scaled_pipeline_as_onnx(X, tmp_path):
    pipeline = make_pipeline(StandardScaler(), DEC_SHORT).fit(X)
    check(pipeline, exported(pipeline, tmp_path, "onnx"), X, 1e-5)


@pytest.mark.parametrize("format", FORMATS)
def test_images(format, tmp_path):
    X = np.random.RandomState(0).rand(20, 64).astype(np.float32)
    model = ContrastiveClustering(2, image_shape=(1, 8, 8), n_components=4, max_iter=1)
    model.set_params(encoder="conv", random_state=0).fit(X)
    check(model, exported(model, tmp_path, format), X)


def test_export_changes_nothing(X, tmp_path, capfd):
    model = clone(DEC_SHORT).fit(X)
    before, state = model.predict_proba(X), torch.get_rng_state()
    for format in FORMATS:
        exported(model, tmp_path, format)
    np.testing.assert_array_equal(model.predict_proba(X), before)
    assert all(p.requires_grad for p in model.module_.parameters())
    assert torch.equal(torch.get_rng_state(), state)
    assert capfd.readouterr() == ("", "")


def test_what_cannot_be_exported(X, tmp_path):
    path = tmp_path / "model.pt2"
    with pytest.raises(TypeError, match=r"step PCA cannot .*pipe\[-1\].*skl2onnx"):
        export(make_pipeline(PCA(4), DEC_SHORT).fit(X), path)
    for other in (make_pipeline(DEC_SHORT, StandardScaler()).fit(X), PCA().fit(X)):
        with pytest.raises(TypeError, match="Pipelines that end with one, got"):
            export(other, path)
    with pytest.raises(NotFittedError):
        export(DEC(3), path)
    with pytest.raises(ValueError, match=r"format='tf' is not one of \['torch'"):
        export(DEC_SHORT, path, "tf")
    with pytest.raises(ValueError, match="pass format='onnx', or a name that ends in"):
        export(clone(DEC_SHORT).fit(X), tmp_path / "model.onnx")
    own = IDEC(3, encoder=Branching, n_components=4, pretrain_epochs=1, max_iter=1)
    with pytest.raises(ValueError, match="[Yy]our own encoder"):
        export(own.fit(X), path)
    with pytest.raises(FileNotFoundError, match="no folder"):
        export(clone(DEC_SHORT).fit(X), tmp_path / "none" / "model.pt2")
    assert not any(tmp_path.iterdir())


def test_top_level_name():
    assert skdeepcluster.export is export
