import numpy as np
import pandas as pd
import pytest

from skdeepcluster.plotting import ProfileDisplay
from skdeepcluster.profile import cluster_profile


@pytest.fixture
def frame():
    return pd.DataFrame(
        {
            "noise": [1.0, 2] * 5,
            "age": [20.0] * 5 + [60] * 4 + [61],
            "ward": list("AAAABBBBBB"),
            "day": pd.to_datetime(["2024-01-01"] * 5 + ["2024-03-01"] * 5),
        }
    )


def test_columns_means_and_colours(frame):
    labels = np.repeat([0, 1], 5)
    display = ProfileDisplay.from_predictions(frame, labels, n_columns=3)
    assert "noise" not in display.columns_
    assert len(display.columns_) == 3
    profile = cluster_profile(None, frame, labels=labels)
    drawn = profile.loc[[0, 1], "difference"][display.columns_].T
    np.testing.assert_allclose(display.im_.get_array(), drawn)
    texts = dict(zip(display.columns_, display.text_, strict=True))
    assert [text.get_text() for text in texts["age"]] == ["20", "60.2"]
    assert [text.get_text() for text in texts["day"]] == ["2024-01-01", "2024-03-01"]
    ticks = [tick.get_text() for tick in display.ax_.get_xticklabels()]
    assert ticks == ["0\n50%", "1\n50%"]


def test_shares_are_per_cent(frame):
    display = ProfileDisplay.from_predictions(frame, np.repeat([0, 1], 5))
    row = display.columns_.index("ward=A")
    assert [text.get_text() for text in display.text_[row]] == ["80%", "0%"]


def test_from_estimator(pipeline, blobs):
    display = ProfileDisplay.from_estimator(pipeline, blobs[0])
    n_clusters = len(np.unique(pipeline.predict(blobs[0])))
    assert display.text_.shape == (5, n_clusters)
    assert display.ax_.get_xlabel() == "cluster (share of rows)"
