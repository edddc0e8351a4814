"""Columns that code categories, as the other columns predict them."""

import numpy as np
import pytest
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skdeepcluster.base.categories import (
    column_groups,
    has_two_values,
    predicted_categories,
)


def table(seed=0, n=500):
    """Two numbers, an answer about their sum, and a category of the first one."""
    rs = np.random.RandomState(seed)
    numbers = rs.normal(size=(n, 2))
    answer = numbers.sum(1) > 0
    third = np.digitize(numbers[:, 0], [-0.4, 0.4])[:, None]
    category = OneHotEncoder(sparse_output=False).fit_transform(third)
    return np.column_stack([numbers, answer, category])


def adapted(X, columns=None):
    used = np.ones(X.shape[1], bool) if columns is None else columns
    return (X - X.mean(0)) @ predicted_categories(X, used).T


def test_groups_are_categories():
    number, one, other = [0.1, 0.5, 0.2], [0, 1, 0], [-1, -1, 3]
    columns = [number, one, other, [0, 1, 1], [1, 0, 0], number, [0, 0, 1]]
    sample = np.transpose(columns).astype(float)
    assert column_groups(sample) == [[0], [1, 2], [3, 4], [5], [6]]


def test_a_value_that_the_sample_lacks_does_not_split_its_category():
    category = np.eye(4)[np.arange(12) % 4]
    category[:, 2] = 0
    assert column_groups(category) == [[0, 1, 3], [2]]


def test_of_several_categories_less_is_kept():
    X = table()
    own = [np.diag(predicted_categories(X[:, :n], np.ones(n, bool)))[2] for n in (3, 6)]
    assert own[1] == pytest.approx(own[0] / 2**0.5)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0, 1, 1], True),
        ([-3.5, 2, -3.5], True),
        ([1, 1, 1], False),
        ([0, 1, 2], False),
    ],
)
def test_two_values(values, expected):
    assert has_two_values(np.array(values, float)) == expected


def test_numbers_are_left_as_they_are():
    X = np.random.RandomState(0).normal(size=(100, 4))
    used = np.array([True, False, True, True])
    np.testing.assert_array_equal(predicted_categories(X, used), np.eye(4)[used])


def test_an_answer_becomes_what_the_other_columns_say_of_it():
    X = table()[:, :3]
    Z = adapted(X)
    np.testing.assert_allclose(Z[:, :2], X[:, :2] - X[:, :2].mean(0))
    assert len(np.unique(Z[:, 2].round(6))) == len(X)
    # But for the half of the answer itself, it is the sum of the numbers.
    own = 0.5 * (X[:, 2] - X[:, 2].mean()) / X[:, 2].std()
    level = X[:, :2].var(0).mean() ** 0.5
    predicted = (Z[:, 2] - own * level) / 0.5
    assert np.corrcoef(predicted, X[:, :2].sum(1))[0, 1] > 0.999
    # The sign of a sum of normal numbers has the correlation sqrt(2 / pi) with it.
    assert predicted.std() == pytest.approx(level * (2 / np.pi) ** 0.5, rel=0.1)


def test_categories_are_not_predicted_from_themselves():
    weights = predicted_categories(table(), np.ones(6, bool))
    own = weights[3:, 3:]
    np.testing.assert_array_equal(own, np.diag(np.diag(own)))
    assert (weights[3:, :3] != 0).all()


def test_the_coding_of_categories_does_not_matter():
    X = table()
    other = X.copy()
    other[:, 2] = 7 - 3 * X[:, 2]
    other[:, 3:] = StandardScaler().fit_transform(X[:, 3:])
    expected, found = adapted(X), adapted(other)
    found[:, 2] *= -1  # 0 is the other answer now
    np.testing.assert_allclose(found, expected, atol=1e-8)


@pytest.mark.parametrize("unit", [1e-12, 1e12])
def test_units_do_not_matter(unit):
    X = table()
    np.testing.assert_allclose(adapted(X * unit) / unit, adapted(X), atol=1e-6)


def test_units_of_numbers_set_those_of_predictions():
    X = table()
    other = X * np.r_[10, 10, np.ones(4)]
    np.testing.assert_allclose(adapted(other) / 10, adapted(X), atol=1e-6)


def test_answers_about_nothing_are_predicted_to_be_alike():
    rs = np.random.RandomState(0)
    X = np.column_stack([table()[:, :2], rs.randint(2, size=500)])
    Z = adapted(X)
    # What is left is the half of the answer itself.
    assert Z[:, 2].var() == pytest.approx(0.25 * Z[:, :2].var(0).mean(), rel=0.1)


def test_columns_that_are_not_used_predict_nothing():
    used = np.array([True, False, True, True, True, True])
    weights = predicted_categories(table(), used)
    assert weights.shape == (5, 6)
    np.testing.assert_array_equal(weights[:, 1], 0)


@pytest.mark.parametrize("columns", [[2], [3, 4, 5]], ids=str)
def test_a_single_category_is_left_as_it_is(columns):
    X = table()[:, columns]
    np.testing.assert_allclose(adapted(X), X - X.mean(0))


def test_categories_without_variance_to_speak_of_are_left_as_they_are():
    X = table() * np.r_[1, 1, np.full(4, 0.01)]
    np.testing.assert_allclose(adapted(X), X - X.mean(0))


def test_flags_without_variance_to_speak_of_are_left_as_they_are():
    X = table()
    flag = np.random.RandomState(1).randint(2, size=500) * 1e-3
    Z = adapted(np.column_stack([X, flag]))
    np.testing.assert_allclose(Z[:, 6], flag - flag.mean())


def test_tables_of_categories_only():
    X = table()[:, 2:]
    Z = adapted(X)
    assert np.isfinite(Z).all()
    assert 0 < Z.var(0).mean() < 1


def test_constant_columns_have_no_unit():
    X = np.hstack([table()[:, 2:], np.ones((500, 1))])
    Z = adapted(X)
    np.testing.assert_allclose(Z[:, :4], adapted(X[:, :4]), atol=1e-12)
    np.testing.assert_array_equal(Z[:, 4], 0)


def test_many_rows_are_sampled():
    Z = adapted(table(n=6000))
    assert Z.shape == (6000, 6)
