"""Arrays of images, and advice that can be followed."""

import numpy as np
import pytest

from skdeepcluster import DAC
from skdeepcluster.base.images import how_to_flatten


@pytest.mark.parametrize(
    ("shape", "advice"),
    [
        ((9, 8, 6, 3), "X.transpose(0, 3, 1, 2).reshape(len(X), -1)"),
        ((9, 8, 6, 1), "image_shape=(1, 8, 6)"),
        ((9, 3, 8, 6), "pass X.reshape(len(X), -1) and image_shape=(3, 8, 6)"),
        ((9, 3, 8, 3), "pass X.reshape(len(X), -1) and image_shape=(3, 8, 3)"),
        ((9, 8, 6), "windows of a series, also image_shape=(1, 8, 6)"),
        ((9, 2, 3, 8, 6), "Pass X.reshape(len(X), -1)."),
    ],
)
def test_advice(shape, advice):
    assert advice in how_to_flatten(shape)


def test_advice_for_channels_last_keeps_the_pixels_of_a_channel_together():
    X = np.random.RandomState(0).rand(12, 6, 5, 3)
    with pytest.raises(ValueError, match=r"image_shape=\(3, 6, 5\)"):
        DAC(2).fit(X)
    rows = X.transpose(0, 3, 1, 2).reshape(len(X), -1)
    np.testing.assert_array_equal(rows[7].reshape(3, 6, 5)[1], X[7, :, :, 1])
    DAC(2, image_shape=(3, 6, 5), max_iter=1, batch_size=6).fit(rows)
