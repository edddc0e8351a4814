"""Arrays of images, and advice that can be followed."""

import re

import numpy as np
import pytest

from skdeepcluster import DAC, EAMC
from skdeepcluster.base.images import check_image_shape, how_to_flatten


@pytest.mark.parametrize(
    ("shape", "advice"),
    [
        ((9, 8, 6, 3), "X.transpose(0, 3, 1, 2).reshape(len(X), -1)"),
        ((9, 8, 6, 1), "image_shape=(1, 8, 6)"),
        ((9, 3, 8, 6), "pass X.reshape(len(X), -1) and image_shape=(3, 8, 6)"),
        ((9, 3, 8, 3), "pass X.reshape(len(X), -1) and image_shape=(3, 8, 3)"),
        (
            (9, 8, 6),
            "windows of 8 steps of 6 series, or the other way round, pass X",
        ),
        ((9, 8, 6), "images of one channel, pass the same and image_shape=(1, 8, 6)"),
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


def test_a_shape_with_the_channel_last_is_refused():
    images = np.random.RandomState(0).rand(12, 6, 5, 3)
    X = images.reshape(len(images), -1)
    with pytest.raises(ValueError, match=r"image_shape=\(3, 6, 5\): a row") as caught:
        DAC(2, image_shape=(6, 5, 3)).fit(X)
    advice = re.search(r"pass (X\..*?) and", str(caught.value))[1]
    rows = eval(advice, {"X": X})
    np.testing.assert_array_equal(rows, images.transpose(0, 3, 1, 2).reshape(12, -1))
    with pytest.raises(ValueError, match=r"'view0' .* should be .* image_shape=\(3, 6"):
        EAMC(2, views=1, image_shape=(6, 5, 3)).fit(X)


def test_one_channel_last_is_refused():
    with pytest.raises(ValueError, match=r"one channel have image_shape=\(1, 8, 6\)"):
        check_image_shape((8, 6, 1), 48)


@pytest.mark.parametrize(
    "shape", [(1, 8, 6), (3, 8, 6), (3, 32, 3), (1, 1, 9), (16, 4, 4), (64, 1, 1)]
)
def test_other_shapes_are_taken(shape):
    check_image_shape(shape, int(np.prod(shape)))
