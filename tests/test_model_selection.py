"""Settings are chosen without labels: stability, best epoch, number of clusters."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.cluster import DBSCAN, KMeans
from sklearn.datasets import make_blobs
from sklearn.decomposition import PCA
from sklearn.metrics import adjusted_mutual_info_score
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdeepcluster import IDEC
from skdeepcluster.compose import table_encoder
from skdeepcluster.model_selection import choose_n_clusters, stability_score


@pytest.fixture(scope="module")
def X():
    # All centres equally far from each other: no coarser clustering is as good.
    return make_blobs(200, centers=9 * np.eye(4), random_state=1)[0]


class Recorder(ClusterMixin, BaseEstimator):
    """Splits at the median; writes down what it is given."""

    seen: list = []  # noqa: RUF012, shared on purpose

    def __init__(self, random_state=None):
        self.random_state = random_state

    def fit(self, X, y=None):
        self.seen.append((len(X), self.random_state))
        self.cut_ = np.median(X[:, 0])
        return self

    def predict(self, X):
        return (X[:, 0] > self.cut_).astype(int)


def test_agreement_is_the_mean_over_pairs(X):
    Recorder.seen.clear()
    score = stability_score(
        Recorder(), X, n_resamples=3, share=1, metric=lambda a, b: (a == b).mean()
    )
    assert score == 1
    assert [n for n, _ in Recorder.seen] == [200] * 3
    assert len({seed for _, seed in Recorder.seen}) == 3


def test_rows_are_resampled(X):
    Recorder.seen.clear()
    stability_score(Recorder(), X, n_resamples=4, share=0.25)
    assert [n for n, _ in Recorder.seen] == [50] * 4


def test_the_number_of_clusters_is_found(X):
    scores = {k: stability_score(KMeans(k, n_init=10), X) for k in (2, 4, 6, 9)}
    assert max(scores, key=scores.get) == 4
    assert scores[4] > 0.99


@pytest.mark.filterwarnings("ignore:k-means on X keeps")  # wrong numbers
def test_grid_search(X):
    rows = np.arange(len(X))
    idec = IDEC(hidden_layer_sizes=(16,), pretrain_epochs=20, max_iter=5)
    pipeline = make_pipeline(StandardScaler(), idec)
    grid = GridSearchCV(
        pipeline,
        {"idec__n_clusters": [2, 4, 7]},
        scoring=stability_score,
        cv=[(rows, rows)],
    )
    assert grid.fit(X).best_params_ == {"idec__n_clusters": 4}


def test_same_seed_same_score_and_estimator_untouched(X):
    estimator = KMeans(5, init="random", n_init=1, random_state=7)
    draws = {"metric": adjusted_mutual_info_score, "random_state": 3}
    first, second = (stability_score(estimator, X, **draws) for _ in range(2))
    assert first == second
    assert stability_score(estimator, X, n_jobs=2, **draws) == first
    assert estimator.random_state == 7
    assert not hasattr(estimator, "labels_")


def test_frames(X):
    frame = pd.DataFrame(X, columns=list("abcd"))
    assert stability_score(KMeans(4, n_init=10), frame) == stability_score(
        KMeans(4, n_init=10), X
    )


@pytest.mark.parametrize(
    ("params", "message"),
    [({"n_resamples": 1}, "at least 2"), ({"share": 0}, r"in \(0, 1\]")],
)
def test_bad_parameters(X, params, message):
    with pytest.raises(ValueError, match=message):
        stability_score(KMeans(), X, **params)


# -- the number of clusters ------------------------------------------------------------


def test_number_of_blobs(blobs):
    X, _ = blobs
    numbers = choose_n_clusters(KMeans(n_init=5), X, [4, 2, 3, 5])
    assert numbers.n_clusters.tolist() == [2, 3, 4, 5]
    assert numbers.best_n_clusters == 3
    assert numbers.best_params == {"n_clusters": 3}
    assert numbers.silhouette.argmax() == 1
    assert (np.diff(numbers.score) > 0).all()
    frame = numbers.to_frame()
    assert frame.index.name == "n_clusters"
    assert frame["chosen"].tolist() == [False, True, False, False]


def test_stability_is_that_of_the_scorer(blobs):
    X, _ = blobs
    numbers = choose_n_clusters(KMeans(n_init=1), X, [4], n_resamples=3)
    expected = stability_score(KMeans(4, n_init=1), X, n_resamples=3)
    assert numbers.stability[0] == expected


def test_largest_number_within_the_tolerance(blobs):
    X, _ = blobs
    every = choose_n_clusters(KMeans(n_init=5), X, [2, 3, 6], tolerance=2)
    assert every.best_n_clusters == 6


@pytest.mark.parametrize(
    ("estimator", "name"),
    [
        (KMeans(), "n_clusters"),
        (GaussianMixture(), "n_components"),
        (make_pipeline(StandardScaler(), KMeans()), "kmeans__n_clusters"),
        (
            make_pipeline(PCA(2), make_pipeline(StandardScaler(), KMeans())),
            "pipeline__kmeans__n_clusters",
        ),
    ],
    ids=["alone", "mixture", "pipeline", "nested"],
)
def test_parameter_of_the_number(estimator, name, blobs):
    numbers = choose_n_clusters(estimator, blobs[0], [2, 3], n_resamples=2)
    assert set(numbers.best_params) == {name}
    estimator.set_params(**numbers.best_params)


def test_estimator_of_ours_and_raw_frame(blobs):
    X = pd.DataFrame(blobs[0]).add_prefix("x").assign(kind=["a", "b"] * 60)
    idec = IDEC(hidden_layer_sizes=(8,), pretrain_epochs=2, max_iter=2)
    pipe = make_pipeline(table_encoder(), idec)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # so few epochs
        numbers = choose_n_clusters(pipe, X, [2, 3], n_resamples=2)
    assert np.isfinite(numbers.score).all()
    assert not hasattr(idec, "labels_")


@pytest.mark.parametrize(
    ("params", "match"),
    [
        ({"n_clusters": []}, "no number to try"),
        ({"n_clusters": [1, 2]}, "from 2 on"),
        ({"n_clusters": [2.5]}, "from 2 on"),
        ({"n_clusters": [2], "tolerance": -1}, "tolerance"),
        ({"n_clusters": [2], "n_resamples": 1}, "n_resamples"),
        ({"n_clusters": [2], "estimator": DBSCAN()}, "param_name"),
    ],
    ids=str,
)
def test_nothing_to_choose(params, match, blobs):
    with pytest.raises(ValueError, match=match):
        choose_n_clusters(**{"estimator": KMeans(), "X": blobs[0], **params})
