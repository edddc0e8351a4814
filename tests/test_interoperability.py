"""The places where people put estimators: frames, unions, searches, backends."""

import os
import subprocess
import sys

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pytest
import skorch
from scipy.sparse import csr_array
from sklearn import config_context
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.datasets import make_blobs
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    cross_val_score,
)
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils import estimator_html_repr

from skdeepcluster import DAC, EAMC, IDEC, Autoencoder
from skdeepcluster.metrics import (
    calinski_harabasz_scorer,
    davies_bouldin_scorer,
    silhouette_scorer,
)
from skdeepcluster.model_selection import stability_score
from skdeepcluster.profile import cluster_profile
from skdeepcluster.training import sources
from tests.instances import CHEAP, CHEAP_CLUSTERERS, is_clusterer, name_of, on_each

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*are empty"),
    # Two epochs of DM2C match nothing that could be trusted.
    pytest.mark.filterwarnings("ignore:.*match"),
]

every = on_each(CHEAP)
every_clusterer = on_each(CHEAP_CLUSTERERS)


@pytest.fixture(scope="module")
def blobs():
    return make_blobs(60, centers=3, n_features=6, random_state=0)


@pytest.fixture(scope="module")
def frame(blobs):
    frame = pd.DataFrame(blobs[0]).add_prefix("c")
    return frame.assign(city=np.array(["Ghent", "Lyon", "Turin"])[blobs[1]])


def quick(estimator, **params):
    estimator = clone(estimator).set_params(random_state=0, max_iter=2)
    if "pretrain_epochs" in estimator.get_params():
        estimator.set_params(pretrain_epochs=2)
    if is_clusterer(estimator):
        estimator.set_params(n_clusters=3)
    return estimator.set_params(**params)


def idec(**params):
    return quick(IDEC(3, hidden_layer_sizes=(8,)), **params)


@every
@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_frame_of_mixed_columns_through_a_column_transformer(estimator, frame, library):
    numbers = [c for c in frame if c != "city"]
    preprocess = ColumnTransformer(
        [
            ("lab", StandardScaler(), numbers),
            ("home", OneHotEncoder(sparse_output=False), ["city"]),
        ]
    )
    pipeline = make_pipeline(preprocess, quick(estimator))
    data = frame if library == "pandas" else pl.DataFrame(frame.to_dict("list"))
    out = pipeline.set_output(transform=library).fit(data).transform(data)
    assert type(out).__module__.split(".")[0] == library
    name = name_of(estimator).lower()
    assert list(out.columns) == [f"{name}{i}" for i in range(out.shape[1])]


def test_prefixes_of_a_column_transformer_are_views(frame):
    preprocess = ColumnTransformer(
        [
            ("lab", StandardScaler(), ["c0", "c1", "c2"]),
            ("home", OneHotEncoder(sparse_output=False), ["city"]),
        ]
    ).set_output(transform="pandas")
    eamc = quick(EAMC(3, views="prefix", hidden_layer_sizes=(8,), n_components=8))
    pipeline = make_pipeline(preprocess, eamc).fit(frame)
    assert list(pipeline[-1].views_) == ["lab", "home"]


def test_feature_union(blobs):
    union = FeatureUnion([("raw", StandardScaler()), ("deep", idec(n_components=4))])
    assert union.fit_transform(blobs[0]).shape == (60, 10)
    names = union.set_output(transform="pandas").fit_transform(blobs[0]).columns
    assert names[-1] == "deep__idec3"


@every
def test_embedding_before_a_classifier(estimator, blobs):
    pipeline = make_pipeline(StandardScaler(), quick(estimator), LogisticRegression())
    scores = cross_val_score(pipeline, *blobs, cv=3, error_score="raise")
    assert scores.mean() > 0.6


@every
def test_diagram(estimator):
    with config_context(display="diagram"):
        html = estimator_html_repr(make_pipeline(StandardScaler(), estimator))
    assert name_of(estimator) in html


@every_clusterer
@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_joblib_backends_give_the_same(estimator, backend, blobs):
    fitted = [quick(estimator, random_state=s).fit(blobs[0]) for s in (0, 1)]
    with joblib.parallel_config(backend=backend, n_jobs=2):
        labels = joblib.Parallel()(
            joblib.delayed(quick(estimator, random_state=s).fit_predict)(blobs[0])
            for s in (0, 1)
        )
    for found, expected in zip(labels, fitted, strict=True):
        np.testing.assert_array_equal(found, expected.labels_)


@pytest.mark.filterwarnings("ignore:.*n_samples")
def test_halving_search(blobs):
    search = HalvingGridSearchCV(
        idec(),
        {"gamma": [0.01, 0.1, 1.0]},
        scoring=silhouette_scorer,
        cv=2,
        min_resources=20,
        random_state=0,
        error_score="raise",
    ).fit(blobs[0])
    assert search.best_params_["gamma"] in (0.01, 0.1, 1.0)


def test_epochs_as_the_resource_of_a_halving_search(blobs):
    search = HalvingGridSearchCV(
        idec(tol=0),
        {"gamma": [0.01, 0.1, 1.0]},
        scoring=silhouette_scorer,
        cv=2,
        resource="max_iter",
        min_resources=1,
        max_resources=9,
        random_state=0,
        error_score="raise",
    ).fit(blobs[0])
    assert search.n_resources_ == [1, 3]
    assert search.best_estimator_.n_iter_ == 3


class Writer:
    """What skorch's TensorBoard callback asks of a SummaryWriter."""

    def __init__(self):
        self.scalars = []

    def add_scalar(self, tag, scalar_value, global_step):
        self.scalars.append((tag, global_step))

    def close(self):
        pass


def test_tensorboard(blobs):
    writer = Writer()
    board = pytest.importorskip("skorch.callbacks").TensorBoard(writer)
    ae = Autoencoder(n_components=2, hidden_layer_sizes=(8,), max_iter=2)
    ae.set_params(callbacks=[board]).fit(blobs[0])
    assert ("Loss/train_loss", 2) in writer.scalars


def test_early_stopping_and_schedules_of_skorch(blobs):
    stop = skorch.callbacks.EarlyStopping("train_loss", patience=3, threshold=1e9)
    schedule = skorch.callbacks.LRScheduler("ExponentialLR", gamma=0.5)
    params = {"callbacks": [stop, schedule], "max_iter": 50}
    fitted = Autoencoder(n_components=2, hidden_layer_sizes=(8,), **params)
    assert fitted.fit(blobs[0]).n_iter_ == 4  # one to compare, three of patience
    fitted.set_params(callbacks=[skorch.callbacks.EarlyStopping()])
    with pytest.raises(ValueError, match="use monitor='train_loss'"):
        fitted.fit(blobs[0])


def test_progress_bar_of_a_search(blobs, capsys):
    callback = pytest.importorskip("sklearn.callback", reason="scikit-learn >= 1.9")
    search = GridSearchCV(
        idec(), {"gamma": [0.1, 1.0]}, scoring=silhouette_scorer, cv=2
    )
    search.set_callbacks(callback.ProgressBar()).fit(blobs[0])
    assert "GridSearchCV" in capsys.readouterr().out


THREADS = """
import os
import numpy as np
import torch
from sklearn.model_selection import GridSearchCV
from skdeepcluster import IDEC

def threads(fitted, X, y=None):
    return torch.get_num_threads()

X = np.random.RandomState(0).normal(size=(60, 4))
idec = IDEC(3, hidden_layer_sizes=(8,), pretrain_epochs=1, max_iter=1)
search = GridSearchCV(idec, {"gamma": [0.1, 0.2]}, scoring=threads, cv=2, n_jobs=2)
print(search.fit(X).cv_results_["mean_test_score"].max() * 2 <= os.cpu_count())
"""


@pytest.mark.slow
@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="needs two cores to share")
def test_workers_of_a_search_share_the_cores():
    """This process is held to one thread, so the search runs in another."""
    environment = {k: v for k, v in os.environ.items() if "NUM_THREADS" not in k}
    run = [sys.executable, "-W", "ignore", "-c", THREADS]
    assert subprocess.check_output(run, env=environment, text=True) == "True\n"


def in_hdf5(X, folder):
    h5py = pytest.importorskip("h5py")
    return h5py.File(folder / "X.h5", "w").create_dataset("X", data=X, chunks=(50, 6))


def in_zarr(X, folder):
    zarr = pytest.importorskip("zarr")
    options = {"shape": X.shape, "dtype": "f4", "chunks": (50, 6)}
    stored = zarr.create_array(folder / "X.zarr", **options)
    stored[:] = X
    return stored


def in_dask(X, folder):
    return pytest.importorskip("dask.array").from_array(X, chunks=(50, 6))


def in_anndata(X, folder):
    anndata = pytest.importorskip("anndata")
    anndata.AnnData(X).write_h5ad(folder / "X.h5ad")
    return anndata.read_h5ad(folder / "X.h5ad", backed="r").X


def in_hugging_face(X, folder):
    datasets = pytest.importorskip("datasets")
    data = datasets.Dataset.from_pandas(pd.DataFrame(X).add_prefix("c"))
    with pytest.raises(TypeError, match="Dataset of Hugging Face"):
        idec().fit(data)
    data.to_parquet(str(folder / "0.parquet"))
    return pytest.importorskip("pyarrow.dataset").dataset(folder)


@pytest.mark.parametrize(
    "stored", [in_hdf5, in_zarr, in_dask, in_anndata, in_hugging_face]
)
@pytest.mark.filterwarnings("ignore::FutureWarning")  # of these packages
def test_tables_in_files(stored, tmp_path, monkeypatch):
    X = make_blobs(300, 6, centers=3, random_state=0)[0].astype(np.float32)
    idec = quick(IDEC(3), batch_size=300)
    expected = clone(idec).fit(X)
    table = stored(X, tmp_path)
    for large in (4 * X.size, 4 * X.size - 1):  # read at once, and in blocks
        monkeypatch.setattr(sources, "LARGE_FILE", large)
        given = clone(idec).fit(table)
        np.testing.assert_array_equal(given.labels_, expected.labels_)
        np.testing.assert_array_equal(given.predict(table), expected.labels_)


@pytest.mark.usefixtures("short_fits")
@pytest.mark.filterwarnings("ignore")
def test_sparse_rows_in_searches_and_scorers():
    X = csr_array(np.maximum(make_blobs(90, 6, centers=3, random_state=0)[0], 0))
    pipe = make_pipeline(StandardScaler(with_mean=False), DAC(3))
    search = GridSearchCV(pipe, {"dac__n_clusters": [2, 3]}, scoring=silhouette_scorer)
    assert np.isfinite(search.fit(X).cv_results_["mean_test_score"]).all()
    for scorer in (silhouette_scorer, calinski_harabasz_scorer, davies_bouldin_scorer):
        dense = scorer(search.best_estimator_, X.toarray())
        assert scorer(search.best_estimator_, X) == pytest.approx(dense)
    assert 0 <= stability_score(pipe, X) <= 1
    profile = cluster_profile(search.best_estimator_, X)
    assert profile["cluster", "size"].sum() == 2 * 90  # the last row is all rows
