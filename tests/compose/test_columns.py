"""Columns are told by their dtype and values, and wrong frames by their columns."""

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest

from skdeepcluster.compose import table_encoder
from tests.compose.frames import encoded


@pytest.mark.parametrize(
    "column",
    [
        ["same"] * 40,
        [1.5] * 20 + [np.nan] * 20,
        [None] * 40,
        [f"customer {n}" for n in range(40)],
        np.arange(1000, 1040),
        np.arange(40)[::-1] * 2 + 7,
    ],
    ids=["constant", "number", "empty", "text", "running", "every other"],
)
def test_columns_that_say_nothing_are_left_out(frame, column):
    expected = list(encoded(frame).columns)
    assert list(encoded(frame.assign(extra=column)).columns) == expected


@pytest.mark.parametrize(
    "column",
    [
        np.arange(40) ** 2,
        np.arange(40) // 2,
        np.arange(40) + 0.5,
        ["yes"] + [None] * 39,
        pd.array([1, 2, None, 9] * 10, dtype="Int64"),
        [1, 2, None, 9.5] * 10,
        [True, False, None, True] * 10,
        pd.Categorical([f"c{n}" for n in range(20)] * 2),
    ],
    ids=["wide", "twice", "fractions", "flag", "Int64", "objects", "truth", "dtype"],
)
def test_columns_that_say_something_are_kept(frame, column):
    X = encoded(frame.assign(extra=pd.Series(column)))
    assert X.filter(like="extra").shape[1] > 0
    assert X.notna().all(axis=None)


def test_kinds_can_be_given(frame):
    frame = frame.assign(
        zip=np.arange(40) % 5 + 10_000, joined=frame["day"].astype(str), note="text"
    )
    X = encoded(frame, categories=["zip"], dates=["joined"], drop=["amount"])
    assert "zip_10003" in X
    assert "amount" not in X
    np.testing.assert_allclose(X["joined"], X["day"])
    # A hole next month makes floats of whole numbers.
    encoder = table_encoder(categories=["zip"], drop=["joined"]).fit(frame)
    later = frame.astype({"zip": float})
    later.loc[0, "zip"] = np.nan
    found = encoder.transform(later)
    np.testing.assert_array_equal(found[1:], encoder.transform(frame)[1:])


@pytest.mark.parametrize("text", ["2024-03-{}", "{}.03.2024", "3/{}/2024 10:15"])
def test_dates_that_are_text(frame, text):
    days = [text.format(10 + n % 15) for n in range(40)]
    raw = frame.assign(since=[None, *days[1:]])
    with pytest.warns(UserWarning, match=r"Columns \['since'\] hold dates as text"):
        table_encoder().fit(raw)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for advice in ("dates", "drop"):
            table_encoder(**{advice: ["since"]}).fit(raw)
        for other in ("192.168.0.{}", "10-11-{}", "2024-03", "A2024-03-{}"):
            table_encoder().fit(
                frame.assign(since=[other.format(n) for n in range(40)])
            )


@pytest.mark.parametrize(
    ("X", "error", "match"),
    [
        (np.ones((3, 2)), TypeError, "pandas DataFrame, got numpy.ndarray: pandas"),
        (pl.DataFrame({"a": [1]}), TypeError, r"polars.DataFrame: pass X.to_pandas\("),
        (pd.DataFrame({0: [1, 2]}), TypeError, "should be strings, got 0"),
        (pd.DataFrame([[1, 2]] * 3, columns=["a", "a"]), ValueError, "'a'"),
        (pd.DataFrame({"a": [[1], [2]]}), TypeError, r"drop=\['a'\] leaves it out"),
    ],
    ids=["array", "polars", "numbers as names", "twice", "lists"],
)
def test_wrong_frames(X, error, match):
    with pytest.raises(error, match=match):
        table_encoder().fit(X)


def test_advice_of_the_messages(frame):
    table_encoder().fit(pd.DataFrame(np.random.rand(9, 2)).add_prefix("x"))  # noqa: NPY002
    numbered = frame.set_axis([0, 1, 2, 3], axis=1)
    table_encoder().fit(numbered.rename(columns=str))
    twice = pd.concat([frame, frame], axis=1)
    table_encoder().fit(twice.loc[:, ~twice.columns.duplicated()])
    lists = frame.assign(a=[[n] for n in range(40)])
    table_encoder(drop=["a"]).fit(lists)
