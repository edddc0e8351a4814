"""Corruption of rows."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from skdeepcluster.augment import Dropout, GaussianNoise


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
