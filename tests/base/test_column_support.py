"""Columns of which neighbours in the other columns tell something."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import make_circles, make_moons
from sklearn.preprocessing import OneHotEncoder

from skdeepcluster.base import column_support as module
from skdeepcluster.base.column_support import (
    standard_errors_above_chance,
    supported_columns,
)


def blobs(rs, n=600, n_columns=4):
    y = rs.randint(3, size=n)
    return rs.normal(size=(3, n_columns))[y] * 2 + rs.normal(size=(n, n_columns)), y


def yes_no(rs, n=600, chance=0.5):
    return (rs.uniform(size=(n, 1)) < chance).astype(float)


def category(values):
    return OneHotEncoder(sparse_output=False).fit_transform(values[:, None])


def noise(rs, kind, n=600):
    return {
        "yes/no": lambda: yes_no(rs, n),
        "rare": lambda: yes_no(rs, n, 0.1),
        "yes and no": lambda: category(yes_no(rs, n)[:, 0]),
        "category": lambda: category(rs.randint(4, size=n)),
        "normal": lambda: rs.normal(size=(n, 4)),
        "skewed": lambda: np.exp(rs.normal(size=(n, 5)) / 2),
        "grades": lambda: rs.binomial(4, 0.5, size=(n, 6)).astype(float),
    }[kind]()


@pytest.mark.parametrize(
    "kind",
    [
        "yes/no",
        "rare",
        "yes and no",
        "category",
        "normal",
        "skewed",
        "grades",
    ],
)
def test_columns_of_noise_are_not_supported(kind):
    rs = np.random.RandomState(0)
    X, _ = blobs(rs)
    added = noise(rs, kind)
    supported = supported_columns(np.hstack([X, added]))
    assert supported[:4].all()
    assert not supported[4:].any()


def test_categories_that_depend_on_the_clusters_are_supported():
    rs = np.random.RandomState(0)
    X, y = blobs(rs)
    answers = np.where(rs.uniform(size=600) < 0.8, y == 1, rs.randint(2, size=600))
    X = np.hstack([X, answers[:, None], category((y + rs.randint(2, size=600)) % 3)])
    assert supported_columns(X).all()


def test_a_column_with_clusters_of_its_own_is_supported():
    rs = np.random.RandomState(0)
    X, _ = blobs(rs)
    own = rs.randint(2, size=(600, 1)) * 6 + rs.normal(size=(600, 1))
    assert supported_columns(np.hstack([X, own])).all()
    assert not supported_columns(np.hstack([X, own > 3])).all()  # a yes/no column


def test_numbers_are_kept_unless_half_of_them_are_noise():
    rs = np.random.RandomState(0)
    X = np.hstack([blobs(rs)[0], rs.normal(size=(600, 4))])
    assert supported_columns(X).tolist() == [True] * 4 + [False] * 4
    assert supported_columns(X[:, :7]).all()
    answered = np.hstack([X[:, :7], yes_no(rs)])
    assert supported_columns(answered).tolist() == [True] * 7 + [False]


def test_rings_agree_without_correlation():
    X, _ = make_circles(600, noise=0.05, factor=0.4, random_state=0)
    assert (standard_errors_above_chance(X, [[0], [1]]) > 10).all()


def test_curves_are_found_among_noise():
    rs = np.random.RandomState(0)
    X = np.hstack([make_moons(600, noise=0.05, random_state=0)[0], noise(rs, "normal")])
    assert supported_columns(X).tolist() == [True, True] + 4 * [False]


@pytest.mark.parametrize("shape", [(600, 5), (600, 2), (60, 1)], ids=str)
def test_all_columns_are_kept_where_none_depends_on_another(shape):
    X = np.random.RandomState(0).normal(size=shape)
    assert supported_columns(X).all()


def test_copies_of_rows_confirm_nothing():
    rs = np.random.RandomState(0)
    X = np.hstack([blobs(rs)[0], yes_no(rs)])
    assert supported_columns(np.vstack([X, X])).tolist() == [True] * 4 + [False]
    assert supported_columns(np.repeat(X[:49], 20, axis=0)).all()


def test_constant_columns_are_no_noise():
    rs = np.random.RandomState(0)
    X = np.hstack([blobs(rs)[0], rs.normal(size=(600, 1)), np.ones((600, 5))])
    assert supported_columns(X)[:5].all()


def test_an_outlier_makes_no_clusters():
    rs = np.random.RandomState(0)
    X = np.hstack([blobs(rs)[0], rs.normal(size=(600, 6))])
    X[0, 4:] += 100
    assert not supported_columns(X)[4:].any()


def test_many_numbers_that_tell_little_are_kept():
    rs = np.random.RandomState(0)
    y = rs.randint(3, size=400)
    X = (rs.normal(size=(3, 150)) * 0.3)[y] + rs.normal(size=(400, 150))
    assert supported_columns(X).all()
    noise = np.hstack([blobs(rs, 400)[0], rs.normal(size=(400, 100))])
    assert supported_columns(noise)[4:].mean() < 0.1


def test_columns_without_variance_to_speak_of_are_kept():
    rs = np.random.RandomState(0)
    X = np.hstack([blobs(rs)[0], yes_no(rs) / 100, np.ones((600, 1))])
    assert supported_columns(X).all()


@pytest.mark.parametrize("unit", [1e-30, 1e30])
def test_units_do_not_matter(unit):
    rs = np.random.RandomState(0)
    X = np.hstack([blobs(rs)[0], rs.normal(size=(600, 4))])
    expected = [True] * 4 + [False] * 4
    assert supported_columns(X * unit).tolist() == expected
    assert supported_columns(X * np.r_[np.ones(7), 1e6]).tolist() == expected


@settings(max_examples=5)
@given(order=st.permutations(range(7)))
def test_the_order_of_columns_does_not_matter(order):
    rs = np.random.RandomState(0)
    X = np.hstack([blobs(rs, 100, 3)[0], rs.normal(size=(100, 4))])
    supported = supported_columns(X)
    assert supported_columns(X[:, order]).tolist() == supported[list(order)].tolist()


def test_a_sample_of_a_long_table_is_judged(monkeypatch):
    rs = np.random.RandomState(0)
    X = np.hstack([blobs(rs, 5000)[0], yes_no(rs, 5000)])
    monkeypatch.setattr(module, "_ROWS", 300)
    assert supported_columns(X).tolist() == [True] * 4 + [False]


def test_copies_agree_as_far_as_neighbours_can():
    x = np.arange(64.0)[:, None] % 2
    errors = standard_errors_above_chance(np.hstack([x, 5 * x, x]), [[0], [1], [2]])
    # Every neighbour has the same value: both measures are 1.
    np.testing.assert_allclose(errors, np.sqrt(64 * 15 / 2))


@pytest.mark.parametrize(
    ("values", "bimodal"),
    [
        (np.r_[np.full(50, -1.0), np.zeros(5), np.full(50, 1.0)], True),
        (np.linspace(0, 1, 101) ** 3, True),  # a corner holds most of it
        (np.random.RandomState(0).normal(size=500), False),
        (np.r_[np.zeros(50), np.ones(50)], False),  # two values: no number
        (np.ones(50), False),
    ],
)
def test_bimodality(values, bimodal):
    assert module._is_bimodal(values[:, None]) == bimodal
