"""Columns without numbers are named; several tables are sent to stack_views."""

import datetime

import numpy as np
import pandas as pd
import polars as pl
import pytest

from skdeepcluster import EAMC, IDEC
from skdeepcluster.base.input_checks import check_no_infinity, check_table
from skdeepcluster.views import ViewImputer

FINE = {
    "float": [1.5, np.nan],
    "int": [1, 2],
    "bool": [True, False],
    "Int64": pd.array([1, None], dtype="Int64"),
    "Float32": pd.array([1, None], dtype="Float32"),
    "object": np.array([1, 2.5], dtype=object),
    "digits": ["1", "2"],
    "category": pd.Categorical([3, 4]),
}
WRONG = {
    "text": ["good", None],
    "category": pd.Categorical(["a", "b"]),
    "string": pd.array(["a", "b"], dtype="string"),
    "date": pd.to_datetime(["2024-01-01", "2024-01-02"]),
    "span": pd.to_timedelta([1, 2], "D"),
}


@pytest.mark.parametrize("value", [np.inf, -np.inf])
def test_infinities_are_refused_where_nan_is_not(value):
    X = np.zeros((3_000, 2))
    X[0, 0] = np.nan
    check_no_infinity(X)
    check_no_infinity(np.zeros((2, 2), int))
    X[2_999, 1] = value
    with pytest.raises(ValueError, match="contains infinity"):
        check_no_infinity(X)


@pytest.mark.parametrize("kind", FINE)
def test_columns_of_numbers(kind):
    check_table(pd.DataFrame({"a": [1, 2], "b": FINE[kind]}))


@pytest.mark.parametrize("kind", WRONG)
def test_columns_of_something_else(kind):
    frame = pd.DataFrame({"a": [1, 2], "b": WRONG[kind]})
    with pytest.raises(ValueError, match="Columns 'b' of X are not numeric"):
        check_table(frame)


def test_polars():
    check_table(pl.DataFrame({"a": [1, None], "b": [True, False], "c": [0.5, 1.0]}))
    days = [datetime.date(2024, 1, 1)] * 2
    with pytest.raises(ValueError, match="Columns 'b', 'c' of X"):
        check_table(pl.DataFrame({"a": [1, 2], "b": ["x", "y"], "c": days}))


def test_equal_names():
    frame = pd.DataFrame([[1, "x"], [2, "y"]], columns=["a", "a"])
    with pytest.raises(ValueError, match="Columns 'a' of X"):
        check_table(frame)


def test_what_is_no_frame_passes():
    for X in ([[1, 2]], np.ones((2, 2)), [["a"]], None):
        check_table(X)


@pytest.mark.parametrize("estimator", [IDEC(2), EAMC(2, views=[["a"]])])
def test_estimators_name_the_column(estimator):
    frame = pd.DataFrame({"a": [1.0, 2.0], "note": ["x", "y"]})
    with pytest.raises(ValueError, match="Columns 'note' of X are not numeric"):
        estimator.fit(frame)
    with pytest.raises(ValueError, match="Columns 'note' of X are not numeric"):
        ViewImputer([["a"]]).fit(frame)


@pytest.mark.parametrize("several", [dict, list])
def test_several_tables(several):
    frames = {"lab": pd.DataFrame({"a": [1]}), "home": pd.DataFrame({"b": [1]})}
    X = frames if several is dict else list(frames.values())
    with pytest.raises(TypeError, match="stack_views"):
        EAMC(2).fit(X)
