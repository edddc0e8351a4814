import numpy as np
import pytest

from skdeepcluster import NeighborClustering
from skdeepcluster.datasets import make_multiview_blobs
from skdeepcluster.plotting import ViewAgreementDisplay


def test_before_any_training():
    X, _, views = make_multiview_blobs(90, n_clusters=3, random_state=0)
    clusterer = NeighborClustering(3, views=views, max_iter=0, random_state=0)
    display = ViewAgreementDisplay.from_estimator(clusterer.fit(X))
    assert clusterer.history_ == []
    np.testing.assert_array_equal(display.im_.get_array(), clusterer.view_agreement_)
    names = [t.get_text() for t in display.ax_.get_xticklabels()]
    assert names == list(clusterer.views_)
    labels = [t.get_text() for t in display.ax_.get_yticklabels()]
    assert labels[0] == f"view0 (weight {clusterer.view_weights_[0]:.2f})"


def test_numbers_in_the_fields():
    display = ViewAgreementDisplay.from_predictions([[1, 0.25], [0.25, 1]])
    assert display.names == ["view0", "view1"]
    assert display.text_[0, 1].get_text() == "0.25"
    many = ViewAgreementDisplay.from_predictions(np.eye(20))
    assert many.text_ is None


def test_no_views(pipeline):
    with pytest.raises(TypeError, match="has no view_agreement_"):
        ViewAgreementDisplay.from_estimator(pipeline)
