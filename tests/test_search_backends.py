"""Searches whose fits run in the processes of dask, ray or optuna's trials."""

import logging

import joblib
import numpy as np
import pytest
from sklearn.datasets import make_blobs
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV

from skdeepcluster import IDEC
from skdeepcluster.metrics import silhouette_scorer
from skdeepcluster.model_selection import stability_score

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # of the schedulers, at their ends
]

IDEC_PARAMS = {"hidden_layer_sizes": (8,), "pretrain_epochs": 2, "max_iter": 2}
GRID = {"gamma": [0.1, 1.0]}
SEARCH = {"scoring": silhouette_scorer, "cv": 2, "error_score": "raise"}


@pytest.fixture(scope="module")
def X():
    return make_blobs(60, centers=3, n_features=6, random_state=0)[0]


def idec(**params):
    return IDEC(3, random_state=0, **IDEC_PARAMS, **params)


@pytest.fixture(params=["dask", "ray"])
def backend(request):
    """Two processes that joblib sends fits to."""
    if request.param == "dask":
        distributed = pytest.importorskip("distributed")
        silent = {"dashboard_address": None, "silence_logs": logging.ERROR}
        with (
            distributed.LocalCluster(2, threads_per_worker=1, **silent) as cluster,
            distributed.Client(cluster),
        ):
            yield request.param
    else:
        ray = pytest.importorskip("ray")
        from ray.util.joblib import register_ray

        ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
        register_ray()
        yield request.param
        ray.shutdown()


def test_searches_give_the_same(backend, X, tmp_path):
    searches = [
        GridSearchCV(idec(), GRID, **SEARCH),
        HalvingGridSearchCV(idec(), GRID, min_resources=30, random_state=0, **SEARCH),
        # A folder that all processes see.
        GridSearchCV(idec(memory=str(tmp_path)), GRID, **SEARCH),
    ]
    expected = [search.fit(X).cv_results_["mean_test_score"] for search in searches]
    stable = stability_score(idec(), X, n_resamples=2)
    with joblib.parallel_config(backend):
        for search, scores in zip(searches, expected, strict=True):
            found = search.set_params(n_jobs=-1).fit(X).cv_results_["mean_test_score"]
            np.testing.assert_allclose(found, scores, rtol=1e-6)
        found = stability_score(idec(), X, n_resamples=2, n_jobs=-1)
        assert found == pytest.approx(stable)


def test_optuna(X):
    optuna = pytest.importorskip("optuna")
    integration = pytest.importorskip("optuna_integration")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    search = integration.OptunaSearchCV(
        idec(),
        {"gamma": optuna.distributions.FloatDistribution(0.01, 1.0, log=True)},
        n_trials=3,
        random_state=0,
        **SEARCH,
    ).fit(X)
    assert 0.01 <= search.best_params_["gamma"] <= 1.0
    assert search.predict(X).shape == (60,)
