"""Columns without numbers are named; several tables are sent to stack_views."""

import datetime
import warnings
from types import SimpleNamespace

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse
import torch
from numpy.lib.recfunctions import structured_to_unstructured
from sklearn import config_context
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline

from skdeepcluster import DM2C, EAMC, IDEC
from skdeepcluster.base.input_checks import (
    check_finite,
    check_table,
    rows_of_list,
    warn_of_lost_digits,
)
from skdeepcluster.training.sources import source_of
from skdeepcluster.views import ViewImputer
from tests.instances import CHEAP, CHEAP_CLUSTERERS, name_of, on_each, takes_views

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
    check_finite(X, "ab")
    check_finite(np.zeros((2, 2), int), "ab", nan="Impute.")
    X[2_999, 1] = value
    with pytest.raises(ValueError, match=r"contains infinity .* row 2999, column 'b'"):
        check_finite(X, "ab")
    with config_context(assume_finite=True):
        check_finite(X, "ab", nan="Impute.")


def test_missing_values_are_located():
    X = np.zeros((3_000, 3))
    X[2_500, 2] = X[2_600, 0] = np.nan
    with pytest.raises(ValueError, match=r"NaN in columns 'a', 'c', first in row 2500"):
        check_finite(X, "abc", nan="Impute.")
    X[2_600, 0] = 0
    with pytest.raises(ValueError, match=r"NaN in column 'c', .* Impute\."):
        check_finite(X, "abc", nan="Impute.")


def test_values_of_sparse_tables_are_located():
    X = scipy.sparse.csr_array(np.diag([1.0, 2.0, 3.0]))
    check_finite(X, "abc", nan="Impute.")
    X.data[1] = np.inf
    with pytest.raises(ValueError, match="row 1, column 'b'"):
        check_finite(X, "abc")
    X.data[1] = np.nan
    with pytest.raises(ValueError, match="NaN in column 'b', first in row 1. Impute"):
        check_finite(X, "abc", nan="Impute.")
    check_finite(X, "abc")


@on_each(CHEAP)
def test_what_to_do_about_missing_values(estimator):
    if takes_views(estimator):
        return
    frame = pd.DataFrame({"a": [1.0, np.nan, 3.0, 4.0] * 5, "b": [1.0, 2, 3, 5] * 5})
    with pytest.raises(ValueError, match=r"NaN in column 'a'.*SimpleImputer") as caught:
        estimator.fit(frame)
    assert "HistGradientBoosting" not in str(caught.value)
    with (
        config_context(assume_finite=True),
        pytest.raises(ValueError, match="contains NaN"),
    ):
        estimator.fit(frame)


@pytest.mark.usefixtures("short_fits")
def test_advice_on_missing_values():
    X = np.random.RandomState(0).rand(30, 3)
    X[4, 1] = np.nan
    pipe = make_pipeline(SimpleImputer(add_indicator=True), IDEC(2))
    assert len(pipe.fit_predict(X)) == 30
    with config_context(assume_finite=True):
        idec = IDEC(2).fit(np.nan_to_num(X))
        with pytest.raises(ValueError, match="Row 4 of X contains NaN"):
            idec.predict(X)


@pytest.mark.usefixtures("short_fits")
@pytest.mark.parametrize("missing", [None, pd.NA])
def test_none_in_rows_is_missing(missing):
    rows = np.random.RandomState(0).rand(40, 2).tolist()
    rows[3][1] = missing
    expected = np.array([[np.nan if v is missing else v for v in row] for row in rows])
    np.testing.assert_array_equal(rows_of_list(rows).astype(float), expected)
    assert rows[3][1] is missing
    for estimator in (EAMC(2, random_state=0), DM2C(2, random_state=0)):
        fitted = estimator.fit(rows)
        assert (fitted.labels_ == clone(estimator).fit(expected).labels_).all()
        assert (fitted.predict(tuple(rows)) == fitted.labels_).all()
    for table in (rows, tuple(map(tuple, rows))):
        with pytest.raises(ValueError, match="NaN in column 1, first in row 3"):
            IDEC(2).fit(table)
    assert ViewImputer(2).fit(rows).statistics_[1] == np.nanmean(expected[:, 1])


def test_rows_of_different_lengths():
    with pytest.raises(ValueError, match="row 0 has 2, row 2 has 1"):
        IDEC(2).fit([[1, 2], [3, 4], [5]])


@pytest.mark.parametrize(
    "X",
    [
        np.array([["1", "2"]]),
        np.array([[b"1", b"2"]]),
        np.array([["a", 2]], dtype=object),
        [["a", 1.0]],
    ],
    ids=["str", "bytes", "object", "list"],
)
def test_text(X):
    with pytest.raises(ValueError, match=r"X holds text.* pass numpy.asarray\(X, dty"):
        IDEC(1).fit(X)


def test_text_of_variable_width():
    dtypes = pytest.importorskip("numpy.dtypes")
    if not hasattr(dtypes, "StringDType"):  # numpy 1
        return
    X = np.array([["1", "2"]], dtype=dtypes.StringDType())
    with pytest.raises(ValueError, match="X holds text"):
        IDEC(1).fit(X)
    check_table(np.asarray(X, dtype=float))


def test_dates():
    dates = np.array([["2024-01-01", "2024-01-03"]], dtype="M8[s]")
    for X in (dates, dates - dates[0, 0]):
        with pytest.raises(ValueError, match=r"holds dates .* spans / numpy\.timedel"):
            IDEC(1).fit(X)
    days = (dates - dates.min()) / np.timedelta64(1, "D")
    assert days.tolist() == [[0, 2]]
    frame = pd.DataFrame({"a": [1, 2], "day": WRONG["date"]})
    with pytest.raises(ValueError, match="'day' of X are not numeric.*Dates become"):
        IDEC(1).fit(frame)
    day = (frame["day"] - frame["day"].min()) / np.timedelta64(1, "D")
    check_table(frame.assign(day=day))


def test_records():
    X = np.zeros(3, dtype=[("a", float), ("b", float)])
    with pytest.raises(ValueError, match=r"records with the fields 'a', 'b'"):
        IDEC(1).fit(X)
    assert structured_to_unstructured(X).shape == (3, 2)


def test_values_that_float32_cannot_hold():
    X = np.random.RandomState(0).rand(20, 3) * [1, 1e-300, 1]
    with pytest.warns(UserWarning, match="column 1 of X are so close") as caught:
        warn_of_lost_digits(source_of(X))
    assert len(caught) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_lost_digits(source_of(X / np.abs(X).max(axis=0)))
    with pytest.warns(UserWarning, match="columns 0, 2 of X are so far"):
        warn_of_lost_digits(source_of(1e9 + X))


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


@pytest.mark.parametrize("names", ["aba", [0, 1, 0]])
def test_repeated_names(names):
    frame = pd.DataFrame(np.ones((2, 3)), columns=list(names))
    with pytest.raises(ValueError, match=f"columns called {names[0]!r}: rename"):
        IDEC(1).fit(frame)
    check_table(frame.loc[:, ~frame.columns.duplicated()])


def test_what_is_no_frame_passes():
    for X in ([[1, 2]], np.ones((2, 2)), [np.ones(2)], None):
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


def test_an_anndata_holds_several_tables():
    holder = SimpleNamespace(X=np.ones((4, 3)), obsm={}, layers={})
    with pytest.raises(TypeError, match=r"holds several tables: .* such as adata\.X"):
        IDEC(2).fit(holder)


def test_rows_of_hugging_face_are_dicts():
    data = SimpleNamespace(column_names=["a"], to_parquet=None, to_pandas=None)
    with pytest.raises(TypeError, match=r"pass X\.to_pandas\(\), or, .*to_parquet"):
        IDEC(2).fit(data)


@pytest.mark.parametrize("estimator", [EAMC(2), DM2C(2), IDEC(2)], ids=name_of)
@pytest.mark.parametrize("kind", [np.ones, torch.ones])
def test_several_arrays(estimator, kind):
    for X in ([kind((4, 3)), kind((4, 2))], (kind((4, 3)), kind((4, 3)))):
        with pytest.raises(TypeError, match=r"stack_views.*For images pass numpy\.st"):
            estimator.fit(X)
    images = [np.ones((2, 3))] * 5
    assert np.stack(images).reshape(len(images), -1).shape == (5, 6)


@pytest.mark.filterwarnings("ignore::UserWarning")
@on_each(CHEAP_CLUSTERERS)
def test_few_distinct_rows_are_said_once(estimator):
    X = np.repeat(np.eye(3, 4), 20, axis=0)
    short = {n: 1 for n in ("max_iter", "pretrain_epochs") if hasattr(estimator, n)}
    estimator = clone(estimator).set_params(random_state=0, **short)
    if takes_views(estimator):
        X = np.hstack([X, X])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ConvergenceWarning)
        estimator.fit(X)
    (message,) = [str(w.message) for w in caught if w.category is ConvergenceWarning]
    assert "only 3 distinct row(s): lower n_clusters" in message
