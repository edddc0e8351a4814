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


def test_in_place_augmentations_get_a_copy():
    x = torch.zeros(3, 4)
    changed = apply_augmentation(lambda x, generator: x.add_(1), x, seeded())
    assert torch.equal(changed, torch.ones(3, 4))
    assert torch.equal(x, torch.zeros(3, 4))


@pytest.mark.parametrize("kind", [torch.float64, torch.float16, torch.bool, torch.int8])
def test_other_real_numbers_become_those_of_the_rows(kind):
    changed = apply_augmentation(lambda x, g: x.to(kind), torch.ones(3, 4), seeded())
    assert changed.dtype == torch.float32
    assert torch.equal(changed, torch.ones(3, 4))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda x, g: None, "got NoneType"),
        (lambda x, g: x.numpy(), "got ndarray"),
        (lambda x, g: x + 1j, "got torch.complex64"),
    ],
)
def test_what_is_no_tensor_of_real_numbers(wrong, message):
    with pytest.raises(TypeError, match=message):
        apply_augmentation(wrong, torch.rand(3, 4), seeded())
