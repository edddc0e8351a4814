"""Closed forms of the mutual information of paired assignments."""

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import mutual_info_score

from skdeepcluster.losses import information_loss


def one_hot(labels, k):
    return F.one_hot(torch.as_tensor(labels), k).float()


@pytest.mark.parametrize("k", [1, 2, 10])
def test_partners_that_agree_on_balanced_clusters(k):
    y = one_hot(torch.arange(k).repeat(3), k)
    assert information_loss(y, y).item() == pytest.approx(-math.log(k), abs=1e-5)
    # At one half, agreement is all that counts.
    assert information_loss(y, y, 0.5).item() == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize("weight", [0.5, 1.0, 2.0])
def test_uniform_assignments(weight):
    y = torch.full((6, 4), 0.25)
    expected = 2 * (1 - weight) * math.log(4)
    assert information_loss(y, y, weight).item() == pytest.approx(expected, abs=1e-5)


def test_independent_assignments():
    a, b = one_hot([0, 0, 1, 1], 2), one_hot([0, 1, 0, 1], 2)
    assert information_loss(a, b).item() == pytest.approx(0, abs=1e-6)


def test_one_cluster_with_all_rows():
    y = one_hot([0, 0, 0], 5)
    assert information_loss(y, y).item() == pytest.approx(0, abs=1e-5)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1))
@settings(deadline=None)
def test_labels_have_their_mutual_information(pairs):
    """Of labels and partners in both orders, which makes the joint symmetric."""
    a, b = (list(labels) for labels in zip(*pairs, strict=True))
    found = information_loss(one_hot(a, 4), one_hot(b, 4)).item()
    assert found == pytest.approx(-mutual_info_score(a + b, b + a), abs=1e-5)


@given(st.integers(0, 10_000), st.integers(1, 6))
@settings(deadline=None, max_examples=40)
def test_bounds(seed, k):
    generator = torch.Generator().manual_seed(seed)
    a, b = (torch.randn(9, k, generator=generator).mul(3).softmax(1) for _ in "ab")
    assert -math.log(k) - 1e-5 <= information_loss(a, b).item() <= 1e-5
    torch.testing.assert_close(information_loss(a, b), information_loss(b, a))


def test_gradient_of_certain_assignments_is_finite():
    logits = torch.tensor([[1e4, 0.0], [0.0, 1e4]], requires_grad=True)
    y = logits.softmax(1)
    information_loss(y, y).backward()
    assert logits.grad.isfinite().all()
