"""A raw frame becomes numbers of comparable weight, and so does next month's."""

import pickle
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skdeepcluster import DAC
from skdeepcluster.compose import one_hot_groups, table_encoder
from skdeepcluster.datasets import make_mixed_table
from skdeepcluster.metrics import silhouette_scorer


@pytest.fixture(scope="module")
def customers():
    return make_mixed_table(400, random_state=0)


@pytest.fixture
def frame():
    """Forty rows, one column of each kind."""
    n = np.arange(40)
    return pd.DataFrame(
        {
            "amount": np.sin(n) * 100,
            "ward": np.array(["A", "B", "C"])[n % 3],
            "smoker": n % 4 == 0,
            "day": pd.Timestamp("2024-01-31") + pd.to_timedelta(n * n, unit="D"),
        }
    )


def encoded(frame, **params):
    encoder = table_encoder(**params).set_output(transform="pandas")
    return encoder.fit_transform(frame)


def test_columns_of_each_kind(frame):
    names = ["amount", "day", "ward_A", "ward_B", "ward_C"]
    X = encoded(frame)
    assert list(X.columns) == [*names, "smoker_False", "smoker_True"]
    assert np.isfinite(X.to_numpy()).all()


def test_another_category_is_as_far_as_another_number(frame):
    X = encoded(frame)
    for number in ("amount", "day"):
        assert X[number].var(ddof=0) == pytest.approx(1)
        squares = np.subtract.outer(*[X[number].to_numpy()] * 2) ** 2
        assert squares.mean() == pytest.approx(2)
    ward = X[["ward_A", "ward_B", "ward_C"]].to_numpy()
    assert ((ward[0] - ward[1]) ** 2).sum() == pytest.approx(2)
    np.testing.assert_array_equal(ward[0], ward[3])


def test_extreme_value_does_not_matter(frame):
    before = encoded(frame)["amount"][1:]
    for extreme in (1e12, 1e300, np.inf, -np.inf):
        frame.loc[0, "amount"] = extreme
        after = encoded(frame)["amount"]
        assert abs(after[0]) < 4
        assert np.corrcoef(before, after[1:])[0, 1] > 0.99


@pytest.mark.parametrize("unit", [1e-3, 1.0, 1e3])
def test_units_of_mostly_empty_amounts_do_not_matter(unit):
    amounts = np.zeros(200)
    amounts[:30] = np.linspace(50, 500, 30)
    X = encoded(pd.DataFrame({"refund": amounts * unit}))["refund"]
    np.testing.assert_allclose(X, encoded(pd.DataFrame({"refund": amounts}))["refund"])
    assert X.nunique() > 10


def test_holes_are_filled_and_marked(frame):
    frame.loc[[3, 5], "amount"] = np.nan
    frame.loc[3, "day"] = None
    frame.loc[[1, 8], "ward"] = None
    X = encoded(frame)
    assert X.notna().all(axis=None)
    assert list(X.index[X["missingindicator_amount"] == 1]) == [3, 5]
    assert list(X.index[X["missingindicator_day"] == 1]) == [3]
    assert list(X.index[X["ward_nan"] > 0]) == [1, 8]
    assert X.loc[3, "amount"] == pytest.approx(X["amount"].median(), abs=0.1)


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


def test_parts_of_dates(frame):
    frame["day"] = pd.date_range("2023-12-31", periods=40)
    frame["at"] = frame["day"].dt.tz_localize("Europe/Berlin")
    X = encoded(frame, date_parts=["month", "weekday"])
    december, january, february = X.filter(like="day_month").iloc[[0, 1, 39]].to_numpy()
    near = np.linalg.norm(december - january)
    assert near == pytest.approx(np.linalg.norm(january - february))
    np.testing.assert_allclose(X["day_weekday_sin"][:7], X["day_weekday_sin"][7:14])
    assert X["at_month_cos"].notna().all()


def test_next_months_frame(customers):
    frame, _ = customers
    encoder = table_encoder().fit(frame)
    later, _ = make_mixed_table(60, random_state=1)
    later.loc[0, "region"] = "abroad"
    later["balance"] = np.nan
    later["age"] = later["age"].astype(object)
    later.loc[1, "age"] = "unknown"
    later["new"] = 1
    later = later[later.columns[::-1]]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        X = encoder.transform(later)
    assert X.shape == (60, len(encoder.get_feature_names_out()))
    assert np.isfinite(X).all()
    regions = [n.startswith("region") for n in encoder.get_feature_names_out()]
    assert (X[0, regions] == 0).all()


def test_new_category_joins_the_rare_ones(frame):
    frame["ward"] = ["A"] * 20 + ["B"] * 18 + ["C", "D"]
    encoder = table_encoder(min_frequency=0.1).set_output(transform="pandas").fit(frame)
    X = encoder.transform(frame.assign(ward="E"))
    assert (X["ward_infrequent_sklearn"] > 0).all()
    assert one_hot_groups(encoder)[0] == ["ward_A", "ward_B", "ward_infrequent_sklearn"]


def test_rows_do_not_depend_on_each_other(customers):
    encoder = table_encoder().fit(customers[0])
    X = encoder.transform(customers[0])
    np.testing.assert_array_equal(encoder.transform(customers[0][7:9]), X[7:9])


def test_segments_are_found(customers):
    frame, y = customers
    pipe = make_pipeline(table_encoder(), KMeans(5, n_init=10, random_state=0))
    assert adjusted_rand_score(y, pipe.fit_predict(frame)) > 0.8


def test_clone_pickle_and_grid(customers):
    frame, _ = customers
    encoder = table_encoder(drop=["age"], date_parts=["month"])
    X = encoder.fit_transform(frame)
    for copy in (clone(encoder).fit(frame), pickle.loads(pickle.dumps(encoder))):
        np.testing.assert_array_equal(copy.transform(frame), X)
    pipe = make_pipeline(table_encoder(), KMeans(3, random_state=0))
    name = "columntransformer__categories__onehot__min_frequency"
    grid = GridSearchCV(pipe, {name: [0.01, 0.3]}, scoring=silhouette_scorer, cv=2)
    scores = grid.fit(frame).cv_results_["mean_test_score"]
    assert scores[0] != scores[1]


def test_groups_by_name_in_a_pipeline(customers):
    frame, _ = customers
    encoder = table_encoder().set_output(transform="pandas").fit(frame)
    groups = one_hot_groups(encoder)
    assert [group[0].rpartition("_")[0] for group in groups] == [
        *("region", "channel", "plan", "payment", "newsletter")
    ]
    assert {name for group in groups for name in group} < set(
        encoder.get_feature_names_out()
    )
    params = {"max_iter": 1, "pretrain_epochs": 1, "hidden_layer_sizes": (8,)}
    dac = DAC(3, augmentation="swap", feature_groups=groups, **params)
    assert len(make_pipeline(encoder, dac).fit(frame).predict(frame[:5])) == 5


def test_all_categories_are_kept_on_request(frame):
    frame["ward"] = ["A"] * 20 + ["B"] * 18 + ["C", "D"]
    encoder = table_encoder(min_frequency=0).fit(frame)
    assert one_hot_groups(encoder)[0] == ["ward_A", "ward_B", "ward_C", "ward_D"]


def test_frame_without_categories(frame):
    encoder = table_encoder().fit(frame[["amount"]])
    assert one_hot_groups(encoder) == []
    assert encoder.transform(frame[["amount"]]).shape == (40, 1)


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


def test_advice_of_the_messages(frame):
    table_encoder().fit(pd.DataFrame(np.random.rand(9, 2)).add_prefix("x"))  # noqa: NPY002
    numbered = frame.set_axis([0, 1, 2, 3], axis=1)
    table_encoder().fit(numbered.rename(columns=str))
    twice = pd.concat([frame, frame], axis=1)
    table_encoder().fit(twice.loc[:, ~twice.columns.duplicated()])
    lists = frame.assign(a=[[n] for n in range(40)])
    table_encoder(drop=["a"]).fit(lists)


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"categories": "ward"}, TypeError),
        ({"drop": ["absent"]}, ValueError),
        ({"date_parts": ["year"]}, ValueError),
        ({"min_frequency": 2}, ValueError),
    ],
    ids=str,
)
def test_wrong_parameters(frame, params, error):
    with pytest.raises(error, match=next(iter(params))):
        table_encoder(**params).fit(frame)
