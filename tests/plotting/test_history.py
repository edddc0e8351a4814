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


def test_no_epoch():
    with pytest.raises(ValueError, match="no epoch was trained"):
        HistoryDisplay.from_predictions([])
