"""What every estimator promises, checked on one table of instances."""

import inspect
import os
import pickle
import re
import subprocess
import sys
import textwrap
import warnings

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse
import skorch
import torch
from sklearn.base import BaseEstimator, clone
from sklearn.datasets import make_blobs
from sklearn.exceptions import NotFittedError
from sklearn.metrics import adjusted_rand_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import estimator_checks

from skdeepcluster.metrics import (
    calinski_harabasz_scorer,
    davies_bouldin_scorer,
    silhouette_scorer,
)
from skdeepcluster.testing import CLUSTERER_CHECKS, ESTIMATOR_CHECKS
from skdeepcluster.testing import shortened as quick
from skdeepcluster.training import sources
from tests.instances import (
    BARE,
    BARE_CLUSTERERS,
    CHEAP,
    CHEAP_CLUSTERERS,
    FAMILIES,
    LONG,
    SHORT,
    SHORT_OF_LONG,
    compares_rows,
    is_clusterer,
    many_seeds,
    name_of,
    on_each,
    takes_views,
)
from tests.tables import Slices

# Three epochs may leave a cluster without a row, and are few for good clusters; some
# tests have one view.
pytestmark = pytest.mark.filterwarnings(
    "ignore:.*are empty",
    "ignore:k-means on X keeps nearest",
    "ignore:DCCA relates views to each other",
)

every = on_each(CHEAP)
every_clusterer = on_each(CHEAP_CLUSTERERS)


def tries_all(estimator):
    """Whether long checks of what all share are not left to the slow tests."""
    return name_of(estimator) == "IDEC"


STRING_SCORERS = [
    "adjusted_mutual_info_score",
    "adjusted_rand_score",
    "completeness_score",
    "fowlkes_mallows_score",
    "homogeneity_score",
    "mutual_info_score",
    "normalized_mutual_info_score",
    "rand_score",
    "v_measure_score",
]


def one_view(estimator):
    """Parameters under which all columns go to one encoder."""
    return {"views": 1} if takes_views(estimator) else {}


def never_converge(estimator):
    """Parameters that make every stage train to ``max_iter``."""
    parameters = {"tol": 0, "refine": False}
    return {name: v for name, v in parameters.items() if hasattr(estimator, name)}


def result(estimator, X):
    """What a fit has found, for comparisons bit for bit."""
    return (
        estimator.labels_ if hasattr(estimator, "labels_") else estimator.transform(X)
    )


# -- the checks of skdeepcluster.testing -----------------------------------------------


@every
@pytest.mark.parametrize("check", CLUSTERER_CHECKS, ids=lambda check: check.__name__)
def test_own_checks(estimator, check):
    if check not in ESTIMATOR_CHECKS and not is_clusterer(estimator):
        pytest.skip("for clusterers")
    check(estimator)


# -- scikit-learn's own checks ---------------------------------------------------------


def checks_of(estimator, marks=()):
    """All but those of sparse rows, which are slow, for most estimators."""
    for each, check in estimator_checks.estimator_checks_generator(estimator):
        name = check.func.__name__
        if "sparse" not in name or tries_all(estimator):
            id_ = f"{name_of(estimator)}-{name}"
            yield pytest.param(each, check, marks=marks, id=id_)


@pytest.mark.parametrize(
    ("estimator", "check"),
    [
        *(pair for e in SHORT for pair in checks_of(e)),
        *(pair for e in SHORT_OF_LONG for pair in checks_of(e, pytest.mark.slow)),
    ],
)
@pytest.mark.filterwarnings("default")
def test_sklearn_checks(estimator, check):
    check(estimator)


@pytest.mark.slow
@pytest.mark.parametrize(
    "estimator", [e for e in BARE if not isinstance(e, LONG)], ids=name_of
)
def test_sklearn_checks_on_bare_defaults(estimator):
    """All, and none skipped: the variable adds the check of the array API."""
    code = f"""
        from sklearn.utils.estimator_checks import check_estimator
        from skdeepcluster import {name_of(estimator)} as Method
        statuses = {{r["status"] for r in check_estimator(Method(), on_skip=None)}}
        assert statuses == {{"passed"}}, statuses
    """
    run_python(code, SCIPY_ARRAY_API="1")


@pytest.mark.parametrize(
    "estimator",
    [pytest.param(e, marks=[] if tries_all(e) else [pytest.mark.slow]) for e in CHEAP],
    ids=name_of,
)
@pytest.mark.filterwarnings("ignore:.*valid feature names.*", "ignore:.*has feature")
@pytest.mark.parametrize(
    "check",
    [
        estimator_checks.check_param_validation,
        estimator_checks.check_set_output_transform,
        estimator_checks.check_set_output_transform_pandas,
        estimator_checks.check_set_output_transform_polars,
        estimator_checks.check_global_output_transform_pandas,
        estimator_checks.check_global_set_output_transform_polars,
        estimator_checks.check_transformer_get_feature_names_out,
        estimator_checks.check_transformer_get_feature_names_out_pandas,
        estimator_checks.check_dataframe_column_names_consistency,
    ],
    ids=lambda check: check.__name__,
)
def test_sklearn_checks_that_check_estimator_leaves_out(estimator, check):
    check(name_of(estimator), quick(estimator))


# -- quality that no method may miss -----------------------------------------------


def fit_blobs(estimator, seed):
    """scikit-learn's check_clustering, at a seed of choice."""
    X, y = make_blobs(n_samples=50, random_state=1)
    X = StandardScaler().fit_transform(X)
    estimator = clone(estimator).set_params(n_clusters=3, random_state=seed)
    labels = estimator.fit_predict(X)
    np.testing.assert_array_equal(np.unique(labels), np.arange(3))
    assert adjusted_rand_score(y, labels) > 0.4


@every_clusterer
@pytest.mark.parametrize("seed", many_seeds(10, 1))
def test_blobs(estimator, seed):
    fit_blobs(estimator, seed)


@pytest.mark.slow
@pytest.mark.parametrize("estimator", BARE, ids=name_of)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_rows_do_not_depend_on_their_batch_at_default_widths(estimator, blobs):
    """Bit for bit; processors multiply small tables in several ways."""
    X = blobs[0].astype(np.float32)
    fitted = quick(estimator).fit(X)
    whole = fitted.transform(X)
    for size in (1, 2, 7, 33):
        parts = [fitted.transform(X[i : i + size]) for i in range(0, len(X), size)]
        np.testing.assert_array_equal(np.concatenate(parts), whole, f"{size} rows")


@pytest.mark.slow
@pytest.mark.parametrize("estimator", BARE_CLUSTERERS, ids=name_of)
@pytest.mark.parametrize("seed", range(2))
def test_blobs_on_bare_defaults(estimator, seed):
    fit_blobs(estimator, seed)


@every_clusterer
@pytest.mark.parametrize(
    ("factor", "offset"), [(1e-4, 3), pytest.param(1e5, 0, marks=pytest.mark.slow)]
)
def test_units_and_origins(estimator, factor, offset, blobs):
    X, y = blobs
    estimator = clone(estimator).set_params(n_clusters=3, random_state=0)
    labels = estimator.fit_predict(factor * X + offset)
    assert adjusted_rand_score(y, labels) > 0.9


@every
@pytest.mark.parametrize(
    "unit", [2.0**-100, pytest.param(2.0**100, marks=pytest.mark.slow)]
)
def test_tiny_and_huge_units_change_nothing(estimator, unit, blobs):
    """Powers of two, which change no digit: 1e-30 and 1e30."""
    X = blobs[0].astype(np.float32)
    given = X * np.float32(unit)
    expected, fitted = quick(estimator).fit(X), quick(estimator).fit(given)
    np.testing.assert_array_equal(fitted.transform(given), expected.transform(X))
    np.testing.assert_array_equal(result(fitted, given), result(expected, X))


# -- fits that follow on each other ----------------------------------------------------


@every
def test_refit_on_another_table_is_a_first_fit(estimator, blobs):
    X, y = blobs
    other = X[10:100, 1:5]
    fitted = quick(estimator).fit(X, y).fit(pd.DataFrame(other)).fit(other)
    expected = quick(estimator).fit(other)
    assert fitted.n_features_in_ == 4
    np.testing.assert_array_equal(fitted.transform(other), expected.transform(other))
    assert vars(fitted).keys() == vars(expected).keys()


def test_labels_that_are_given_do_not_matter(blobs):
    X, y = blobs
    idec = next(e for e in CHEAP if name_of(e) == "IDEC")
    expected = quick(idec).fit(X).transform(X)
    for given in (y, y[::-1], ["a"] * len(X), np.full(len(X), np.nan)):
        np.testing.assert_array_equal(quick(idec).fit(X, given).transform(X), expected)


@every
def test_parameters_set_after_the_fit_wait_for_the_next(estimator, blobs):
    X, _ = blobs
    fitted = quick(estimator).fit(X)
    Z, found = fitted.transform(X), result(fitted, X)
    changes = {"n_clusters": 5, "n_components": 7, "views": 3, "batch_size": 16}
    names = fitted.get_params()
    fitted.set_params(**{k: v for k, v in changes.items() if k in names})
    np.testing.assert_array_equal(fitted.transform(X), Z)
    if is_clusterer(fitted):
        np.testing.assert_array_equal(fitted.predict(X), found)
    if name_of(fitted) == "NeighborClustering":  # has views, or has none
        np.testing.assert_array_equal(fitted.set_params(views=None).transform(X), Z)


# -- randomness ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "kinds",
    [FAMILIES, pytest.param(BaseEstimator, marks=pytest.mark.slow)],
    ids=["families", "all"],
)
def test_same_seed_same_result_in_another_process(kinds, blobs, tmp_path):
    """One process for all: most of the time is its imports."""
    X, _ = blobs
    np.save(tmp_path / "X.npy", X)
    estimators = [quick(e) for e in CHEAP if isinstance(e, kinds)]
    calls = [f"{name_of(e)}(**{e.get_params()!r})" for e in estimators]
    code = f"""
        import numpy as np
        from skdeepcluster import *
        X = np.load({str(tmp_path / "X.npy")!r})
        found = [e.fit(X).transform(X) for e in [{", ".join(calls)}]]
        np.savez({str(tmp_path / "found.npz")!r}, *found)
    """
    run_python(code, OMP_NUM_THREADS=str(torch.get_num_threads()))
    with np.load(tmp_path / "found.npz") as found:
        for estimator, Z in zip(estimators, found.values(), strict=True):
            expected = estimator.fit(X).transform(X)
            np.testing.assert_array_equal(Z, expected, name_of(estimator))


def run_python(code, **environment):
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(code)],
        check=True,
        env={**os.environ, **environment},
    )


@pytest.fixture(params=["float64", "meta"])
def unusual_default(request):
    """A default dtype or device that someone has set."""
    if request.param == "meta":
        torch.set_default_device("meta")
        yield torch.get_default_device
        torch.set_default_device(None)
    else:
        torch.set_default_dtype(torch.float64)
        yield torch.get_default_dtype
        torch.set_default_dtype(torch.float32)


@every
@pytest.mark.filterwarnings("ignore")  # two epochs are too short
def test_defaults_of_torch_do_not_matter(estimator, blobs, unusual_default):
    X, _ = blobs
    epochs = {"max_iter": 2, "pretrain_epochs": 2}
    params = {k: v for k, v in epochs.items() if k in estimator.get_params()}
    model = clone(estimator).set_params(random_state=0, **params)
    before = unusual_default()
    Z, score = model.fit(X).transform(X), model.score(X)
    assert unusual_default() == before
    torch.set_default_device(None)
    torch.set_default_dtype(torch.float32)
    expected = clone(model).fit(X)
    np.testing.assert_array_equal(Z, expected.transform(X))
    assert score == expected.score(X)


# -- data in -------------------------------------------------------------------------


@every
@pytest.mark.parametrize("library", [pd, pl], ids=lambda library: library.__name__)
def test_data_frames_give_the_same_result(estimator, library, blobs):
    X = blobs[0].astype(np.float32)
    frame = library.DataFrame({f"c{i}": column for i, column in enumerate(X.T)})
    expected = quick(estimator).fit(X).transform(X)
    found = quick(estimator).fit(frame).transform(frame)
    np.testing.assert_array_equal(found, expected)


@every
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_memory_map_gives_the_same_result(estimator, dtype, blobs, tmp_path):
    X = blobs[0].astype(np.float32)
    mapped = np.memmap(tmp_path / "X", dtype, "w+", shape=X.shape)
    mapped[:] = X
    mapped = np.memmap(tmp_path / "X", dtype, "r", shape=X.shape)
    expected = quick(estimator).fit(X)
    given = quick(estimator).fit(mapped)
    np.testing.assert_array_equal(given.transform(mapped), expected.transform(X))


@every
@pytest.mark.parametrize("kind", ["csr_array", "csc_matrix", "dok_array"])
def test_sparse_rows_give_the_same_result(estimator, kind, blobs):
    X = np.maximum(blobs[0], 0)
    X[[3, 70]] *= 1e3 if name_of(estimator) != "DM2C" else 1
    sparse = getattr(scipy.sparse, kind)(X)
    before = sparse.copy()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*extreme.*")
        expected = quick(estimator).fit(X)
        given = quick(estimator).fit(sparse)
    assert abs(sparse - before).nnz == 0
    np.testing.assert_array_equal(given.transform(sparse), expected.transform(X))
    assert given.score(sparse) == pytest.approx(expected.score(X), rel=1e-5)
    if is_clusterer(estimator):
        np.testing.assert_array_equal(given.labels_, expected.labels_)
        np.testing.assert_array_equal(given.predict(sparse), given.labels_)
        with pytest.raises(TypeError, match=r"not take sparse rows.*X\.toarray\(\)"):
            given.predict_proba(sparse)
        rows = given.predict_proba(sparse.toarray())
        np.testing.assert_array_equal(rows.argmax(1), given.labels_)
        np.testing.assert_array_equal(
            given.outlier_score(sparse), expected.outlier_score(X)
        )


@every
def test_slices_give_the_same_result(estimator, blobs, monkeypatch):
    """A table of another library is read in blocks if it is large."""
    X = blobs[0].astype(np.float32)
    slices = Slices(X)
    expected = quick(estimator, batch_size=len(X)).fit(X).transform(X)
    monkeypatch.setattr(sources, "LARGE_FILE", 4 * X.size - 1)
    given = quick(estimator, batch_size=len(X)).fit(slices)
    assert given.n_features_in_ == X.shape[1]
    np.testing.assert_allclose(given.transform(slices), expected, atol=1e-5)
    with pytest.raises(ValueError, match="expecting 6 features"):
        given.transform(Slices(np.ones((100, 7))))


@every
def test_data_frame_in_names_out(estimator, blobs):
    X = pd.DataFrame(blobs[0], columns=[f"col{i}" for i in range(6)])
    fitted = quick(estimator, n_components=2).fit(X)
    names = [f"{name_of(estimator).lower()}{i}" for i in range(2)]
    assert list(fitted.feature_names_in_) == list(X.columns)
    assert list(fitted.get_feature_names_out()) == names
    for container, kind in (("pandas", pd.DataFrame), ("polars", pl.DataFrame)):
        out = fitted.set_output(transform=container).transform(X)
        assert isinstance(out, kind)
        assert list(out.columns) == names


# -- the fitted model ------------------------------------------------------------------


@every
def test_max_iter_is_the_number_of_epochs(estimator, blobs):
    fitted = quick(estimator, **never_converge(estimator)).fit(blobs[0])
    last = [row["epoch"] for row in fitted.history_ if row["stage"] == "map"]
    if last and fitted.history_[0]["stage"] == "views":  # weighed by one of them
        assert fitted.n_iter_ == last[-1] == 2
    else:
        assert fitted.n_iter_ == fitted.history_[-1]["epoch"] == 3


@every
def test_score_of_what_is_not_fitted_or_too_large(estimator, blobs):
    X = blobs[0].copy()
    with pytest.raises(NotFittedError):
        quick(estimator).score(X)
    fitted = quick(estimator).fit(X)
    X[3, 0] = 1e39
    with pytest.raises(ValueError, match="too large"):
        fitted.score(X)


@every
def test_joblib_keeps_results_bit_for_bit(estimator, blobs, tmp_path):
    X, _ = blobs
    fitted = quick(estimator).fit(X)
    joblib.dump(fitted, tmp_path / "model.joblib")
    copy = joblib.load(tmp_path / "model.joblib")
    np.testing.assert_array_equal(copy.transform(X), fitted.transform(X))
    np.testing.assert_array_equal(result(copy, X), result(fitted, X))


@every
def test_pickle_holds_the_weights_and_little_more(estimator, digits):
    X = digits[0][:600]
    fitted = quick(estimator).fit(X)
    weights = sum(p.nbytes for p in fitted.module_.state_dict().values())
    kept = getattr(fitted, "embedding_sample_", np.empty(0)).nbytes
    # Labels of eight bytes a row, those of single views of two.
    assert len(pickle.dumps(fitted)) < weights + kept + 12 * len(X) + 30_000


@every
def test_state_is_moved_to_the_cpu(estimator, blobs):
    """A stand-in device shows it where there is no GPU."""
    fitted = quick(estimator).fit(blobs[0])
    fitted.module_.to("meta")
    with pytest.raises(NotImplementedError, match="[Mm]eta"):
        pickle.dumps(fitted)  # leaving "meta" is impossible; staying there is not


@every
def test_failed_fit_on_a_frame_leaves_no_names(estimator, blobs):
    X, _ = blobs
    fitted = quick(estimator).fit(X)
    fitted.set_params(learning_rate=1e30, max_iter=20)
    with pytest.raises(FloatingPointError):
        fitted.fit(pd.DataFrame(X).add_prefix("c"))
    assert not hasattr(fitted, "feature_names_in_")


@every
def test_callback_that_fails_at_the_very_end_keeps_the_previous_fit(estimator, blobs):
    pytest.importorskip("sklearn.callback", reason="scikit-learn >= 1.9")
    X, _ = blobs
    fitted = quick(estimator).fit(X)
    expected = fitted.transform(X)

    class Fails(Recorder):
        def on_fit_task_end(self, estimator, context):
            if context.task_name == "fit":
                raise RuntimeError("at the end")

    with pytest.raises(RuntimeError, match="at the end"):
        fitted.set_callbacks(Fails()).fit(X[:, :4])
    np.testing.assert_array_equal(fitted.transform(X), expected)


@every
def test_pickle_leaves_what_callbacks_gathered_behind(estimator, blobs):
    scheduler = skorch.callbacks.LRScheduler("StepLR", step_size=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = quick(estimator, callbacks=[scheduler]).fit(blobs[0])
    assert hasattr(scheduler, "lr_scheduler_")
    copied = pickle.loads(pickle.dumps(fitted)).callbacks[0]
    assert not hasattr(copied, "lr_scheduler_")


@every
def test_gradients_are_not_kept(estimator, blobs):
    fitted = quick(estimator).fit(blobs[0])
    assert all(p.grad is None for p in fitted.module_.parameters())


@every
def test_clone_forgets_the_fit(estimator, blobs):
    fitted = quick(estimator).fit(blobs[0])
    copy = clone(fitted)
    assert copy.get_params() == fitted.get_params()
    with pytest.raises(NotFittedError):
        copy.transform(blobs[0])


# -- silence and callbacks -------------------------------------------------------------


@every
def test_skorch_callback_stops_the_stage(estimator, blobs):
    class StopAfterTwo(skorch.callbacks.Callback):
        def on_epoch_end(self, net, **kwargs):
            assert np.isfinite(net.history[-1, "train_loss"])
            if len(net.history) == 2:
                raise KeyboardInterrupt

    params = {"callbacks": [StopAfterTwo()], **never_converge(estimator)}
    fitted = quick(estimator, **params).fit(blobs[0])
    epochs = [row["epoch"] for row in fitted.history_]
    assert max(epochs) == 2
    assert fitted.n_iter_ == 2


class Recorder:
    """A scikit-learn callback that counts, and stops where it is told."""

    def __init__(self, stop=None):
        self.stop = stop
        self.ended = []

    def setup(self, estimator, context):
        self.ended = []

    def teardown(self, estimator, context):
        self.ended.append("teardown")

    def on_fit_task_begin(self, estimator, context):
        pass

    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        if fitted_estimator is not None and hasattr(fitted_estimator, "predict"):
            fitted_estimator.predict(self.X)
        self.ended.append(context.task_name)
        return context.task_name == self.stop


@every
def test_sklearn_callbacks(estimator, blobs):
    pytest.importorskip("sklearn.callback", reason="scikit-learn >= 1.9")
    X, _ = blobs
    params = never_converge(estimator)

    def fit(stop):
        recorder = Recorder(stop)
        recorder.X = X
        fitted = quick(estimator, **params).set_callbacks(recorder).fit(X)
        return fitted, recorder.ended

    fitted, ended = fit(stop=None)
    n_stages = len({row["stage"] for row in fitted.history_})
    assert ended.count("epoch") == len(fitted.history_) >= 3
    assert ended[-2:] == ["fit", "teardown"]
    # A stop request of an epoch ends its stage, one of a stage the stages.
    fitted, ended = fit(stop="epoch")
    assert ended.count("epoch") == n_stages
    assert fitted.n_iter_ == 1
    fitted, ended = fit(stop="pretrain")
    assert ended.count("epoch") == 3
    assert result(fitted, X).shape[0] == len(X)


@every
def test_score_monitor_sees_frames_and_changes_nothing(estimator, blobs):
    callback = pytest.importorskip("sklearn.callback", reason="scikit-learn >= 1.9")
    X = pd.DataFrame(blobs[0]).add_prefix("c")
    encoder = torch.nn.Sequential(
        torch.nn.Linear(6, 8), torch.nn.BatchNorm1d(8), torch.nn.Linear(8, 6)
    )
    params = {"encoder": encoder, "n_components": 6}
    params |= {**never_converge(estimator), **one_view(estimator)}
    if name_of(estimator) == "DSSEC":
        params["sparse_layers"] = "embedding"
    plain = quick(estimator, **params).fit(X, blobs[1])
    monitor = callback.ScoringMonitor(scoring="adjusted_rand_score")
    if not is_clusterer(estimator):
        monitor = callback.ScoringMonitor(scoring=lambda e, X, y: {"s": e.score(X)})
    watched = quick(estimator, **params).set_callbacks(monitor).fit(X, blobs[1])
    np.testing.assert_array_equal(watched.transform(X), plain.transform(X))


@every
def test_progress_bar(estimator, blobs, capsys):
    callback = pytest.importorskip("sklearn.callback", reason="scikit-learn >= 1.9")
    quick(estimator).set_callbacks(callback.ProgressBar()).fit(blobs[0])
    assert name_of(estimator) in capsys.readouterr().out


# -- meta-estimators -------------------------------------------------------------------


@every_clusterer
def test_grid_search_in_parallel_with_all_scorers(estimator, blobs):
    X, y = blobs
    scoring = {name: name for name in STRING_SCORERS} | {
        "silhouette": silhouette_scorer,
        "calinski_harabasz": calinski_harabasz_scorer,
        "davies_bouldin": davies_bouldin_scorer,
    }
    pipeline = make_pipeline(StandardScaler(), quick(estimator))
    step = pipeline.steps[-1][0]
    grid = GridSearchCV(
        pipeline,
        {f"{step}__n_clusters": [2, 3]},
        scoring=scoring,
        refit="silhouette",
        cv=2,
        n_jobs=2,
        error_score="raise",
    ).fit(X, y)
    for name in scoring:
        assert np.isfinite(grid.cv_results_[f"mean_test_{name}"]).all(), name
    assert grid.predict(X).shape == y.shape


# -- bad input -------------------------------------------------------------------------


@every
@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ({"image_shape": (1, 2, 2)}, ValueError, "image_shape"),
        ({"image_shape": (2, 3)}, ValueError, "image_shape"),
        ({"image_shape": (-1, -2, 3)}, ValueError, "image_shape"),
        ({"image_shape": (1, 2.0, 3.0)}, ValueError, "image_shape"),
        ({"augmentation": "affine"}, ValueError, "needs image_shape"),
        ({"precision": "float16"}, ValueError, "precision"),
        ({"device": "warp"}, ValueError, "device='warp'"),
        ({"batch_size": 0}, ValueError, "batch_size"),
        ({"learning_rate": 0.0}, ValueError, "learning_rate"),
        ({"hidden_layer_sizes": (8, 0)}, ValueError, "hidden_layer_sizes"),
        ({"n_components": 0}, ValueError, "n_components"),
        ({"encoder": torch.nn.Linear(6, 4)}, ValueError, r"shape \(2, 4\)"),
        ({"encoder": torch.nn.Linear(5, 6)}, ValueError, "cannot take"),
        ({"encoder": torch.nn.Bilinear(6, 6, 6)}, ValueError, "cannot take"),
        ({"encoder": torch.nn.LSTM(6, 6)}, ValueError, "tuple"),
        ({"augmentation": lambda x, g: x[:, :3]}, ValueError, r"shape \(\d+, 3\)"),
        ({"callbacks": [object()]}, TypeError, "skorch callbacks"),
        ({"device": "meta"}, ValueError, "device='meta'"),
        ({"encoder": lambda d, p: "net"}, TypeError, "returns one"),
        ({"encoder": StandardScaler()}, ValueError, "not a fitted Autoencoder"),
        ({"callbacks": "loud"}, ValueError, "callbacks"),
        ({"random_state": "dice"}, ValueError, "random_state"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
def test_bad_parameters(estimator, params, error, message, blobs):
    if not params.keys() <= estimator.get_params().keys():
        pytest.skip(f"{name_of(estimator)} has no such parameter")
    if takes_views(estimator) and "a fitted Autoencoder" in message:
        message = "'encoder' parameter"
    estimator = quick(estimator, **one_view(estimator), **params)
    with pytest.raises(error, match=message):
        estimator.fit(blobs[0])
    assert not hasattr(estimator, "module_")
    assert not hasattr(estimator, "n_features_in_")


@every
def test_bad_data(estimator, blobs):
    X = blobs[0].copy()
    for value, message in ((np.nan, "NaN"), (np.inf, "infinity")):
        broken = X.copy()
        broken[3, 2:] = value
        if takes_views(estimator) and message == "NaN":
            broken[3], message = value, "Row 3 of X has no view"
        with pytest.raises(ValueError, match=message):
            quick(estimator).fit(broken)
    with pytest.raises(ValueError, match="image_shape="):
        quick(estimator).fit(X.reshape(-1, 1, 2, 3))
    with pytest.raises(ValueError, match="too large"):
        quick(estimator).fit(X * 1e200)
    fitted = quick(estimator).fit(X)
    with pytest.raises(ValueError, match="5 features"):
        fitted.transform(X[:, :5])


@every
def test_values_that_overflow_after_the_fit(estimator, blobs):
    X = blobs[0].copy()
    fitted = quick(estimator).fit(X)
    X[3, 0] = 1e39
    with pytest.raises(ValueError, match="Row 3 of X .* too large for float32"):
        fitted.transform(X)


@every
@pytest.mark.filterwarnings("ignore:Number of distinct clusters")
def test_columns_that_lose_their_digits(estimator, blobs):
    X = blobs[0].copy()
    X[:, 1] += 1.7e9  # seconds since 1970
    with pytest.warns(UserWarning, match="column 1 of X are so far from zero"):
        quick(estimator).fit(X)


@every
def test_half_precision_tensors(estimator, blobs):
    X = torch.from_numpy(blobs[0]).bfloat16()
    fitted = quick(estimator).fit(X)
    np.testing.assert_array_equal(fitted.transform(X), fitted.transform(X.float()))


@every_clusterer
def test_batches_of_one_row(estimator, blobs):
    estimator = quick(estimator, batch_size=1)
    if compares_rows(estimator):
        with pytest.raises(ValueError, match="batch_size=1 is not enough"):
            estimator.fit(blobs[0][:30])
    else:
        estimator.fit(blobs[0][:30])


@every_clusterer
def test_fewer_rows_than_clusters(estimator, blobs):
    with pytest.raises(ValueError, match="n_samples=2 should be >= n_clusters=3"):
        quick(estimator).fit(blobs[0][:2])


@every
def test_loss_that_is_not_finite(estimator, blobs):
    with pytest.raises(FloatingPointError, match=r"stage '\w+', epoch \d"):
        quick(estimator, learning_rate=1e30, max_iter=20).fit(blobs[0])


@every
def test_last_step_that_breaks_the_weights(estimator, blobs):
    params = {"learning_rate": 1e38, "max_iter": 1, "batch_size": 256}
    with pytest.raises(FloatingPointError, match=r"stage '\w+', epoch \d"):
        quick(estimator, **params).fit(blobs[0])


@every
@pytest.mark.filterwarnings("ignore:View .* is constant")
def test_tiny_and_constant_tables(estimator):
    params = {"n_clusters": 1} if is_clusterer(estimator) else {}
    params |= one_view(estimator)
    for X in (np.zeros((10, 3)), np.ones((10, 3)), np.eye(4)[:3], np.ones((2, 1))):
        fitted = quick(estimator, **params).fit(X)
        Z = fitted.transform(X)
        # Equal rows lie at one point.
        _, first, inverse = np.unique(X, axis=0, return_index=True, return_inverse=True)
        np.testing.assert_array_equal(Z, Z[first][inverse.ravel()])
        if is_clusterer(estimator):
            np.testing.assert_array_equal(fitted.predict_proba(X), 1)
    if compares_rows(estimator):
        with pytest.raises(ValueError, match="n_samples=1 is not enough"):
            quick(estimator, **params).fit(np.ones((1, 1)))
    else:
        quick(estimator, **params).fit(np.ones((1, 1)))


@every
def test_only_the_number_of_clusters_is_positional(estimator):
    parameters = inspect.signature(type(estimator)).parameters.values()
    positional = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    assert positional == (["n_clusters"] if is_clusterer(estimator) else [])


@every
def test_every_parameter_and_attribute_is_documented(estimator, blobs):
    sections = type(estimator).__doc__.split("See Also")[0]
    described = re.findall(r"^(\w+) : ", sections, re.MULTILINE)
    parameters = set(inspect.signature(type(estimator)).parameters)
    fitted = quick(estimator).fit(pd.DataFrame(blobs[0]).add_prefix("c"))
    names = {*vars(fitted)}
    if hasattr(estimator, "views"):  # one table has no attributes of views
        names |= {*vars(quick(estimator, views=2).fit(blobs[0]))}
    if name_of(estimator) == "NeighborClustering":  # and views have none of one table
        names |= {*vars(quick(estimator, views=None).fit(blobs[0]))}
    attributes = {name for name in names if re.fullmatch(r"[a-z]\w*_", name)}
    assert sorted(described) == sorted(parameters | attributes)


def test_table_of_instances_is_complete():
    import skdeepcluster

    public = {getattr(skdeepcluster, name) for name in skdeepcluster.__all__}
    estimators = {value for value in public if isinstance(value, type)}
    assert {type(e) for e in CHEAP} == {type(e) for e in BARE} == estimators


def test_published_settings_are_those_of_the_method_itself():
    kinds = [type(e) for e in BARE if hasattr(e, "published")]
    assert len(kinds) > 5
    for kind in kinds:
        assert "published" in vars(kind), f"{kind.__name__} has that of its base class"


def test_import_brings_no_optional_package():
    # scikit-learn's own callbacks import rich and pandas where they are installed.
    code = """
        import sys
        import sklearn.pipeline
        before = set(sys.modules)
        import skdeepcluster
        optional = {"matplotlib", "rich", "kornia", "pandas", "skorch"}
        assert not optional & (set(sys.modules) - before)
    """
    run_python(code)
