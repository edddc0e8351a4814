import numpy as np

from skdeepcluster.plotting import LabelFeatureDisplay


def test_rows_are_of_unit_length():
    display = LabelFeatureDisplay.from_predictions([[0.5, 0.5], [1.0, 0.0]])
    np.testing.assert_allclose(display.features[0], np.sqrt([0.5, 0.5]))
    np.testing.assert_allclose(display.features[1], [1, 0])
    assert display.counts_.sum() == 4
    assert display.counts_[-1] == 1


def test_two_on_the_same_axes(pipeline, blobs):
    first = LabelFeatureDisplay.from_estimator(pipeline, blobs[0], label="fit")
    second = LabelFeatureDisplay.from_predictions(
        np.full((4, 3), 1 / 3), ax=first.ax_, label="undecided"
    )
    assert second.ax_ is first.ax_
    texts = [t.get_text() for t in first.ax_.get_legend().get_texts()]
    assert texts == ["fit", "undecided"]
