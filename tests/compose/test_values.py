"""Extreme values, holes and dates become numbers of ordinary size."""

import numpy as np
import pandas as pd
import pytest

from tests.compose.frames import encoded


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


def test_parts_of_dates(frame):
    frame["day"] = pd.date_range("2023-12-31", periods=40)
    frame["at"] = frame["day"].dt.tz_localize("Europe/Berlin")
    X = encoded(frame, date_parts=["month", "weekday"])
    december, january, february = X.filter(like="day_month").iloc[[0, 1, 39]].to_numpy()
    near = np.linalg.norm(december - january)
    assert near == pytest.approx(np.linalg.norm(january - february))
    np.testing.assert_allclose(X["day_weekday_sin"][:7], X["day_weekday_sin"][7:14])
    assert X["at_month_cos"].notna().all()
