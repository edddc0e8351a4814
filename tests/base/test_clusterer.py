"""Warnings about what a fit has found."""

import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from skdeepcluster import DEC, EAMC, NeighborClustering
from skdeepcluster.base.clusterer import DeepEstimator

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
