"""Hints on rows, in the estimators that take them."""

import inspect

import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.datasets import make_blobs
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdeepcluster import (
    DAC,
    EAMC,
    IDEC,
    Autoencoder,
    NeighborClustering,
)
from skdeepcluster.testing import shortened
from tests.instances import CHEAP_CLUSTERERS, many_seeds, name_of, on_each

#: Fits that are too short, and clusters that are not those of neighbours.
pytestmark = pytest.mark.filterwarnings("ignore")

TAKE_HINTS = [each for each in CHEAP_CLUSTERERS if each._takes_hints]
TAKE_NONE = [each for each in CHEAP_CLUSTERERS if not each._takes_hints]
QUICK = IDEC(3, hidden_layer_sizes=(16,), pretrain_epochs=2, max_iter=3, random_state=0)


def overlapping(seed, n=240):
    """Blobs that k-means does not find: two of three are near each other."""
    centers = [[0, 0, 0, 0], [2.2, 0, 0, 0], [0, 7, 0, 0]]
    X, y = make_blobs(n, centers=centers, random_state=seed)
    return X.astype(np.float32), y


def some_labels(y, n, seed=0):
    """The classes of n rows, at least one of each."""
    order = np.random.RandomState(seed).permutation(len(y))
    firsts = order[np.unique(y[order], return_index=True)[1]]
    known = np.union1d(firsts, order[:n])
    return np.where(np.isin(np.arange(len(y)), known), y, -1)


@on_each(TAKE_HINTS)
def test_clusters_have_the_numbers_of_the_labels(estimator):
    X, y = make_blobs(150, 6, centers=3, cluster_std=0.5, random_state=1)
    X, y = X.astype(np.float32), (y + 1) % 3
    labels = some_labels(y, 15)
    model = shortened(estimator, n_clusters=3, random_state=0)
    model.fit(X, partial_labels=labels)
    np.testing.assert_array_equal(model.labels_, model.predict(X))
    # By chance, or by other numbers, it is 1/3.
    assert np.mean(model.labels_[labels >= 0] == labels[labels >= 0]) > 0.6
    assert "hints" in model.history_[-1]


@on_each(TAKE_HINTS)
def test_links_alone_are_hints(estimator):
    X, _ = overlapping(0)
    links = {"must_link": [[0, 1], [1, 2]], "cannot_link": [[0, 9]]}
    model = shortened(estimator, n_clusters=3, random_state=0).fit(X, **links)
    np.testing.assert_array_equal(model.labels_, model.predict(X))


@on_each(TAKE_HINTS)
def test_without_hints_nothing_changes(estimator):
    """Not even if they are given, and say nothing; ``y`` says nothing either."""
    X, y = overlapping(0)
    model = shortened(estimator, n_clusters=3, random_state=0)
    plain = clone(model).fit(X)
    nothing = np.full(len(X), -1)
    told = clone(model).fit(X, y, partial_labels=nothing, must_link=[], cannot_link=[])
    np.testing.assert_array_equal(plain.transform(X), told.transform(X))
    np.testing.assert_array_equal(plain.predict_proba(X), told.predict_proba(X))
    assert "hints" not in told.history_[-1]


@pytest.mark.parametrize("estimator", TAKE_NONE, ids=name_of)
def test_others_refuse_them_by_name(estimator):
    X, _ = overlapping(0)
    title = type(estimator).__name__
    with pytest.raises(TypeError, match=f"{title} takes no hints, and got must_link"):
        estimator.fit(X, must_link=[[0, 1]])
    assert "partial_labels" not in inspect.signature(Autoencoder.fit).parameters


def test_what_refuses_advises_what_takes_them():
    X, y = overlapping(0)
    with pytest.raises(TypeError, match="or take NeighborClustering, .* on views"):
        EAMC(3).fit(X, partial_labels=some_labels(y, 9))
    model = NeighborClustering(3, views=2, hidden_layer_sizes=(16,), max_iter=3)
    model.fit(X, partial_labels=some_labels(y, 9))


def test_wrong_hints_leave_the_previous_fit():
    X, _ = overlapping(0)
    model = clone(QUICK).fit(X)
    before = model.labels_
    with pytest.raises(ValueError, match="rows 0 and 1 contradict"):
        model.fit(X, must_link=[[0, 1]], cannot_link=[[1, 0]])
    assert model.labels_ is before


def test_noise_that_is_left_out_has_no_hints():
    X, y = overlapping(0)
    model = NeighborClustering(3, contamination=0.1)
    with pytest.raises(ValueError, match="contamination=0.1 leaves rows out"):
        model.fit(X, partial_labels=some_labels(y, 9))


def test_shards_have_no_hints():
    X, _ = overlapping(0)
    model = clone(QUICK).set_params(distributed="sharded")
    with pytest.raises(ValueError, match="IDEC got cannot_link, and distributed='shar"):
        model.fit(X, cannot_link=[[0, 1]])


def test_number_that_is_found_is_at_least_that_of_the_labels():
    X, y = make_blobs(200, 4, centers=2, cluster_std=0.3, random_state=0)
    labels = np.full(200, -1)
    labels[[*np.flatnonzero(y == 1)[:3]]] = 0
    labels[[*np.flatnonzero(y == 0)[:3]]] = 3
    model = NeighborClustering(None, hidden_layer_sizes=(16,), max_iter=20)
    model.set_params(random_state=0).fit(X, partial_labels=labels)
    assert model.n_clusters_ >= 4
    assert np.mean(model.labels_[labels >= 0] == labels[labels >= 0]) > 0.6


def test_rows_that_are_apart_make_two_clusters():
    X = np.random.RandomState(0).normal(size=(60, 3)).astype(np.float32)
    model = NeighborClustering(None, hidden_layer_sizes=(16,), max_iter=5)
    model.set_params(random_state=0)
    assert clone(model).fit(X).n_clusters_ == 1
    assert model.fit(X, cannot_link=[[0, 1]]).n_clusters_ == 2


# -- scikit-learn's ways to pass them -------------------------------------------------


def test_through_a_pipeline_by_prefix():
    X, y = overlapping(0)
    labels = some_labels(y, 20)
    pipe = make_pipeline(StandardScaler(), clone(QUICK))
    pipe.fit(X, idec__partial_labels=labels)
    scaled = StandardScaler().fit_transform(X)
    alone = clone(QUICK).fit(scaled, partial_labels=labels)
    np.testing.assert_array_equal(pipe[-1].labels_, alone.labels_)
    found = pipe.fit_predict(X, idec__partial_labels=labels)
    np.testing.assert_array_equal(found, alone.labels_)


def test_through_a_pipeline_by_routing():
    X, y = overlapping(0)
    labels = some_labels(y, 20)
    with config_context(enable_metadata_routing=True):
        model = clone(QUICK).set_fit_request(partial_labels=True)
        pipe = make_pipeline(StandardScaler(), model)
        pipe.fit(X, partial_labels=labels)
    assert "hints" in pipe[-1].history_[-1]


def test_search_cuts_labels_like_rows_and_labels_of_scores_do_not_leak():
    X, y = overlapping(0)
    seen = []

    class Watched(IDEC):
        def _check_fit(self, rows):
            seen.append((len(rows), rows.hints))
            super()._check_fit(rows)

    model = Watched(**QUICK.get_params())
    grid = GridSearchCV(model, {"gamma": [0.1]}, scoring="adjusted_rand_score", cv=2)
    grid.fit(X, y)
    assert all(hints is None for _, hints in seen)
    seen.clear()
    labels = some_labels(y, 40)
    grid.fit(X, y, partial_labels=labels)
    n_known = sum(labels >= 0)
    assert sorted(n_rows for n_rows, _ in seen) == [120, 120, 240]
    halves = [len(hints.rows) for n_rows, hints in seen if n_rows == 120]
    assert sum(halves) == n_known


# -- checkpoints ----------------------------------------------------------------------


def test_checkpoint_of_other_hints_is_not_continued(tmp_path):
    X, y = overlapping(0)
    labels = some_labels(y, 20)
    model = clone(QUICK).set_params(checkpoint=tmp_path, max_iter=2)
    first = clone(model).fit(X, partial_labels=labels)
    again = clone(model).fit(X, partial_labels=labels)
    np.testing.assert_array_equal(first.transform(X), again.transform(X))
    assert len([*tmp_path.iterdir()]) == 1
    clone(model).fit(X, partial_labels=some_labels(y, 20, seed=1))
    assert len([*tmp_path.iterdir()]) == 2
    longer = clone(model).set_params(max_iter=4)
    on = clone(longer).fit(X, partial_labels=labels)
    anew = longer.set_params(checkpoint=None).fit(X, partial_labels=labels)
    np.testing.assert_array_equal(on.transform(X), anew.transform(X))
    np.testing.assert_array_equal(on.labels_, anew.labels_)


# -- quality --------------------------------------------------------------------------


def two_stories(seed, n=300):
    """Columns with two clusters, and others with two that are as far apart."""
    random = np.random.RandomState(seed)
    y, other = random.randint(2, size=(2, n))
    centers = np.column_stack([5 * y, 5 * y, 5 * other, 5 * other])
    return (centers + random.normal(size=(n, 4))).astype(np.float32), y


@pytest.mark.parametrize("story", [0, 1])
@pytest.mark.parametrize("seed", many_seeds(2, 1))
@pytest.mark.parametrize("model", [IDEC(2), DAC(2)], ids=name_of)
def test_hints_tell_which_clusters_are_meant(model, seed, story):
    """Without hints, a fit finds the clusters of one story at most."""
    X, y = two_stories(seed)
    X = np.roll(X, 2 * story, axis=1)
    labels = some_labels(y, 30, seed)
    rest = labels < 0
    found = clone(model).set_params(random_state=seed)
    found.fit(X, partial_labels=labels)
    assert np.mean(found.labels_[rest] == y[rest]) > 0.9
