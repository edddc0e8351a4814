"""Makers of tables with several views, and of mixed columns."""

import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from skdeepcluster.datasets import (
    make_mixed_modal,
    make_mixed_table,
    make_multiview_blobs,
)
from skdeepcluster.views import split_views


def agreement(X, y):
    labels = KMeans(len(set(y)), n_init=5, random_state=0).fit_predict(X)
    return adjusted_rand_score(y, labels)


def test_clusters_are_apart_only_in_all_views_together():
    X, y, views = make_multiview_blobs(
        300, 4, n_clusters=4, n_views=3, n_noise_views=1, random_state=0
    )
    assert X.shape == (300, 16)
    assert views == [4, 4, 4, 4]
    assert np.bincount(y).tolist() == [75] * 4
    tables = list(split_views(X, views).values())
    assert all(agreement(table, y) < 0.8 for table in tables[:3])
    assert agreement(tables[3], y) < 0.1
    assert agreement(np.hstack(tables[:3]), y) > 0.95


@pytest.mark.parametrize(("n_views", "n_clusters"), [(1, 3), (2, 2)])
def test_clusters_that_one_view_tells_apart(n_views, n_clusters):
    X, y, views = make_multiview_blobs(
        100, n_views=n_views, n_clusters=n_clusters, random_state=0
    )
    assert agreement(split_views(X, views)["view0"], y) > 0.9


def test_missing_views():
    X, _, views = make_multiview_blobs(200, 3, missing=0.3, random_state=0)
    missing = [np.isnan(table) for table in split_views(X, views).values()]
    assert all((m.all(1) | ~m.any(1)).all() for m in missing)
    n_lost = sum(m.all(1).astype(int) for m in missing)
    assert n_lost.max() == 1
    assert n_lost.sum() == 60


def test_seeds():
    first, second = (make_multiview_blobs(50, random_state=0)[0] for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert not np.allclose(first, make_multiview_blobs(50, random_state=1)[0])
    np.random.seed(1)  # noqa: NPY002 - the global generator is what is watched
    before = np.random.get_state()[1].tobytes()  # noqa: NPY002
    unseeded = make_multiview_blobs(50)[0]
    assert not np.allclose(unseeded, make_multiview_blobs(50)[0])
    assert np.random.get_state()[1].tobytes() == before  # noqa: NPY002


def test_bad_parameters():
    with pytest.raises(ValueError, match="missing"):
        make_multiview_blobs(missing=1.5)
    with pytest.raises(ValueError, match="single view"):
        make_multiview_blobs(n_views=1, missing=0.5)
    with pytest.raises(ValueError, match="n_views == 0"):
        make_multiview_blobs(n_views=0)
    with pytest.raises(TypeError, match="n_clusters"):
        make_multiview_blobs(n_clusters=2.0)


def test_mixed_rows_are_seen_in_one_modality():
    X, y, views = make_mixed_modal(300, n_views=3, paired=0.1, random_state=0)
    assert X.shape == (300, 18)
    assert views == [6, 6, 6]
    tables = split_views(X, views).values()
    seen = np.stack([~np.isnan(t).any(1) for t in tables], 1)
    partly = np.stack([np.isnan(t).any(1) ^ np.isnan(t).all(1) for t in tables], 1)
    assert not partly.any()
    assert np.bincount(seen.sum(1)).tolist() == [0, 270, 0, 30]
    assert np.bincount(y).tolist() == [75] * 4
    for view, table in enumerate(tables):
        assert agreement(table[seen[:, view]], y[seen[:, view]]) > 0.95
    again, _, _ = make_mixed_modal(300, n_views=3, paired=0.1, random_state=0)
    np.testing.assert_array_equal(again, X)


def test_numpy_numbers_and_wrong_ones():
    assert len(make_mixed_modal(np.int64(20))[0]) == 20
    for wrong in ({"n_clusters": 0}, {"paired": 1.5}, {"n_samples": 2.5}):
        with pytest.raises((TypeError, ValueError), match=next(iter(wrong))):
            make_mixed_modal(**wrong)


def test_mixed_table_has_what_it_says():
    frame, y = make_mixed_table(
        500, n_clusters=4, missing=0.1, duplicates=0.04, outliers=2, random_state=0
    )
    assert frame.shape == (500, 20)
    assert y.shape == (500,)
    assert frame.index.equals(pd.RangeIndex(500))
    sizes = np.bincount(y)
    assert len(sizes) == 4
    assert (np.diff(sizes) < 0).all()
    assert frame.duplicated().sum() == 20
    assert frame["currency"].nunique() == 1
    assert frame["customer_id"].nunique() == 480
    holes = frame.isna().mean()
    assert (holes[:2] == 0).all()
    assert holes[2:].between(0.05, 0.15).all()
    assert (frame["income"] > 100 * frame["income"].median()).sum() in (1, 2, 3)
    assert frame["joined"].dtype.kind == "M"


def test_every_kind_of_column_of_the_mixed_table_carries_the_segments():
    frame, y = make_mixed_table(
        400, n_clusters=3, missing=0, outliers=0, duplicates=0, random_state=0
    )
    numbers = frame.select_dtypes("number")
    assert numbers.std().max() > 1000 * numbers.std().min()
    assert agreement((numbers - numbers.mean()) / numbers.std(), y) > 0.8
    categories = frame[["region", "channel", "plan", "payment", "newsletter"]]
    assert agreement(pd.get_dummies(categories.astype(str)), y) > 0.2


@pytest.mark.parametrize("n_clusters", [1, 4, 9])
def test_every_segment_of_a_small_mixed_table_has_rows(n_clusters):
    _, y = make_mixed_table(9, n_clusters=n_clusters, duplicates=0, random_state=0)
    assert np.bincount(y).min() >= 1
    assert len(np.unique(y)) == n_clusters


def test_mixed_table_is_reproducible():
    first, second = (make_mixed_table(50, random_state=3)[0] for _ in range(2))
    pd.testing.assert_frame_equal(first, second)
    assert not first.equals(make_mixed_table(50, random_state=4)[0])


def test_mixed_table_without_pandas(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="pip install pandas"):
        make_mixed_table(10)


@pytest.mark.parametrize(
    "wrong",
    [{"missing": 1}, {"duplicates": 1.5}, {"n_clusters": 11}, {"outliers": 11}],
    ids=str,
)
def test_mixed_table_that_is_impossible(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        make_mixed_table(10, **wrong)
