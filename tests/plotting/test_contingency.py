import numpy as np

from skdeepcluster.metrics import clustering_accuracy_score
from skdeepcluster.plotting import ContingencyDisplay


def test_matched_clusters_lie_on_the_diagonal():
    y = np.repeat(["a", "b", "c"], 4)
    labels = np.array([2, 2, 2, 0, 0, 0, 0, 0, 1, 1, 1, 2])
    display = ContingencyDisplay.from_predictions(y, labels)
    assert list(display.classes) == ["a", "b", "c"]
    assert list(display.clusters) == [2, 0, 1]
    np.testing.assert_array_equal(display.table, [[3, 1, 0], [0, 4, 0], [1, 0, 3]])
    assert np.trace(display.table) / 12 == clustering_accuracy_score(y, labels)
    assert display.text_[0, 0].get_text() == "3"
    assert display.text_[0, 2].get_text() == ""
    np.testing.assert_allclose(display.im_.get_array()[2], [0.25, 0, 0.75])


def test_more_clusters_than_classes():
    display = ContingencyDisplay.from_predictions([0, 0, 1, 1, 1], [5, 5, 3, 3, 4])
    assert list(display.clusters) == [5, 3, 4]


def test_fewer_clusters_than_classes():
    display = ContingencyDisplay.from_predictions([0, 1, 1, 2], [7, 8, 8, 8])
    assert list(display.classes) == [0, 1, 2]
    assert list(display.clusters) == [7, 8]
    np.testing.assert_array_equal(display.table, [[1, 0], [0, 2], [0, 1]])


def test_class_without_a_cluster_comes_last():
    y = np.repeat([0, 1, 2], 10)
    labels = np.repeat([0, 0, 1, 1], [10, 8, 2, 10])
    display = ContingencyDisplay.from_predictions(y, labels)
    assert list(display.classes) == [0, 2, 1]
    np.testing.assert_array_equal(display.table, [[10, 0], [0, 10], [8, 2]])


def test_large_tables_have_no_numbers():
    labels = np.arange(60) % 30
    assert ContingencyDisplay.from_predictions(labels, labels).text_ is None


def test_from_estimator(pipeline, blobs):
    display = ContingencyDisplay.from_estimator(pipeline, *blobs)
    assert display.table.sum() == 90
    assert display.ax_.get_xlabel() == "cluster"
