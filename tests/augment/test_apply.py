"""Applying any augmentation."""

import pytest
import torch

from skdeepcluster.augment import RandomAffine, apply_augmentation


def seeded():
    return torch.Generator().manual_seed(0)


def test_no_augmentation_is_the_row_itself():
    x = torch.rand(3, 4)
    assert apply_augmentation(None, x, seeded()) is x


def test_precision_of_training_does_not_blur_positions():
    x = torch.rand(8, 784)
    move = RandomAffine((1, 28, 28))
    with torch.autocast("cpu", torch.bfloat16):
        moved = apply_augmentation(move, x, seeded())
    torch.testing.assert_close(moved, move(x, seeded()), rtol=0, atol=1e-6)


def test_lost_columns():
    with pytest.raises(ValueError, match=r"\(3, 4\) into one of shape \(3, 2\)"):
        apply_augmentation(lambda x, generator: x[:, :2], torch.rand(3, 4), seeded())
