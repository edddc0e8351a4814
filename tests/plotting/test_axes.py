import sys

import matplotlib.pyplot as plt
import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV

from skdeepcluster import DEC
from skdeepcluster.plotting import ViewWeightsDisplay
from skdeepcluster.plotting.axes import cluster_colors, last_step, prepare


class Display:
    pass


def test_given_axes_are_used_and_noted():
    _, ax = plt.subplots()
    display = Display()
    assert prepare(display, ax) is ax
    assert display.ax_ is ax
    assert display.figure_ is ax.figure


def test_new_axes_where_none_are_given():
    before = plt.get_fignums()
    ax = prepare(Display())
    assert len(plt.get_fignums()) == len(before) + 1
    assert ax.figure.number in plt.get_fignums()


def test_without_matplotlib(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match="ViewWeightsDisplay needs matplotlib"):
        ViewWeightsDisplay.from_predictions([0.5, 0.5])


@pytest.mark.parametrize("n_clusters", [1, 2, 10, 11, 20, 21, 100])
def test_colors_differ(n_clusters):
    colors = cluster_colors(n_clusters)
    assert colors.shape == (n_clusters, 4)
    assert len(np.unique(colors, axis=0)) == n_clusters


def test_last_step(pipeline):
    assert last_step(pipeline, "history_") is pipeline[-1]
    assert last_step(pipeline[-1], "history_") is pipeline[-1]
    search = GridSearchCV(pipeline, {"idec__gamma": [0.1]}, cv=2)
    search.fit(np.random.RandomState(0).normal(size=(20, 5)))
    assert last_step(search, "history_") is search.best_estimator_[-1]
    with pytest.raises(TypeError, match="IDEC has no view_weights_"):
        last_step(pipeline, "view_weights_")
    with pytest.raises(NotFittedError):
        last_step(DEC(), "history_")
    with pytest.raises(NotFittedError):
        last_step(KMeans(), "history_")
