"""Closed forms of the partition uncertainty."""

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from skdeepcluster.losses import partition_uncertainty


def one_hot(labels, k):
    return F.one_hot(torch.as_tensor(labels), k).float()


def least(k):
    """The loss of orthogonal columns, whose cosines are 1 and 0."""
    return math.log(math.e + k - 1) - 1


@pytest.mark.parametrize("sizes", [[3, 3, 3], [1, 4, 7]])
def test_certain_partners_that_agree(sizes):
    y = one_hot(torch.arange(3).repeat_interleave(torch.tensor(sizes)), 3)
    assert partition_uncertainty(y, y).item() == pytest.approx(least(3), abs=1e-6)


def test_equal_columns_are_chance():
    y = torch.full((6, 5), 0.2)
    assert partition_uncertainty(y, y).item() == pytest.approx(math.log(5), abs=1e-6)


def test_partners_that_exchange_two_clusters():
    a, b = one_hot([0, 0, 1, 1], 2), one_hot([1, 1, 0, 0], 2)
    # Logits are 1 for the other cluster and 0 for the same.
    expected = math.log(1 + math.e)
    assert partition_uncertainty(a, b).item() == pytest.approx(expected, abs=1e-6)


def test_half_certain_assignments():
    y = torch.tensor([[0.75, 0.25], [0.25, 0.75]])
    cosine = 2 * 0.75 * 0.25 / (0.75**2 + 0.25**2)
    expected = math.log(1 + math.exp(cosine - 1))
    assert partition_uncertainty(y, y).item() == pytest.approx(expected, abs=1e-6)


@given(st.integers(0, 10_000), st.integers(1, 6))
@settings(deadline=None, max_examples=40)
def test_bounds(seed, k):
    """Cosines of columns without negative values are between 0 and 1."""
    generator = torch.Generator().manual_seed(seed)
    a, b = (torch.randn(9, k, generator=generator).mul(3).softmax(1) for _ in "ab")
    most = math.log(1 + (k - 1) * math.e)
    assert least(k) - 1e-5 <= partition_uncertainty(a, b).item() <= most + 1e-5


def test_empty_cluster_has_a_finite_gradient():
    logits = torch.tensor([[1e4, 0.0, 0.0], [0.0, 1e4, 0.0]], requires_grad=True)
    y = logits.softmax(1)
    partition_uncertainty(y, y).backward()
    assert logits.grad.isfinite().all()
