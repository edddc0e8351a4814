"""Settings are chosen without labels: stability, and the best epoch."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs
from sklearn.metrics import adjusted_mutual_info_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdeepcluster import IDEC
from skdeepcluster.model_selection import stability_score


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
