"""Arrays of windows, and advice that can be followed."""

import re

import numpy as np
import pytest

from skdeepcluster import DAC, IDEC, NeighborClustering
from skdeepcluster.base.windows import check_window_shape


def followed(error, start, X):
    """The rows and the shape that the advice after ``start`` makes of ``X``."""
    pattern = re.escape(start) + r".*?(X\..*?) and window_shape=(\(\d+, \d+\))"
    rows, shape = re.search(pattern, str(error)).groups()
    return eval(rows, {"X": X}), eval(shape)


@pytest.mark.parametrize("start", ["windows of 20 steps", "windows of 20 channels"])
def test_advice_for_arrays(start):
    X = np.random.RandomState(0).rand(12, 20, 3)
    with pytest.raises(ValueError, match="X has 3 dimensions") as caught:
        DAC(2).fit(X)
    rows, shape = followed(caught.value, start, X)
    channels_last = X.transpose(0, 2, 1) if shape == (3, 20) else X
    np.testing.assert_array_equal(rows.reshape(12, *shape), channels_last)


def test_the_advice_for_windows_of_few_channels_can_be_fitted():
    X = np.random.RandomState(0).rand(12, 20, 3)
    with pytest.raises(ValueError, match="X has 3 dimensions") as caught:
        DAC(2).fit(X)
    rows, shape = followed(caught.value, "windows of 20 steps", X)
    model = DAC(2, window_shape=shape, max_iter=1, batch_size=6)
    assert model.fit_predict(rows).shape == (12,)


@pytest.mark.parametrize("estimator", [IDEC(2), NeighborClustering(2)])
def test_no_advice_of_a_parameter_that_is_not_there(estimator):
    with pytest.raises(ValueError, match="windows of 20 steps of 3 series") as caught:
        estimator.fit(np.zeros((12, 20, 3)))
    assert "window_shape" not in str(caught.value)


def test_a_shape_with_the_channel_last_is_refused():
    windows = np.random.RandomState(0).rand(12, 20, 3)
    X = windows.reshape(12, -1)
    with pytest.raises(ValueError, match="one channel after the other") as caught:
        DAC(2, window_shape=(20, 3)).fit(X)
    rows, shape = followed(caught.value, "pass", X)
    np.testing.assert_array_equal(rows.reshape(12, *shape), windows.transpose(0, 2, 1))


@pytest.mark.parametrize("shape", [(3, 19), (60,), (3, 20, 1), (3.0, 20), (-3, -20)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(ValueError, match=r"\(channels, length\) with product .*=60"):
        check_window_shape(shape, 60)


@pytest.mark.parametrize("shape", [(1, 2), (3, 20), (20, 8), (1, 1), (64, 16), (4, 4)])
def test_these_shapes_are_taken(shape):
    check_window_shape(shape, int(np.prod(shape)))
