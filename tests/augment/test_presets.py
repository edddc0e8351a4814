"""Augmentations put together."""

import pytest
import torch

from skdeepcluster.augment import (
    Compose,
    color_images,
    digit_images,
    handwriting_images,
)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def test_steps_come_one_after_the_other():
    steps = Compose((lambda x, g: x + 1, lambda x, g: x * 2))
    assert torch.equal(steps(torch.ones(2, 3), seeded()), torch.full((2, 3), 4.0))


@pytest.mark.parametrize(
    "augmentation",
    [
        color_images((3, 16, 16)),
        color_images((3, 16, 16), strength=1.0, blur=True),
        color_images((1, 16, 48)),
        digit_images((1, 16, 48)),
        digit_images((3, 16, 16)),
        handwriting_images((1, 16, 48)),
        handwriting_images((3, 16, 16), value_range=(-1.0, 2.0)),
    ],
    ids=repr,
)
def test_seeded_changed_and_not_in_place(augmentation):
    x = torch.rand(5, 768)
    before = x.clone()
    first = augmentation(x, seeded())
    assert first.shape == x.shape
    assert first.isfinite().all()
    assert torch.equal(first, augmentation(x, seeded()))
    assert not torch.equal(first, augmentation(x, seeded(1)))
    assert not torch.equal(first, x)
    assert torch.equal(x, before)


@pytest.mark.parametrize("preset", [digit_images, handwriting_images])
def test_writing_is_not_mirrored(preset):
    """An image that is bright on its left stays so."""
    x = torch.zeros(300, 28, 28)
    x[:, :, :10] = 1
    changed = preset((1, 28, 28))(x.flatten(1), seeded()).reshape(-1, 28, 28)
    left, right = changed[:, :, :14].mean((1, 2)), changed[:, :, 14:].mean((1, 2))
    assert (left > right).all()


def test_strength():
    with pytest.raises(ValueError, match="strength should be"):
        color_images((3, 8, 8), strength=1.5)
