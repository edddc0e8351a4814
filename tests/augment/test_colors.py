"""Photometric augmentation, against kornia where both do the same."""

import kornia
import pytest
import torch

from skdeepcluster.augment import ColorJitter, GaussianBlur, RandomGrayscale
from skdeepcluster.augment.colors import _turn_hue

SHAPE = (3, 12, 10)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def rows():
    return torch.rand(6, 3 * 12 * 10, generator=seeded(1))


def still(**params):
    """A jitter that does nothing but what is asked for."""
    settings = {"brightness": 0, "contrast": 0, "saturation": 0, "hue": 0, "p": 1}
    return ColorJitter(SHAPE, **{**settings, **params})


def test_no_strength_is_the_identity(rows):
    torch.testing.assert_close(still()(rows, seeded()), rows, atol=1e-6, rtol=0)


@pytest.mark.parametrize("turn", [-0.4, -0.1, 0.0, 0.25, 0.5])
def test_hue_as_in_kornia(turn, rows):
    images = rows.reshape(6, *SHAPE)
    expected = kornia.enhance.adjust_hue(images, turn * 2 * torch.pi)
    ours = _turn_hue(images, torch.full((6, 1, 1), turn))
    torch.testing.assert_close(ours, expected, atol=1e-4, rtol=0)


def test_hue_leaves_gray_alone():
    gray = torch.rand(2, 1, 4, 4).expand(2, 3, 4, 4)
    torch.testing.assert_close(_turn_hue(gray, torch.full((2, 1, 1), 0.3)), gray)


def test_brightness_scales_each_image_by_one_factor(rows):
    rows = 0.1 + 0.5 * rows  # nothing is cut off
    changed = still(brightness=0.5)(rows, seeded())
    factors = changed / rows
    torch.testing.assert_close(factors, factors[:, :1].expand_as(factors))
    assert 0.5 <= factors.min() < factors.max() <= 1.5
    expected = kornia.enhance.adjust_brightness_accumulative(
        rows.reshape(6, *SHAPE), factors[:, 0]
    )
    torch.testing.assert_close(changed.reshape(6, *SHAPE), expected)


def test_contrast_keeps_the_mean_brightness(rows):
    rows = 0.4 + 0.2 * rows  # nothing is cut off
    changed = still(contrast=0.5)(rows, seeded())
    assert not torch.allclose(changed, rows)
    gray = [
        kornia.color.rgb_to_grayscale(x.reshape(6, *SHAPE)) for x in (rows, changed)
    ]
    torch.testing.assert_close(gray[0].mean((1, 2, 3)), gray[1].mean((1, 2, 3)))


def test_full_loss_of_saturation_is_gray(rows):
    jitter = still(saturation=1.0)
    spread = jitter(rows, seeded()).reshape(6, *SHAPE)
    gray = kornia.color.rgb_to_grayscale(rows.reshape(6, *SHAPE))
    # Between gray and twice the colour, along one line.
    a, b = (spread - gray).flatten(1), (rows.reshape(6, *SHAPE) - gray).flatten(1)
    inside = ((spread > 1e-4) & (spread < 1 - 1e-4)).flatten(1)
    for i in range(6):
        ratio = (a[i] / b[i])[inside[i] & (b[i].abs() > 0.05)]
        assert ratio.std() < 1e-3
        assert -1e-3 <= ratio.mean() <= 2


@pytest.mark.parametrize(
    ("name", "adjust"),
    [
        ("contrast", kornia.enhance.adjust_contrast_with_mean_subtraction),
        ("saturation", kornia.enhance.adjust_saturation_with_gray_subtraction),
    ],
)
def test_blends_as_in_kornia(name, adjust, rows):
    """By the factor by which differences between the pixels' channels have grown."""
    rows = 0.4 + 0.2 * rows  # nothing is cut off
    images = rows.reshape(6, *SHAPE)
    changed = still(**{name: 0.5})(rows, seeded()).reshape(6, *SHAPE)
    spread, before = (x[:, 0, 0, 0] - x[:, 1, 0, 0] for x in (changed, images))
    expected = adjust(images, spread / before)
    torch.testing.assert_close(changed, expected, atol=1e-4, rtol=0)


@pytest.mark.parametrize("n_channels", [2, 4])
def test_channels_that_are_no_colours(n_channels):
    """Brightness and contrast change; there is no saturation and no hue."""
    shape = (n_channels, 5, 5)
    x = 0.4 + 0.2 * torch.rand(4, n_channels * 25, generator=seeded())
    full = ColorJitter(shape, 0.0, 0.4, 0.4, 0.5, p=1)(x, seeded())
    contrast = ColorJitter(shape, 0.0, 0.4, 0.0, 0.0, p=1)(x, seeded())
    torch.testing.assert_close(full, contrast)
    assert not torch.allclose(full, x)
    gray = RandomGrayscale(shape, p=1)(x, seeded()).reshape(4, *shape)
    mean = x.reshape(4, *shape).mean(1, keepdim=True)
    torch.testing.assert_close(gray, mean.expand_as(gray))


def test_values_stay_between_black_and_white(rows):
    jitter = ColorJitter(SHAPE, 0.8, 0.8, 0.8, 0.2, p=1, value_range=(-1.0, 3.0))
    changed = jitter(rows * 4 - 1, seeded())
    assert changed.min() >= -1
    assert changed.max() <= 3
    plain = ColorJitter(SHAPE, 0.8, 0.8, 0.8, 0.2, p=1)(rows, seeded())
    torch.testing.assert_close(changed, plain * 4 - 1, atol=1e-5, rtol=0)


def test_one_channel_has_brightness_and_contrast_only():
    x = torch.full((50, 16), 0.5)
    changed = ColorJitter((1, 4, 4), p=1)(x, seeded())
    assert changed.shape == x.shape
    assert changed.std(1).max() < 1e-6  # an even image stays even
    assert changed[:, 0].std() > 0.05


def test_probability(rows):
    many = rows[:1].repeat(2000, 1)
    for change in (
        ColorJitter(SHAPE, p=0.8),
        RandomGrayscale(SHAPE, p=0.2),
        GaussianBlur(SHAPE, p=0.5),
    ):
        share = (change(many, seeded()) != many).any(1).float().mean().item()
        assert share == pytest.approx(change.p, abs=0.04)


def test_grayscale_as_in_kornia(rows):
    expected = kornia.color.rgb_to_grayscale(rows.reshape(6, *SHAPE))
    changed = RandomGrayscale(SHAPE, p=1)(rows, seeded()).reshape(6, *SHAPE)
    torch.testing.assert_close(changed, expected.expand(6, *SHAPE))


def test_blur_as_in_kornia(rows):
    images = rows.reshape(6, *SHAPE)
    blur = GaussianBlur(SHAPE, sigma=(1.3, 1.3), kernel_size=5, p=1)
    expected = kornia.filters.gaussian_blur2d(images, (5, 5), (1.3, 1.3))
    changed = blur(rows, seeded()).reshape(6, *SHAPE)
    torch.testing.assert_close(changed, expected, atol=1e-5, rtol=0)


def test_blur_has_a_width_for_each_image(rows):
    many = rows[:1].repeat(5, 1)
    changed = GaussianBlur(SHAPE, kernel_size=5, p=1)(many, seeded())
    assert len(changed.std(1).unique()) == 5


@pytest.mark.parametrize(
    ("augmentation", "params"),
    [
        (ColorJitter, {"brightness": -0.1}),
        (ColorJitter, {"hue": 0.6}),
        (ColorJitter, {"p": 1.1}),
        (ColorJitter, {"value_range": (1.0, 1.0)}),
        (ColorJitter, {"value_range": (0.0, float("inf"))}),
        (ColorJitter, {"brightness": float("nan")}),
        (RandomGrayscale, {"p": -0.1}),
        (GaussianBlur, {"sigma": (0.0, 1.0)}),
        (GaussianBlur, {"sigma": (2.0, 1.0)}),
        (GaussianBlur, {"kernel_size": 4}),
        (GaussianBlur, {"kernel_size": 0}),
        (GaussianBlur, {"kernel_size": -3}),
        (GaussianBlur, {"kernel_size": 31}),
    ],
)
def test_bad_parameters(augmentation, params):
    with pytest.raises(ValueError, match="should be"):
        augmentation(SHAPE, **params)
