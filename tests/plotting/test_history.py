import matplotlib.pyplot as plt
import numpy as np
import pytest

from skdeepcluster.plotting import HistoryDisplay


def test_terms_and_stages(pipeline):
    display = HistoryDisplay.from_estimator(pipeline)
    history = pipeline[-1].history_
    assert list(display.lines_) == ["reconstruction", "clustering"]
    assert display.bounds_ == {"pretrain": 0, "cluster": 4}
    for term, line in display.lines_.items():
        expected = [row.get(term, np.nan) for row in history]
        np.testing.assert_array_equal(line.get_ydata(), expected)
    assert [t.get_text() for t in display.ax_.texts] == ["pretrain", "cluster"]
    assert display.ax_.get_yscale() == "log"


def test_chosen_terms(pipeline):
    display = HistoryDisplay.from_estimator(pipeline, terms=["loss"])
    assert list(display.lines_) == ["loss"]


def test_unknown_term(pipeline):
    with pytest.raises(ValueError, match="term 'kl'; there are reconstruction, clu"):
        HistoryDisplay.from_estimator(pipeline, terms=["kl"])


def test_losses_below_zero_are_on_a_linear_scale():
    history = [{"stage": "s", "epoch": i, "entropy": -1.0 - i} for i in range(3)]
    assert HistoryDisplay.from_predictions(history).ax_.get_yscale() == "linear"


def test_stage_of_one_epoch_is_a_point():
    history = [{"stage": "a", "epoch": i, "loss": 1.0, "x": 1.0} for i in range(30)]
    history.append({"stage": "b", "epoch": 1, "loss": 1.0, "y": 1.0})
    display = HistoryDisplay.from_predictions(history)
    assert display.lines_["y"].get_marker() == "."
    assert display.lines_["x"].get_marker() != "."


def test_a_single_name_and_a_sum_alone():
    history = [
        {"stage": "a", "epoch": i, "loss": 1.0, "seconds": 1.0} for i in range(3)
    ]
    assert list(HistoryDisplay.from_predictions(history).lines_) == ["loss"]
    assert list(HistoryDisplay.from_predictions(history, terms="loss").lines_) == [
        "loss"
    ]


def test_error_leaves_no_figure(pipeline):
    with pytest.raises(ValueError, match="No epoch"):
        HistoryDisplay.from_estimator(pipeline, terms=["kl"])
    assert plt.get_fignums() == []


def test_no_epoch():
    with pytest.raises(ValueError, match="no epoch was trained"):
        HistoryDisplay.from_predictions([])
