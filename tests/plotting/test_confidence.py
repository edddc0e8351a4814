import numpy as np
import pytest

from skdeepcluster.plotting import ConfidenceDisplay


def test_a_box_for_each_cluster_with_rows():
    proba = np.array([[0.9, 0.1, 0], [0.7, 0.3, 0], [0.2, 0.5, 0.3]])
    display = ConfidenceDisplay.from_predictions(proba)
    np.testing.assert_array_equal(display.confidence, [0.9, 0.7, 0.5])
    np.testing.assert_array_equal(display.labels, [0, 0, 1])
    assert list(display.boxes_) == [0, 1]
    names = [t.get_text() for t in display.ax_.get_xticklabels()]
    assert names == ["0\n(2)", "1\n(1)", "2\n(0)"]
    assert display.ax_.lines[-1].get_ydata()[0] == pytest.approx(1 / 3)


def test_from_estimator(pipeline, blobs):
    display = ConfidenceDisplay.from_estimator(pipeline, blobs[0])
    np.testing.assert_array_equal(display.labels, pipeline.predict(blobs[0]))
