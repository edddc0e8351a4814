"""Augmentations that are given by name."""

import pytest

from skdeepcluster.augment import GaussianNoise, RandomAffine
from skdeepcluster.base.augmentation import affine_augmentation

SHAPE = (1, 4, 4)


def test_names():
    assert affine_augmentation("auto", None) is None
    for name in ("auto", "affine"):
        warp = affine_augmentation(name, SHAPE, 15, 0.05, 0.15)
        assert isinstance(warp, RandomAffine)
        assert (warp.degrees, warp.shift, warp.zoom) == (15, 0.05, 0.15)


@pytest.mark.parametrize("given", [None, GaussianNoise(0.1)])
def test_what_is_no_name_stays(given):
    assert affine_augmentation(given, SHAPE) is given


@pytest.mark.parametrize("name", ["affine", "colors"])
def test_names_that_need_something(name):
    with pytest.raises(ValueError, match=f"augmentation='{name}' should be"):
        affine_augmentation(name, None)
