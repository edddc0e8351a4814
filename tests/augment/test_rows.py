"""Corruption of rows."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from skdeepcluster.augment import (
    ColorJitter,
    Dropout,
    GaussianBlur,
    GaussianNoise,
    Mask,
    RandomAffine,
    RandomResizedCrop,
    Swap,
)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@given(st.floats(0, 0.9))
def test_dropout_keeps_the_mean(p):
    x = torch.ones(200, 100)
    corrupted = Dropout(p)(x, seeded())
    assert corrupted.mean().item() == pytest.approx(1, abs=0.1)
    assert (corrupted == 0).float().mean().item() == pytest.approx(p, abs=0.02)
    kept = corrupted[corrupted != 0]
    torch.testing.assert_close(kept, torch.full_like(kept, 1 / (1 - p)))


def test_gaussian_noise_has_its_scale():
    noise = GaussianNoise(0.3)(torch.zeros(300, 100), seeded())
    assert noise.mean().item() == pytest.approx(0, abs=0.01)
    assert noise.std().item() == pytest.approx(0.3, abs=0.01)


@pytest.mark.parametrize("corrupt", [Dropout(0.2), GaussianNoise(0.2)])
def test_seeded_and_not_in_place(corrupt):
    x = torch.rand(8, 5)
    before = x.clone()
    torch.testing.assert_close(corrupt(x, seeded()), corrupt(x, seeded()))
    assert not torch.equal(corrupt(x, seeded(1)), corrupt(x, seeded(2)))
    assert torch.equal(x, before)


@pytest.mark.parametrize("p", [-0.1, 1.0])
def test_bad_share(p):
    with pytest.raises(ValueError, match="p should be in"):
        Dropout(p)


def test_bad_scale():
    with pytest.raises(ValueError, match="scale should be"):
        GaussianNoise(-1)


@pytest.mark.parametrize(
    "make",
    [
        lambda: GaussianNoise(float("nan")),
        lambda: Swap(torch.zeros(0, 4)),
        lambda: Swap(torch.zeros(4)),
    ],
)
def test_nothing_to_draw_from(make):
    with pytest.raises(ValueError, match="should be"):
        make()


@pytest.mark.parametrize(
    "corrupt",
    [
        GaussianNoise(torch.ones(4)),
        Swap(torch.zeros(2, 4)),
        Mask(torch.zeros(4)),
        RandomAffine((1, 2, 2)),
        GaussianBlur((1, 2, 2), kernel_size=1),
    ],
)
def test_rows_of_another_width(corrupt):
    with pytest.raises(ValueError, match="for rows of 4 values; these have 6"):
        corrupt(torch.zeros(3, 6), seeded())


@pytest.mark.parametrize(
    "corrupt",
    [
        Dropout(),
        GaussianNoise(torch.ones(4)),
        Swap(torch.rand(9, 4)),
        Mask(torch.ones(4)),
        RandomAffine((1, 2, 2)),
        RandomResizedCrop((1, 2, 2)),
        ColorJitter((1, 2, 2), p=1),
    ],
)
def test_kinds_of_numbers(corrupt):
    """Each in its own precision; whole numbers are refused, with the way out."""
    x = torch.rand(20, 4, generator=seeded())
    for kind in (torch.float64, torch.float16, torch.bfloat16):
        changed = corrupt(x.to(kind), seeded())
        assert changed.dtype == kind
        assert changed.isfinite().all()
        assert not torch.equal(changed, x.to(kind))
    with pytest.raises(TypeError, match=r"torch.int64: convert with x.float\(\)"):
        corrupt(x.long(), seeded())


def test_gaussian_noise_of_each_column():
    scale = torch.tensor([0.0, 0.5, 2.0])
    noise = GaussianNoise(scale)(torch.zeros(3000, 3), seeded())
    torch.testing.assert_close(noise.std(0), scale, rtol=0.05, atol=0)


@given(st.floats(0, 0.9), st.integers(1, 6))
def test_swap_takes_its_share_from_the_same_column(p, n_columns):
    values = torch.arange(50.0)[:, None] + 100 * torch.arange(n_columns)
    x = torch.full((400, n_columns), -1.0)
    swapped = Swap(values, p)(x, seeded())
    share = (swapped != x).float().mean().item()
    assert share == pytest.approx(p, abs=0.08)
    for column in range(n_columns):
        new = swapped[:, column][swapped[:, column] != -1]
        assert torch.isin(new, values[:, column]).all()


def test_swapped_groups_stay_one_hot():
    generator = seeded()
    codes = torch.eye(3)[torch.randint(3, (60,), generator=generator)]
    table = torch.cat([torch.randn(60, 1), codes, torch.randn(60, 1)], dim=1)
    swapped = Swap(table, 0.5, feature_groups=[[1, 2, 3]])(table, generator)
    assert torch.equal(swapped[:, 1:4].sum(1), torch.ones(60))
    assert not torch.equal(swapped[:, 1:4], codes)
    assert not torch.equal(swapped[:, 0], table[:, 0])


def test_mask_fills_columns_and_groups():
    x = torch.ones(500, 4)
    masked = Mask(torch.tensor([0.0, -1, -2, -3]), 0.4, [[0, 2]])(x, seeded())
    changed = masked != x
    assert torch.equal(changed[:, 0], changed[:, 2])
    assert changed.float().mean().item() == pytest.approx(0.4, abs=0.05)
    assert set(masked[:, 3].unique().tolist()) == {1.0, -3.0}


@pytest.mark.parametrize(
    ("groups", "message"), [([[0, 9]], "column 9; there are 3"), ([[1], [1]], "twice")]
)
def test_bad_groups(groups, message):
    with pytest.raises(ValueError, match=message):
        Swap(torch.zeros(2, 3), feature_groups=groups)
