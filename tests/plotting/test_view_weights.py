import pytest

from skdeepcluster import EAMC
from skdeepcluster.datasets import make_multiview_blobs
from skdeepcluster.plotting import ViewWeightsDisplay


def test_a_bar_for_each_view():
    X, _, views = make_multiview_blobs(60, n_clusters=3, random_state=0)
    eamc = EAMC(3, views=views, hidden_layer_sizes=(8,), n_components=4, max_iter=1)
    display = ViewWeightsDisplay.from_estimator(eamc.fit(X))
    widths = [bar.get_width() for bar in display.bars_]
    assert widths == pytest.approx(list(eamc.view_weights_))
    names = [t.get_text() for t in display.ax_.get_yticklabels()]
    assert names == list(eamc.views_)


def test_names():
    display = ViewWeightsDisplay.from_predictions([0.2, 0.8])
    assert display.names == ["view0", "view1"]
    assert ViewWeightsDisplay.from_predictions([1.0], ["lab"]).names == ["lab"]


def test_two_on_the_same_axes():
    first = ViewWeightsDisplay.from_predictions([0.1, 0.9])
    ViewWeightsDisplay.from_predictions([0.5, 0.5], ax=first.ax_)
    assert first.ax_.get_xlim()[1] > 0.9
    assert first.ax_.get_ylim() == (1.5, -0.5)


def test_no_weights(pipeline):
    with pytest.raises(TypeError, match="IDEC has no view_weights_"):
        ViewWeightsDisplay.from_estimator(pipeline)
