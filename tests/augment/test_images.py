"""Geometric augmentation."""

import kornia
import pytest
import torch

from skdeepcluster.augment import (
    RandomAffine,
    RandomHorizontalFlip,
    RandomResizedCrop,
)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def square(size=21, half=4):
    """A bright square in the middle of a dark image, as one row."""
    image = torch.zeros(size, size)
    middle = size // 2
    image[middle - half : middle + half + 1, middle - half : middle + half + 1] = 1
    return image.reshape(1, -1)


def test_no_motion_is_the_identity():
    x = torch.rand(5, 3 * 8 * 6)
    still = RandomAffine((3, 8, 6), degrees=0, shift=0, zoom=0)
    torch.testing.assert_close(still(x, seeded()), x, rtol=0, atol=1e-5)


def test_shift_moves_the_centre_of_mass_by_at_most_its_share():
    x = square().repeat(200, 1)
    moved = RandomAffine((1, 21, 21), degrees=0, shift=0.1, zoom=0)(x, seeded())
    grid = torch.arange(21.0)
    images = moved.reshape(200, 21, 21)
    centre = (images.sum(2) * grid).sum(1) / images.sum((1, 2)) - 10
    assert centre.abs().max().item() <= 2.1 + 1e-3
    assert centre.abs().max().item() > 1.8
    assert centre.mean().item() == pytest.approx(0, abs=0.3)


def test_zoom_scales_the_area():
    x = square().repeat(200, 1)
    zoomed = RandomAffine((1, 21, 21), degrees=0, shift=0, zoom=0.2)(x, seeded())
    ratio = zoomed.sum(1) / x.sum(1)
    assert ratio.min().item() == pytest.approx(0.8**2, abs=0.05)
    assert ratio.max().item() == pytest.approx(1.2**2, abs=0.05)


def test_rotation_keeps_a_disc_also_in_an_oblong_image():
    """Angles are those of pixels, whatever the image's aspect."""
    rows, columns = torch.meshgrid(
        torch.arange(32) - 15.5, torch.arange(64) - 31.5, indexing="ij"
    )
    disc = torch.exp(-(rows**2 + columns**2) / 30).reshape(1, -1)
    turned = RandomAffine((1, 32, 64), degrees=90, shift=0, zoom=0)(
        disc.repeat(20, 1), seeded()
    )
    torch.testing.assert_close(turned, disc.repeat(20, 1), rtol=0, atol=0.02)


def test_rotation_turns_a_bar():
    image = torch.zeros(21, 21)
    image[10, 4:17] = 1
    x = image.reshape(1, -1).repeat(400, 1)
    turned = RandomAffine((1, 21, 21), degrees=90, shift=0, zoom=0)(x, seeded())
    upright = turned.reshape(400, 21, 21)[:, 4:17, 10].sum(1)
    assert upright.max().item() > 12  # some image has turned by about 90 degrees
    assert upright.min().item() < 2  # and some hardly


def test_shear_leans_upright_lines_by_at_most_its_angle():
    bar = torch.zeros(1, 41, 41)
    bar[:, :, 20] = 1
    lean = RandomAffine((1, 41, 41), degrees=0, shift=0, zoom=0, shear=40)
    changed = lean(bar.reshape(1, -1).repeat(300, 1), seeded()).reshape(-1, 41, 41)
    places = (changed * torch.arange(41)).sum(2) / changed.sum(2)
    rise = (places[:, 30] - places[:, 10]) / 20
    torch.testing.assert_close(
        places[:, 20], torch.full((300,), 20.0), atol=0.01, rtol=0
    )
    degrees = torch.rad2deg(torch.atan(rise))
    assert -40.5 < degrees.min() < -35
    assert 35 < degrees.max() < 40.5


def test_pixels_from_outside_take_the_edge():
    x = torch.full((4, 36), -3.0)
    moved = RandomAffine((1, 6, 6), shift=0.5)(x, seeded())
    torch.testing.assert_close(moved, x)


def test_each_image_moves_on_its_own_and_by_the_seed():
    x = torch.rand(1, 64).repeat(3, 1)
    move = RandomAffine((1, 8, 8))
    before = x.clone()
    first = move(x, seeded())
    assert not torch.allclose(first[0], first[1])
    assert torch.equal(first, move(x, seeded()))
    assert torch.equal(x, before)


@pytest.mark.parametrize(
    "params",
    [
        {"image_shape": (8, 8)},
        {"degrees": -1},
        {"shift": float("nan")},
        {"zoom": 1.0},
        {"shear": 90},
    ],
)
def test_bad_parameters(params):
    with pytest.raises(ValueError, match="should be"):
        RandomAffine(**{"image_shape": (1, 8, 8), **params})


# -- crop and flip ---------------------------------------------------------------------


def crop_of(augmentation):
    """Left, right, top and bottom of each crop, in pixels of the image."""
    _, height, width = augmentation.image_shape
    ramps = torch.stack(
        torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    ).float()
    x = ramps.reshape(1, -1).repeat(400, 1)
    down, across = augmentation(x, seeded()).reshape(400, 2, height, width).unbind(1)
    return down, across


def test_crop_has_its_area_and_proportions():
    crop = RandomResizedCrop((2, 40, 60), scale=(0.2, 0.5), ratio=(0.8, 1.25))
    down, across = crop_of(crop)
    # A step of the output in steps of the input, away from the edges.
    height = 40 * (down[:, 20, 30] - down[:, 19, 30])
    width = 60 * (across[:, 20, 30] - across[:, 20, 29])
    area, ratio = height * width / (40 * 60), width / height
    assert 0.19 <= area.min() < 0.25
    assert 0.45 < area.max() <= 0.51
    assert 0.79 <= ratio.min() < 0.9
    assert 1.1 < ratio.max() <= 1.26


def test_crop_stays_inside():
    down, across = crop_of(RandomResizedCrop((2, 40, 60)))
    assert down.min() >= 0
    assert down.max() <= 39
    assert across.max() <= 59
    # Nearly every place is visited.
    assert across[:, 0, 0].min() < 2
    assert across[:, 0, -1].max() > 57


def test_crop_of_everything_is_the_identity():
    x = torch.rand(4, 3 * 8 * 8)
    crop = RandomResizedCrop((3, 8, 8), scale=(1.0, 1.0), ratio=(1.0, 1.0))
    torch.testing.assert_close(crop(x, seeded()), x, rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    "augmentation",
    [
        RandomAffine((3, 24, 32), degrees=30, shift=0.2, zoom=0.3),
        RandomAffine((3, 24, 32), degrees=20, shift=0.1, zoom=0.2, shear=30),
        RandomResizedCrop((3, 24, 32), scale=(0.3, 1.0)),
    ],
)
def test_warps_as_in_kornia(augmentation):
    """Two channels tell where pixels come from; kornia brings the third from there."""
    n, (_, height, width) = 5, augmentation.image_shape
    down, across = torch.meshgrid(
        torch.arange(height), torch.arange(width), indexing="ij"
    )
    ramps = torch.stack([across, down]).float()
    texture = torch.rand(n, 1, height, width, generator=seeded())
    x = torch.cat([ramps.expand(n, -1, -1, -1), texture], dim=1)
    changed = augmentation(x.reshape(n, -1), seeded()).reshape(x.shape)
    places = torch.stack([across, down, torch.ones_like(down)], dim=-1).double()
    maps = torch.eye(3).repeat(n, 1, 1).double()
    for image, there in zip(changed, maps, strict=True):
        inside = (image[0] > 0.1) & (image[0] < width - 1.1)
        inside &= (image[1] > 0.1) & (image[1] < height - 1.1)
        assert inside.sum() > 100
        found = torch.linalg.lstsq(places[inside], image[:2, inside].T.double())
        there[:2] = found.solution.T
    expected = kornia.geometry.warp_perspective(
        texture,
        torch.linalg.inv(maps).float(),
        (height, width),
        align_corners=True,
        padding_mode="border",
    )
    torch.testing.assert_close(changed[:, 2:], expected, atol=2e-3, rtol=0)


def test_flip_mirrors_about_half_of_the_images():
    x = torch.arange(6.0).reshape(1, 6).repeat(1000, 1)
    flipped = RandomHorizontalFlip((1, 2, 3))(x, seeded())
    mirror = kornia.geometry.hflip(x.reshape(-1, 1, 2, 3)).reshape(-1, 6)
    is_mirror = (flipped == mirror).all(1)
    assert ((flipped == x).all(1) ^ is_mirror).all()
    assert is_mirror.float().mean().item() == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(
    "bad",
    [
        lambda: RandomResizedCrop((1, 8, 8), scale=(0.0, 1.0)),
        lambda: RandomResizedCrop((1, 8, 8), ratio=(2.0, 1.0)),
        lambda: RandomHorizontalFlip((1, 8, 8), p=2.0),
        lambda: RandomHorizontalFlip((1, 0, 8)),
        lambda: RandomHorizontalFlip((1, 8.5, 8)),
    ],
)
def test_bad_crop_and_flip(bad):
    with pytest.raises(ValueError, match="should be"):
        bad()
