"""Contrastive losses against values in closed form."""

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from skdeepcluster.losses import (
    balance_loss,
    cluster_loss,
    instance_loss,
    nt_xent,
)


def gathered(a, b, temperature):
    """NT-Xent as a cross-entropy over the 2N - 1 others, one anchor at a time."""
    z = F.normalize(torch.cat([a, b]))
    n = len(a)
    total = 0.0
    for i in range(2 * n):
        others = [j for j in range(2 * n) if j != i]
        logits = torch.stack([z[i] @ z[j] for j in others]) / temperature
        partner = others.index((i + n) % (2 * n))
        total += F.cross_entropy(logits[None], torch.tensor([partner])).item()
    return total / (2 * n)


@given(st.integers(2, 6), st.floats(0.1, 2))
def test_is_the_cross_entropy_over_all_others(n, temperature):
    generator = torch.Generator().manual_seed(n)
    a, b = torch.randn(2, n, 5, generator=generator)
    expected = gathered(a, b, temperature)
    assert nt_xent(a, b, temperature).item() == pytest.approx(expected, rel=1e-4)


def test_equal_rows_are_chance():
    z = torch.ones(256, 3)
    assert instance_loss(z, z, 0.5).item() == pytest.approx(math.log(511), rel=1e-5)


def test_partners_equal_and_others_orthogonal():
    z = torch.eye(6)
    expected = -1 / 0.5 + math.log(math.exp(1 / 0.5) + 2 * 6 - 2)
    assert instance_loss(z, z, 0.5).item() == pytest.approx(expected, rel=1e-5)


def test_uniform_assignment():
    y = torch.full((32, 10), 0.1)
    assert cluster_loss(y, y, 1.0).item() == pytest.approx(math.log(19), rel=1e-5)
    assert balance_loss(y).item() == pytest.approx(0, abs=1e-6)


def test_balanced_one_hot_assignment():
    y = torch.eye(10).repeat(3, 1)
    expected = math.log(math.e + 18) - 1
    assert expected == pytest.approx(2.0310, abs=1e-4)
    assert cluster_loss(y, y, 1.0).item() == pytest.approx(expected, rel=1e-5)
    assert balance_loss(y).item() == pytest.approx(0, abs=1e-6)


def test_collapsed_assignment_is_the_worst_balance_with_a_gradient():
    logits = torch.zeros(16, 10)
    logits[:, 0] = 100
    logits.requires_grad_()
    y = logits.softmax(1)
    loss = balance_loss(y) + balance_loss(y)
    assert loss.item() == pytest.approx(2 * math.log(10), rel=1e-5)
    (loss + cluster_loss(y, y, 1.0)).backward()
    assert logits.grad.isfinite().all()


def test_one_cluster_has_nothing_to_tell_apart():
    y = torch.ones(8, 1)
    assert cluster_loss(y, y, 1.0).item() == 0
    assert balance_loss(y).item() == 0


def test_balance_is_the_papers_entropy_up_to_a_constant():
    logits = torch.randn(20, 4, generator=torch.Generator().manual_seed(0))
    logits.requires_grad_()
    y = logits.softmax(1)
    (ours,) = torch.autograd.grad(balance_loss(y), logits, retain_graph=True)
    mass = y.mean(0)
    papers = (mass * mass.log()).sum()  # minus the entropy
    (theirs,) = torch.autograd.grad(papers, logits)
    torch.testing.assert_close(ours, theirs)
    # The loss holds that of both copies: 2 log K together.
    torch.testing.assert_close(balance_loss(y) - papers, torch.tensor(4.0).log())


def test_precision_of_training_does_not_reach_the_similarities():
    a, b = torch.randn(2, 64, 32, generator=torch.Generator().manual_seed(0))
    expected = nt_xent(a, b, 0.1)
    with torch.autocast("cpu", torch.bfloat16):
        assert nt_xent(a, b, 0.1) == expected
