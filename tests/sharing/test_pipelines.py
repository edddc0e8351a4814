"""Pipelines come back whole, and steps that could hold code are refused."""

import json
import zipfile

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, StandardScaler
from torch import nn

from skdeepcluster import DEC, EAMC, Autoencoder, load, save
from skdeepcluster.compose import table_encoder
from skdeepcluster.datasets import make_mixed_table
from skdeepcluster.training.tensor_file import digest
from skdeepcluster.views import ViewImputer

io = pytest.importorskip("skops.io")
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

SHORT = {"hidden_layer_sizes": (8,), "max_iter": 1, "random_state": 0}
DEC_SHORT = DEC(3, pretrain_epochs=1, **SHORT)


class Own(nn.Module):
    """A user's encoder."""

    def __init__(self, n_features, n_components):
        super().__init__()
        self.linear = nn.Linear(n_features, n_components)

    def forward(self, x):
        return self.linear(x)


def own(values):
    return values


@pytest.fixture(scope="module")
def X():
    return np.random.RandomState(0).normal(size=(60, 8))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.safetensors"


def rewrite(path, change):
    """Forge a file: change its JSON and tensors, and make the digest fit again."""
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    content = json.loads(header["__metadata__"]["skdeepcluster"][64:])
    tensors = load_file(path)
    change(content, tensors)
    text = json.dumps(content)
    save_file(tensors, path, {"skdeepcluster": digest(tensors, text) + text})


def as_tensor(content):
    return torch.from_numpy(np.frombuffer(content, np.uint8).copy())


PIPELINES = {
    "scaler": make_pipeline(StandardScaler(), DEC_SHORT),
    "nested": make_pipeline(
        SimpleImputer(),
        "passthrough",
        make_pipeline(PCA(4), Autoencoder(n_components=3, **SHORT)),
        DEC_SHORT,
    ),
    "function of NumPy": make_pipeline(FunctionTransformer(np.tanh), DEC_SHORT),
    "views": make_pipeline(ViewImputer(), EAMC(3, **SHORT)),
    "embedding": make_pipeline(MinMaxScaler(), Autoencoder(**SHORT)).set_output(
        transform="pandas"
    ),
}


@pytest.mark.parametrize("pipeline", PIPELINES.values(), ids=PIPELINES)
def test_round_trip(pipeline, X, path):
    pipeline.fit(X)
    save(pipeline, path)
    back = load(path)
    assert repr(back) == repr(pipeline)
    found = back.transform(X)
    assert type(found) is type(pipeline.transform(X))
    np.testing.assert_array_equal(found, pipeline.transform(X))
    if hasattr(pipeline, "predict"):
        np.testing.assert_array_equal(back.predict(X), pipeline[-1].labels_)


def test_table_encoder_comes_with_the_file(path):
    frame, _ = make_mixed_table(100, n_clusters=3, random_state=0)
    pipeline = make_pipeline(table_encoder(), DEC_SHORT).fit(frame)
    save(pipeline, path)
    np.testing.assert_array_equal(load(path).predict(frame), pipeline[-1].labels_)


def test_loaded_pipeline_can_be_fitted_again(X, path):
    pipeline = make_pipeline(StandardScaler(), DEC_SHORT).fit(X)
    save(pipeline, path)
    np.testing.assert_array_equal(load(path).fit(X)[-1].labels_, pipeline[-1].labels_)


def test_own_encoder_is_given_by_the_name_of_its_step(X, path):
    model = DEC(3, encoder=Own, n_components=4, pretrain_epochs=1, max_iter=1)
    pipeline = make_pipeline(StandardScaler(), model).fit(X)
    save(pipeline, path)
    back = load(path, dec__encoder=Own)
    np.testing.assert_array_equal(back.predict(X), pipeline.predict(X))
    with pytest.raises(ValueError, match=r"own module at 'module.encoder'"):
        load(path)
    for name in ("encoder", "idec__encoder"):
        with pytest.raises(ValueError, match=r"names no parameter of a step.*'dec'"):
            load(path, **{name: Own})
    with pytest.raises(ValueError, match="'with_mean' is not needed"):
        load(path, standardscaler__with_mean=True, dec__encoder=Own)


def test_place_of_a_cache_does_not_come_with_a_file(X, path, tmp_path):
    pipeline = make_pipeline(
        StandardScaler(), DEC_SHORT, memory=str(tmp_path / "cache")
    )
    save(pipeline.fit(X), path)
    with pytest.warns(UserWarning, match="defaults: memory"):
        assert load(path).memory is None


def test_place_of_a_cache_inside_a_step(X, path, tmp_path):
    inner = make_pipeline(StandardScaler(), memory=str(tmp_path / "cache"))
    columns = ColumnTransformer([("all", inner, slice(0, 8))])
    pipeline = make_pipeline(columns, DEC_SHORT).fit(X)
    with pytest.raises(ValueError, match=r"set_params\(all__memory=None\)"):
        save(pipeline, path)
    columns.set_params(all__memory=None)
    save(make_pipeline(columns, DEC_SHORT).fit(X), path)
    columns.set_params(all__memory="./cache")
    forged = as_tensor(io.dumps(columns))
    rewrite(path, lambda content, tensors: tensors.update({"0/skops": forged}))
    with pytest.raises(ValueError, match="does not hold an estimator"):
        load(path)


def test_steps_that_are_code_are_refused(X, path):
    class Mine(StandardScaler):
        pass

    for step in (Mine(), FunctionTransformer(own), FunctionTransformer(lambda X: X)):
        pipeline = make_pipeline(step, DEC_SHORT).fit(X)
        with pytest.raises(TypeError, match=r"Step .* cannot be saved: .*pipe\[-1\]"):
            save(pipeline, path)
    assert not path.exists()


def test_other_pipelines_are_refused(X, path):
    class Mine(Pipeline):
        pass

    with pytest.raises(TypeError, match="and Pipelines, got"):
        save(Mine([("dec", DEC_SHORT)]).fit(X), path)
    with pytest.raises(NotFittedError):
        save(make_pipeline(StandardScaler().fit(X), DEC(3)), path)


def forged_steps():
    scaler = StandardScaler().fit(np.eye(8))
    return {
        "foreign class": io.dumps(FunctionTransformer(own)),
        "compressed": io.dumps(scaler, compression=zipfile.ZIP_DEFLATED),
        "no archive": b"0" * 100,
    }


@pytest.mark.parametrize("forged", forged_steps().values(), ids=forged_steps())
def test_forged_step(forged, X, path):
    save(make_pipeline(StandardScaler(), DEC_SHORT).fit(X), path)
    step = as_tensor(forged)
    rewrite(path, lambda content, tensors: tensors.update({"0/skops": step}))
    with pytest.raises(ValueError, match="does not hold an estimator"):
        load(path)


@pytest.mark.parametrize(
    "change",
    [
        {"steps": []},
        {"steps": [["a", {"class": "passthrough"}], ["a", {"class": "passthrough"}]]},
        {"steps": [["a", {"class": "os.system"}]]},
        {"settings": {}},
        {"code": ["steps"]},
        {"code": None},
    ],
    ids=str,
)
def test_forged_pipeline(change, X, path):
    save(make_pipeline(StandardScaler(), DEC_SHORT).fit(X), path)
    rewrite(path, lambda content, tensors: content.update(change))
    with pytest.raises(ValueError, match="does not hold an estimator"):
        load(path)


def test_damaged_step(X, path):
    save(make_pipeline(StandardScaler(), DEC_SHORT).fit(X), path)
    content = path.read_bytes()
    where = content.index(b"schema.json")
    path.write_bytes(content[:where] + b"X" + content[where + 1 :])
    with pytest.raises(ValueError, match="its digest does not match"):
        load(path)
