"""Augmentation of windows."""

import pytest
import torch

from skdeepcluster.augment import RandomShift, RandomStrength, sensor_windows


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def test_a_shift_moves_all_channels_alike_and_loses_nothing():
    ramp = torch.arange(20.0)
    x = torch.cat([ramp, ramp + 100]).repeat(300, 1)
    before = x.clone()
    first, second = RandomShift((2, 20), shift=0.25)(x, seeded()).chunk(2, dim=1)
    assert torch.equal(second, first + 100)
    assert torch.equal(first.sort(1).values, ramp.expand(300, -1))
    moved = first[:, 0]
    assert set(moved.tolist()) == {*range(6), *range(15, 20)}
    assert torch.equal(x, before)


def test_strength_keeps_the_mean_of_each_channel():
    x = torch.randn(400, 3 * 50, generator=seeded()) + 7
    changed = RandomStrength((3, 50), strength=0.4)(x, seeded()).reshape(400, 3, 50)
    x = x.reshape(400, 3, 50)
    torch.testing.assert_close(changed.mean(2), x.mean(2))
    factor = changed.std(2) / x.std(2)
    assert 0.59 < factor.min() < 0.65
    assert 1.35 < factor.max() < 1.41
    assert abs(torch.corrcoef(factor.T)[0, 1]) < 0.2  # channels on their own


def test_windows_change_by_the_seed():
    x = torch.randn(4, 24)
    augmentation = sensor_windows((3, 8))
    first = augmentation(x, seeded())
    assert torch.equal(first, augmentation(x, seeded()))
    assert not torch.allclose(first, augmentation(x, seeded(1)))


def test_noise_is_that_of_each_channel():
    x = torch.zeros(500, 20)
    changed = sensor_windows((2, 10), torch.tensor([1.0, 50.0]))(x, seeded())
    spread = changed.reshape(500, 2, 10).std((0, 2))
    torch.testing.assert_close(spread, torch.tensor([0.1, 5.0]), rtol=0.05, atol=0)


def test_half_precision_has_steps_for_long_windows():
    x = torch.arange(4096.0).repeat(200, 1)
    shift = RandomShift((1, 4096))
    starts = shift(x.bfloat16(), seeded())[:, 0]
    assert torch.equal(starts, shift(x, seeded())[:, 0].bfloat16())


@pytest.mark.parametrize(
    "bad",
    [
        lambda: RandomShift((3, 8), shift=0.6),
        lambda: RandomStrength((3, 8), strength=1.0),
        lambda: RandomShift((3, 8, 1)),
        lambda: RandomShift((3, 8.5)),
        lambda: RandomStrength((0, 8)),
    ],
)
def test_bad_parameters(bad):
    with pytest.raises(ValueError, match="should be"):
        bad()


def test_rows_of_another_width():
    with pytest.raises(ValueError, match="for rows of 24 values; these have 20"):
        RandomShift((3, 8))(torch.zeros(2, 20), seeded())
