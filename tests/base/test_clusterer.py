"""Warnings about what a fit has found."""

import re
import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import make_blobs
from sklearn.exceptions import ConvergenceWarning

from skdeepcluster import DEC, EAMC, NeighborClustering
from skdeepcluster.base.clusterer import DeepEstimator
from skdeepcluster.model_selection import choose_n_clusters
from tests.instances import BARE_CLUSTERERS, name_of

X = np.random.RandomState(0).normal(size=(450, 4))


def fit_with(sizes, monkeypatch):
    """A fit that finds clusters of the given sizes."""
    labels = np.repeat(np.arange(len(sizes)), sizes)
    monkeypatch.setattr(
        DeepEstimator, "_fit", lambda *args: {"labels_": labels, "objective_": 0.0}
    )
    return NeighborClustering(3).fit(X)


def test_collapsed_clustering_is_told(monkeypatch):
    with pytest.warns(ConvergenceWarning, match="One cluster has 445 of 450 rows"):
        fit_with([2, 3, 445], monkeypatch)


@pytest.mark.parametrize("sizes", [[10, 10, 430], [150, 150, 150]])
def test_unequal_clusters_are_no_collapse(sizes, monkeypatch):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit_with(sizes, monkeypatch)


@pytest.mark.parametrize(
    ("model", "n_expected"), [(DEC(5, hidden_layer_sizes=(8,)), 1), (EAMC(5), 3)]
)
def test_warnings_are_given_once_a_fit(model, n_expected):
    """Of equal rows: of each view, and of empty clusters."""
    model.set_params(n_init=3, pretrain_epochs=1, max_iter=1, random_state=0)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(np.ones((60, 4)))
    assert len({str(w.message) for w in caught}) == len(caught) == n_expected


# -- no number -------------------------------------------------------------------------


@pytest.mark.parametrize("estimator", BARE_CLUSTERERS, ids=name_of)
def test_auto_is_no_number_of_clusters(estimator):
    with pytest.raises(ValueError, match="n_clusters='auto': .*n_clusters=None"):
        clone(estimator).set_params(n_clusters="auto").fit(X)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_the_advice_for_auto_can_be_followed():
    X, _ = make_blobs(90, 4, centers=3, cluster_std=0.3, random_state=1)
    dec = DEC("auto", hidden_layer_sizes=(8,), pretrain_epochs=1, max_iter=1)
    with pytest.raises(ValueError, match="DEC takes a number") as caught:
        dec.fit(X)
    advice = re.search(r"choose_n_clusters\(.*\)\.best_params", str(caught.value))[0]
    names = {"choose_n_clusters": choose_n_clusters, "estimator": dec, "X": X}
    found = eval(advice.replace("11)", "4), n_resamples=2"), names)
    assert dec.set_params(**found).fit(X).n_clusters in (2, 3)
    own = NeighborClustering("auto", max_iter=5, random_state=0)
    with pytest.raises(ValueError, match="pass n_clusters=None, with which") as caught:
        own.fit(X)
    assert own.set_params(n_clusters=None).fit(X).labels_.max() >= 1
