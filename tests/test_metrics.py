"""Accuracy and the unsupervised scorers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.cluster import DBSCAN, KMeans
from sklearn.metrics import (
    calinski_harabasz_score,
    davies_bouldin_score,
    silhouette_score,
)
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdeepcluster import IDEC
from skdeepcluster.metrics import (
    calinski_harabasz_scorer,
    clustering_accuracy_score,
    davies_bouldin_scorer,
    make_unsupervised_scorer,
    silhouette_scorer,
)

labels = st.lists(st.integers(0, 4), min_size=1, max_size=30)


@given(labels, st.permutations(range(5)))
def test_renaming_clusters_changes_nothing(y, names):
    renamed = [names[label] for label in y]
    assert clustering_accuracy_score(y, renamed) == 1


@given(labels)
def test_between_the_largest_class_and_one(y):
    """One cluster for all is right for the largest class."""
    share = max(np.bincount(y)) / len(y)
    assert clustering_accuracy_score(y, [0] * len(y)) == pytest.approx(share)


def test_rectangular_tables():
    y = [0, 0, 0, 1, 1, 1]
    assert clustering_accuracy_score(y, [0, 1, 2, 3, 4, 5]) == pytest.approx(2 / 6)
    assert clustering_accuracy_score([0, 1, 2, 3], [0, 0, 1, 1]) == 0.5


def test_labels_of_any_type():
    assert clustering_accuracy_score(["a", "a", "b"], [9, 9, 3]) == 1
    assert clustering_accuracy_score([True, False], ["yes", "no"]) == 1
    assert clustering_accuracy_score(np.array([1.5, 2.5]), ["x", "y"]) == 1


def test_noise_is_wrong_and_not_a_cluster():
    y = [0, 0, 1, 1]
    assert clustering_accuracy_score(y, [-1, -1, 1, 1]) == 0.5
    assert clustering_accuracy_score(y, [-1, -1, 1, 1], noise_label=None) == 1
    assert clustering_accuracy_score(y, [-1] * 4) == 0
    assert clustering_accuracy_score(["a", "b"], ["out", "x"], noise_label="out") == 0.5


def test_bad_labels():
    with pytest.raises(ValueError, match="inconsistent"):
        clustering_accuracy_score([0, 1], [0])
    with pytest.raises(ValueError, match="at least one"):
        clustering_accuracy_score([], [])
    with pytest.raises(ValueError, match="1d"):
        clustering_accuracy_score([[0, 1], [1, 0]], [0, 1])


SCORERS = [
    (silhouette_scorer, silhouette_score, 1),
    (calinski_harabasz_scorer, calinski_harabasz_score, 1),
    (davies_bouldin_scorer, davies_bouldin_score, -1),
]


@pytest.mark.parametrize(("scorer", "metric", "sign"), SCORERS)
def test_scores_what_the_clusterer_sees(scorer, metric, sign, blobs):
    X = blobs[0] * [1, 10, 100, 1, 1, 1]
    plain = KMeans(3, random_state=0).fit(X)
    expected = sign * metric(X, plain.predict(X))
    assert scorer(plain, X) == pytest.approx(expected)
    pipe = make_pipeline(StandardScaler(), KMeans(3, random_state=0)).fit(X)
    scaled = pipe[0].transform(X)
    expected = sign * metric(scaled, pipe.predict(X))
    assert scorer(pipe, X, None) == pytest.approx(expected)


@pytest.mark.parametrize(("scorer", "metric", "sign"), SCORERS)
def test_one_cluster_left_is_worst_not_an_error(scorer, metric, sign, blobs):
    X = blobs[0]
    two = KMeans(2, random_state=0).fit(X)
    score = scorer(two, X[:1].repeat(5, axis=0))
    assert np.isfinite(score)
    assert score < scorer(two, X)
    assert scorer(two, X[:2]) == score  # as many clusters as rows


def test_looks_through_nested_pipelines_and_searches(blobs):
    X = blobs[0] * [1, 1, 1, 1, 1, 1e4]
    inner = make_pipeline(StandardScaler(), KMeans(3, n_init=3, random_state=0))
    expected = silhouette_scorer(inner.fit(X), X)
    nested = make_pipeline("passthrough", inner).fit(X)
    assert silhouette_scorer(nested, X) == expected
    grid = GridSearchCV(inner, {"kmeans__n_init": [3]}, scoring=silhouette_scorer)
    assert silhouette_scorer(grid.fit(X), X) == expected


def test_embedding_space(blobs):
    X = blobs[0]
    idec = IDEC(3, hidden_layer_sizes=(16,), max_iter=2, random_state=0).fit(X)
    scorer = make_unsupervised_scorer("silhouette", space="embedding")
    expected = silhouette_score(idec.transform(X), idec.labels_)
    assert scorer(idec, X) == pytest.approx(expected)
    assert scorer(make_pipeline(idec), X) == pytest.approx(expected)


def test_large_data_are_sampled_always_alike():
    X = np.random.RandomState(0).normal(size=(500, 3))
    kmeans = KMeans(3, random_state=0).fit(X)
    sampled = make_unsupervised_scorer("silhouette", sample_size=100)
    assert sampled(kmeans, X) == sampled(kmeans, X)
    assert sampled(kmeans, X) == pytest.approx(silhouette_scorer(kmeans, X), abs=0.1)
    assert sampled(kmeans, X) != silhouette_scorer(kmeans, X)


def test_in_cross_validation(blobs):
    scores = cross_val_score(
        KMeans(3, random_state=0), blobs[0], scoring=silhouette_scorer, cv=3
    )
    assert (scores > 0.3).all()


def test_bad_choices(blobs):
    with pytest.raises(ValueError, match="metric='dunn'"):
        make_unsupervised_scorer("dunn")
    with pytest.raises(ValueError, match="space='latent'"):
        make_unsupervised_scorer("silhouette", space="latent")
    with pytest.raises(AttributeError, match="predict"):
        silhouette_scorer(DBSCAN().fit(blobs[0]), blobs[0])
