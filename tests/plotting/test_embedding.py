import matplotlib.pyplot as plt
import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.random_projection import GaussianRandomProjection

from skdeepcluster.plotting import EmbeddingDisplay


def test_every_row_once_in_the_color_of_its_cluster(pipeline, blobs):
    display = EmbeddingDisplay.from_estimator(pipeline, blobs[0])
    labels = pipeline.predict(blobs[0])
    points = PCA(2).fit_transform(pipeline.transform(blobs[0]))
    for cluster, scatter in display.scatters_.items():
        np.testing.assert_allclose(
            scatter.get_offsets(), points[labels == cluster], atol=1e-4
        )
    colors = [tuple(s.get_facecolor()[0]) for s in display.scatters_.values()]
    assert len(set(colors)) == len(np.unique(labels))


def test_labels_of_ones_own(pipeline, blobs):
    names = np.array(["a", "b", "c"])[blobs[1]]
    display = EmbeddingDisplay.from_estimator(pipeline, blobs[0], labels=names)
    assert list(display.scatters_) == ["a", "b", "c"]
    texts = [t.get_text() for t in display.ax_.get_legend().get_texts()]
    assert texts == ["a", "b", "c"]


def test_any_reducer(blobs):
    reducer = GaussianRandomProjection(2, random_state=0)
    display = EmbeddingDisplay.from_predictions(*blobs, reducer=reducer)
    expected = GaussianRandomProjection(2, random_state=0).fit_transform(blobs[0])
    np.testing.assert_allclose(display.points, expected)


@pytest.mark.parametrize("width", [1, 2])
def test_narrow_embeddings_are_drawn_as_they_are(blobs, width):
    X = blobs[0][:, :width]
    display = EmbeddingDisplay.from_predictions(X, blobs[1])
    np.testing.assert_array_equal(display.points[:, :width], X)
    assert display.points.shape == (90, 2)


def test_many_rows_are_sampled_the_same_each_time(blobs):
    draw = EmbeddingDisplay.from_predictions
    first, second = (draw(*blobs, sample_size=30) for _ in range(2))
    assert len(first.points) == 30
    np.testing.assert_array_equal(first.points, second.points)
    assert len(draw(*blobs, sample_size=None).points) == 90


def test_many_clusters_have_no_legend():
    X = np.random.RandomState(0).normal(size=(60, 2))
    display = EmbeddingDisplay.from_predictions(X, np.arange(60) % 30)
    assert display.ax_.get_legend() is None
    assert len(display.scatters_) == 30


def test_cluster_keeps_its_color_where_others_are_missing(blobs):
    draw = EmbeddingDisplay.from_predictions
    full, some = (draw(blobs[0], labels) for labels in (blobs[1], 2 * (blobs[1] > 0)))
    one, other = (d.scatters_[2].get_facecolor()[0] for d in (full, some))
    np.testing.assert_array_equal(one, other)


def test_wide_embedding_draws_no_random_numbers():
    X = np.random.RandomState(0).normal(size=(600, 128))
    before = np.random.get_state()[1].copy()  # noqa: NPY002, this is about the global one
    first, second = (EmbeddingDisplay.from_predictions(X, X[:, 0] > 0) for _ in "ab")
    np.testing.assert_array_equal(first.points, second.points)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


def test_one_row_and_odd_names():
    display = EmbeddingDisplay.from_predictions([[1.0, 2.0, 3.0]], ["_hidden"])
    texts = [t.get_text() for t in display.ax_.get_legend().get_texts()]
    assert texts == ["_hidden"]


def test_given_axes_and_style(blobs):
    _, ax = plt.subplots()
    display = EmbeddingDisplay.from_predictions(*blobs, ax=ax, s=7, marker="x")
    assert display.ax_ is ax
    assert display.scatters_[0].get_sizes() == [7]


def test_lengths_that_differ(blobs):
    with pytest.raises(ValueError, match="inconsistent numbers"):
        EmbeddingDisplay.from_predictions(blobs[0], blobs[1][:5])


def test_no_seed_leaves_the_global_generator_alone(blobs):
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    EmbeddingDisplay.from_predictions(*blobs, sample_size=30, random_state=None)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002
