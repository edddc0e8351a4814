"""Profiles say what is in the table, whatever the table and the clusterer are."""

import sys

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.sparse import csr_array, issparse
from sklearn.cluster import KMeans
from sklearn.mixture import GaussianMixture
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skdeepcluster import EAMC, IDEC
from skdeepcluster.compose import table_encoder
from skdeepcluster.datasets import make_mixed_table
from skdeepcluster.profile import cluster_profile

LABELS = np.repeat([0, 1], [4, 6])


@pytest.fixture
def frame():
    """Ten rows, of which four are in the first cluster."""
    return pd.DataFrame(
        {
            "age": [20, 30, 20, np.nan, 50, 60, 50, 60, 50, 60],
            "ward": [*"AAAB", *"BBBBC", None],
            "smoker": [True, False] * 5,
            "day": pd.date_range("2024-01-01", periods=10),
        },
        index=[f"row{i}" for i in range(10)],
    )


def test_sizes_and_means(frame):
    profile = cluster_profile(None, frame, labels=LABELS)
    assert list(profile.index) == [0, 1, "all"]
    assert profile["cluster"]["size"].tolist() == [4, 6, 10]
    assert profile["cluster"]["share"].tolist() == [0.4, 0.6, 1]
    mean = profile["mean"]
    np.testing.assert_allclose(mean["age"], [70 / 3, 55, 400 / 9])
    np.testing.assert_allclose(mean["age is missing"], [0.25, 0, 0.1])
    np.testing.assert_allclose(mean["ward=A"], [0.75, 0, 0.3])
    np.testing.assert_allclose(mean["ward is missing"], [0, 1 / 6, 0.1])
    np.testing.assert_allclose(mean["smoker=True"], [0.5, 0.5, 0.5])
    assert mean.loc[0, "day"] == pd.Timestamp("2024-01-02 12:00")
    assert mean.loc["all", "day"] == pd.Timestamp("2024-01-05 12:00")


def test_differences(frame):
    difference = cluster_profile(None, frame, labels=LABELS)["difference"]
    share = np.array([1] * 3 + [0] * 7)
    expected = (np.array([0.75, 0]) - 0.3) / share.std()
    np.testing.assert_allclose(difference["ward=A"][:2], expected)
    np.testing.assert_allclose(difference["smoker=True"], 0, atol=1e-12)
    assert (difference.loc["all"] == 0).all()
    assert difference.loc[0, "age"] < -1 < 0.5 < difference.loc[1, "age"]


def test_largest_difference_comes_first(frame):
    profile = cluster_profile(None, frame, labels=LABELS, n_distinguishing=3)
    for cluster in (0, 1):
        named = profile.loc[cluster, ("cluster", "distinguishing")]
        sizes = profile.loc[cluster, "difference"].abs()
        assert list(sizes[list(named)]) == sorted(sizes, reverse=True)[:3]


def test_extreme_row_hides_nothing():
    X = np.random.RandomState(0).normal(size=(400, 2)) + np.repeat([0, 2], 200)[:, None]
    labels = np.repeat([0, 1], 200)
    before = cluster_profile(None, X, labels=labels)["difference"].loc[1, "x0"]
    X[0, 0] = 1e9
    after = cluster_profile(None, X, labels=labels)["difference"].loc[1, "x0"]
    assert after == pytest.approx(before, abs=0.05)


def test_column_in_which_few_rows_differ():
    X = np.zeros((1000, 2))
    X[:5, 0] = 1
    labels = np.repeat([0, 1], [5, 995])
    difference = cluster_profile(None, X, labels=labels)["difference"]
    assert difference.loc[0, "x0"] > 10
    assert (difference["x1"] == 0).all()


def test_typical_rows_are_in_the_middle_of_their_cluster(frame):
    X = np.array([0.0, 1, 2, 9, 10, 11, 12, 13])[:, None]
    kmeans = KMeans(2, random_state=0).fit(X)
    low, high = kmeans.predict([[1.0], [11.0]])
    typical = cluster_profile(kmeans, X, n_typical=1)["cluster"]["typical"]
    assert (typical[low], typical[high]) == ((1,), (5,))
    typical = cluster_profile(None, frame, labels=LABELS)["cluster"]["typical"]
    assert [len(rows) for rows in typical] == [3, 3, 3]
    assert set(typical[0]) < set(frame.index[:4])
    assert frame.loc[list(typical[1])].shape == (3, 4)


def test_pipeline_is_described_in_raw_columns():
    frame, _ = make_mixed_table(200, n_clusters=3, random_state=0)
    idec = IDEC(3, max_iter=5, random_state=0)
    pipe = make_pipeline(table_encoder(), idec).fit(frame)
    profile = cluster_profile(pipe, frame)
    labels = pipe.predict(frame)
    assert profile["cluster"]["size"][:3].tolist() == np.bincount(labels).tolist()
    confidence = pipe.predict_proba(frame).max(1)
    found = profile["cluster"]["confidence"]
    assert found[1] == pytest.approx(confidence[labels == 1].mean())
    assert found["all"] == pytest.approx(confidence.mean())
    expected = frame.groupby(labels)["income"].mean()
    np.testing.assert_allclose(profile["mean"]["income"][:3], expected)
    shares = (frame["region"] == "west").groupby(labels).mean()
    np.testing.assert_allclose(profile["mean"]["region=west"][:3], shares)
    assert not any("customer_id" in name for name in profile["mean"])


@pytest.mark.parametrize(
    "clusterer",
    [KMeans(3, random_state=0), GaussianMixture(3, random_state=0)],
    ids=["KMeans", "GaussianMixture"],
)
def test_clusterers_of_scikit_learn(clusterer, blobs):
    X, _ = blobs
    clusterer.fit(X)
    profile = cluster_profile(clusterer, X)
    labels = clusterer.predict(X)
    np.testing.assert_allclose(profile["mean"].loc[2], X[labels == 2].mean(0))
    assert ("confidence" in profile["cluster"]) == hasattr(clusterer, "predict_proba")


def test_kinds_of_tables(blobs):
    X = np.round(blobs[0], 3)
    names = [f"c{i}" for i in range(6)]
    frame = pd.DataFrame(X, columns=names)
    kmeans = make_pipeline(StandardScaler(), KMeans(3, random_state=0)).fit(frame)
    labels = kmeans.predict(frame)
    expected = cluster_profile(kmeans, frame)
    pd.testing.assert_frame_equal(
        cluster_profile(kmeans, pl.DataFrame(frame)), expected
    )
    for table in (csr_array(X), X.tolist()):
        found = cluster_profile(None, table, labels=labels)["mean"]
        np.testing.assert_allclose(found, expected["mean"])
    fitted = KMeans(3, random_state=0).fit(frame)
    with pytest.warns(UserWarning, match="valid feature names"):
        assert list(cluster_profile(fitted, X)["mean"].columns) == names


def test_sparse_rows_of_a_pipeline_have_a_confidence(monkeypatch):
    """The codes of categories are sparse by default."""
    monkeypatch.setattr("skdeepcluster.profile._DENSE_ROWS", 7)
    raw = pd.DataFrame({"ward": [*"AABBC"] * 12, "sex": [*"fm"] * 30})
    idec = IDEC(2, hidden_layer_sizes=(8,), max_iter=1, random_state=0)
    pipe = make_pipeline(OneHotEncoder(), idec).fit(raw)
    rows = pipe[:-1].transform(raw)
    assert issparse(rows)
    found = cluster_profile(pipe, raw)["cluster", "confidence"]["all"]
    expected = idec.predict_proba(rows.toarray()).max(axis=1).mean()
    assert found == pytest.approx(expected, rel=1e-5)


def test_noise_is_one_more_cluster(frame):
    labels = np.where(frame["age"] > 55, -1, LABELS)
    assert list(cluster_profile(None, frame, labels=labels).index) == [-1, 0, 1, "all"]


def test_columns_of_holes_and_many_categories(frame):
    frame["empty"] = np.nan
    frame["text"] = list("aabbccddee")
    profile = cluster_profile(None, frame, labels=LABELS, max_categories=2)
    assert profile["mean"].filter(like="text=").columns.tolist() == ["text=a", "text=b"]
    assert profile["mean"]["empty"].isna().all()
    assert (profile["mean"]["empty is missing"] == 1).all()
    assert (profile["difference"]["empty"] == 0).all()


def test_frame_is_not_changed(frame):
    before = frame.copy()
    cluster_profile(None, frame, labels=LABELS)
    pd.testing.assert_frame_equal(frame, before)


def test_warning_is_given_once():
    numbers = pd.DataFrame(np.random.RandomState(0).rand(10, 4), columns=[*"abcd"])
    views = [["a", "b"], ["c", "d"]]
    eamc = EAMC(2, views=views, pretrain_epochs=1, max_iter=1, random_state=0)
    eamc.fit(numbers)
    numbers.loc[3, "a"] = np.nan  # a view that is partly missing
    with pytest.warns(UserWarning, match="1 row of X lacks") as given:
        cluster_profile(eamc, numbers)
    assert len(given) == 1


def test_wrong_labels(frame):
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        cluster_profile(None, frame, labels=LABELS[:5])


def test_without_pandas(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="pip install pandas"):
        cluster_profile(None, [[1]], labels=[0])
