import numpy as np
from sklearn.cluster import KMeans

from skdeepcluster.model_selection import ClusterNumbers
from skdeepcluster.plotting import ClusterNumbersDisplay


def test_criteria_and_choice():
    values = np.array([0.9, 1.0, 0.5])
    numbers = ClusterNumbers(
        np.array([2, 3, 5]), values, values / 2, np.array([-9, -3, -1]), 3, {}
    )
    display = ClusterNumbersDisplay(numbers).plot(color="red")
    lines = display.lines_
    np.testing.assert_array_equal(lines["stability"].get_xydata()[:, 0], [2, 3, 5])
    np.testing.assert_array_equal(lines["stability"].get_ydata(), values)
    np.testing.assert_array_equal(lines["silhouette"].get_ydata(), values / 2)
    np.testing.assert_allclose(lines["score (rescaled)"].get_ydata(), [0, 0.75, 1])
    assert lines["silhouette"].get_color() == "red"
    texts = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert texts[-1] == "chosen: 3"


def test_no_score():
    values = np.array([0.9, 1.0])
    numbers = ClusterNumbers(np.array([2, 3]), values, values, values * np.nan, 3, {})
    assert set(ClusterNumbersDisplay(numbers).plot().lines_) == {
        "stability",
        "silhouette",
    }


def test_from_estimator(blobs):
    display = ClusterNumbersDisplay.from_estimator(KMeans(), blobs[0], range(2, 5))
    assert display.numbers.n_clusters.tolist() == [2, 3, 4]
