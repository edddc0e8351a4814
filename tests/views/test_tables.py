"""Which columns are which view."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.utils.estimator_checks import parametrize_with_checks

from skdeepcluster.views import (
    ViewImputer,
    resolve_views,
    split_views,
    stack_modalities,
    stack_views,
)

NAMES = ["num__a", "num__b", "cat__a", "num__c"]


def columns(views, n_features=4, names=None):
    found = resolve_views(views, n_features, names)
    return {name: numbers.tolist() for name, numbers in found.items()}


@pytest.mark.parametrize(
    ("views", "expected"),
    [
        (1, {"view0": [0, 1, 2, 3]}),
        (3, {"view0": [0, 1], "view1": [2], "view2": [3]}),
        ([1, 3], {"view0": [0], "view1": [1, 2, 3]}),
        (np.array([1, 3]), {"view0": [0], "view1": [1, 2, 3]}),
        ({"a": 3, "b": 1}, {"a": [0, 1, 2], "b": [3]}),
        ([slice(2, 4), slice(0, 1)], {"view0": [2, 3], "view1": [0]}),
        ({"a": slice(-2, None), "b": [0]}, {"a": [2, 3], "b": [0]}),
        ({"a": [3, 1], "b": np.array([-4])}, {"a": [3, 1], "b": [0]}),
        ([[True, False, True, False], [1]], {"view0": [0, 2], "view1": [1]}),
    ],
    ids=str,
)
def test_forms(views, expected):
    assert columns(views) == expected


def test_names():
    views = {"x": ["cat__a", "num__a"], "y": slice(3, 4)}
    assert columns(views, names=NAMES) == {"x": [2, 0], "y": [3]}
    assert columns([["num__a"]], names=NAMES) == {"view0": [0]}
    assert columns("prefix", names=NAMES) == {"num": [0, 1, 3], "cat": [2]}


@pytest.mark.parametrize(
    ("views", "error", "message"),
    [
        (0, ValueError, "views=0 blocks"),
        (5, ValueError, "n_features=4"),
        (True, TypeError, "views should be"),
        (1.5, TypeError, "views should be"),
        ([], ValueError, "views is empty"),
        ("suffix", ValueError, "'prefix'"),
        ("prefix", ValueError, "pass a DataFrame"),
        ([2, 1], ValueError, "add up to 3, but X has n_features=4"),
        ([2, 3], ValueError, "add up to 5"),
        ([0, 4], ValueError, "'view0' has width 0"),
        ({"a": 3, "b": [3]}, TypeError, "mixes widths"),
        ({"a": [0, 1], "b": [1]}, ValueError, "Column 1 is in view 'a' and again"),
        ({"a": [0, 0]}, ValueError, "Column 0 is in view 'a' and again in view 'a'"),
        ({"a": []}, ValueError, "'a' is empty"),
        ({"a": slice(2, 2)}, ValueError, "'a' is empty"),
        ({"a": [False] * 4}, ValueError, "'a' is empty"),
        ({"a": [0, 4]}, ValueError, r"'a': \[4\] are outside"),
        ({"a": slice(0, 6)}, ValueError, r"'a': \[6\] are outside"),
        ({"a": slice("x", "y")}, TypeError, "'a'.*column numbers"),
        ({"a": [True, False]}, ValueError, "mask has 2 entries"),
        ({"a": "col"}, TypeError, "write a list of column names"),
        ({"a": ["num__a"]}, ValueError, "Pass a DataFrame"),
        ({"a": [0, 1.5]}, TypeError, "'a' should hold column numbers"),
        ({"a": [[0], [1]]}, TypeError, "'a' should be a slice or a list"),
        ([None], TypeError, "'view0' should be a slice or a list"),
    ],
    ids=str,
)
def test_errors_name_the_view(views, error, message):
    with pytest.raises(error, match=message):
        resolve_views(views, 4)


def test_errors_with_names():
    with pytest.raises(ValueError, match=r"View 'a': \['z'\] are not columns"):
        resolve_views({"a": ["num__a", "z"]}, 4, NAMES)
    with pytest.raises(ValueError, match="Did you mean 'cat__a'"):
        resolve_views({"a": ["cat_a"]}, 4, NAMES)
    with pytest.raises(ValueError, match="Did you mean 'num__b'"):
        resolve_views({"a": ["b"]}, 4, NAMES)
    with pytest.raises(ValueError, match="Column 'num__a' is in view"):
        resolve_views({"a": ["num__a"], "b": ["num__a"]}, 4, NAMES)
    with pytest.raises(ValueError, match="column 'b' has no prefix"):
        resolve_views("prefix", 2, ["a__x", "b"])


@given(widths=st.lists(st.integers(1, 4), min_size=1, max_size=5), seed=st.integers(0))
def test_split_undoes_stack(widths, seed):
    generator = np.random.RandomState(seed % 2**32)
    tables = [generator.rand(3, width) for width in widths]
    X, views = stack_views(tables)
    assert views == widths
    for table, back in zip(tables, split_views(X, views).values(), strict=True):
        np.testing.assert_array_equal(back, table)


@given(data=st.data(), n_features=st.integers(1, 8))
def test_blocks_are_disjoint_and_in_order(data, n_features):
    n_views = data.draw(st.integers(1, n_features))
    found = resolve_views(n_views, n_features)
    np.testing.assert_array_equal(np.concatenate([*found.values()]), range(n_features))
    widths = [len(numbers) for numbers in found.values()]
    assert max(widths) - min(widths) <= 1


@given(data=st.data(), n_features=st.integers(1, 8))
def test_any_partition_is_kept(data, n_features):
    order = data.draw(st.permutations(range(n_features)))
    cut = data.draw(st.integers(1, n_features))
    views = {"left": order[:cut]} | ({"right": order[cut:]} if order[cut:] else {})
    assert columns(views, n_features) == views


def test_tables_by_name():
    X, views = stack_views({"a": np.ones((2, 2)), "b": np.zeros((2, 1))})
    assert views == {"a": 2, "b": 1}
    assert columns(views, 3) == {"a": [0, 1], "b": [2]}
    np.testing.assert_array_equal(X, [[1, 1, 0], [1, 1, 0]])


def test_stack_needs_the_same_rows():
    with pytest.raises(ValueError, match="'view0': 2, 'view1': 3"):
        stack_views([np.ones((2, 1)), np.ones((3, 1))])
    with pytest.raises(ValueError, match="Table 'a'"):
        stack_views({"a": [[np.inf]]})


def test_frames_of_other_rows_are_not_stacked():
    left = pd.DataFrame({"a": [1.0, 2.0]}, index=["x", "y"])
    with pytest.raises(ValueError, match="'b' has a different index from 'a'"):
        stack_views({"a": left, "b": left[::-1]})
    X, _ = stack_views({"a": left, "b": left, "c": [[5.0], [6.0]]})
    np.testing.assert_array_equal(X, [[1, 1, 5], [2, 2, 6]])


@pytest.mark.filterwarnings("default")
@parametrize_with_checks([ViewImputer()])
def test_imputer_is_an_estimator(estimator, check):
    check(estimator)


def test_imputer_leaves_missing_views():
    nan = np.nan
    X = pd.DataFrame(
        {"a__x": [1, nan, 3, nan], "a__y": [1, 5, nan, nan], "b__x": [nan, 2, 4, 6]}
    )
    imputer = ViewImputer("prefix").set_output(transform="pandas").fit(X)
    filled = imputer.transform(X)
    assert list(filled.columns) == list(X.columns)
    expected = [[1, 1, nan], [2, 5, 2], [3, 3, 4], [nan, nan, 6]]
    np.testing.assert_array_equal(filled, expected)
    assert np.isnan(X.loc[1, "a__x"])
    # New rows get the means of the rows of fit.
    new = pd.DataFrame([[nan, 9.0, nan]], columns=X.columns)
    np.testing.assert_array_equal(imputer.transform(new), [[2, 9, nan]])


def test_split_keeps_frames():
    frame = pd.DataFrame(np.arange(8).reshape(2, 4), columns=NAMES)
    tables = split_views(frame, "prefix")
    assert list(tables["num"].columns) == ["num__a", "num__b", "num__c"]
    of_polars = split_views(pl.DataFrame(frame), {"x": ["cat__a"]})
    np.testing.assert_array_equal(of_polars["x"], [[2], [6]])


@given(heights=st.lists(st.integers(1, 4), min_size=1, max_size=4))
def test_modalities_are_blocks(heights):
    tables = {
        f"m{i}": np.full((height, i + 1), float(i)) for i, height in enumerate(heights)
    }
    X, views = stack_modalities(tables)
    assert len(X) == sum(heights)
    start = 0
    for (name, table), height in zip(tables.items(), heights, strict=True):
        rows = slice(start, start + height)
        for other, back in split_views(X, views).items():
            if other == name:
                np.testing.assert_array_equal(back[rows], table)
            else:
                assert np.isnan(back[rows]).all()
        start += height


def test_modalities_of_integers():
    X, _ = stack_modalities([np.ones((1, 1), int), np.ones((1, 1), np.float32)])
    assert np.isnan(X[0, 1])
    assert np.isnan(X[1, 0])


@pytest.mark.parametrize(
    "dtype", ["int8", "uint8", "int16", "uint16", "uint64", object]
)
def test_column_numbers_and_widths_of_any_integer_type(dtype):
    numbers = [np.array([0, 1], dtype), np.array([3, 2], dtype)]
    columns = resolve_views(numbers, 300)
    assert {view: c.tolist() for view, c in columns.items()} == {
        "view0": [0, 1],
        "view1": [3, 2],
    }
    assert all(c.dtype == np.int64 for c in columns.values())
    if dtype != "int8":
        widths = resolve_views(np.array([200, 200], dtype), 400)
        assert widths["view1"][-1] == 399


@pytest.mark.parametrize(
    ("views", "error", "message"),
    [
        ([slice(0, 4, 0)], ValueError, "'view0': .* has step 0"),
        ([[0, 1], [2.0, 3.0]], TypeError, r"'view1' should hold .*holds \['float'\]"),
        ([[True, 0], [3]], TypeError, r"'view0' should hold .*'bool', 'int'"),
        ([[[0], [1, 2]], [3]], TypeError, r"'view0' should hold .*'list'"),
        ([["a", 1], ["b"]], TypeError, r"'view0' should hold .*'int', 'str'"),
        ([["a"], ["b"]], ValueError, r"'view0': X has several columns called \['a'\]"),
        (
            {5: [0], 7: [1]},
            TypeError,
            r"Names of views should be strings, got \[5, 7\]",
        ),
    ],
)
def test_malformed_views_are_named(views, error, message):
    with pytest.raises(error, match=message):
        resolve_views(views, 4, ["a", "a", "b", "c"])


def test_tables_from_an_iterator_and_with_none():
    X, views = stack_views(np.asarray(t) for t in ([[1.0]], [[2.0]]))
    assert (X.tolist(), views) == ([[1, 2]], [1, 1])
    X, _ = stack_views([[[1.0], [None]], [[1], [2]]])
    assert X.dtype == np.float64
    assert np.isnan(X[1, 0])


def test_imputed_means_do_not_overflow():
    X = np.array([[3e38, 2], [3e38, 1], [np.nan, 1]], np.float32)
    filled = ViewImputer([[0, 1]]).fit_transform(X)
    assert filled[2, 0] == pytest.approx(3e38, rel=1e-5)


def test_imputer_keeps_its_fit_when_the_next_one_fails():
    X = np.array([[1.0, np.nan, 2.0], [3.0, 4.0, 5.0]])
    imputer = ViewImputer([2, 1]).fit(X)
    with pytest.raises(ValueError, match="add up to 3"):
        imputer.fit(X[:, :2])
    np.testing.assert_array_equal(imputer.transform(X)[0], [1, 4, 2])
