"""InfoNCE under the Student-t kernel."""

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from skdeepcluster.losses import student_t_contrast


def gathered(a, b):
    """As a cross-entropy over the 2N - 1 others, one row at a time."""
    z = torch.cat([a, b])
    n = len(a)
    losses = []
    for i in range(2 * n):
        others = [j for j in range(2 * n) if j != i]
        logits = -(z[i] - z[others]).square().sum(1).log1p()
        partner = others.index((i + n) % (2 * n))
        losses.append(F.cross_entropy(logits[None], torch.tensor([partner])))
    return torch.stack(losses).mean()


@given(st.integers(1, 6), st.floats(0.01, 100), st.integers(0, 9))
def test_is_the_cross_entropy_over_all_others(n, scale, seed):
    generator = torch.Generator().manual_seed(seed)
    z = scale * torch.randn(2, n, 3, generator=generator)
    z.requires_grad_()
    ours, expected = student_t_contrast(*z), gathered(*z)
    assert ours.item() == pytest.approx(expected.item(), rel=1e-4, abs=1e-4)
    (gradient,) = torch.autograd.grad(3 * ours, z)
    (by_torch,) = torch.autograd.grad(3 * expected, z)
    torch.testing.assert_close(scale * gradient, scale * by_torch, rtol=1e-3, atol=1e-4)


def test_precision_of_training_does_not_reach_the_distances():
    a, b = torch.randn(2, 64, 10, generator=torch.Generator().manual_seed(0))
    expected = student_t_contrast(a, b)
    with torch.autocast("cpu", torch.bfloat16):
        assert student_t_contrast(a, b) == expected


def test_rows_far_apart_and_far_from_the_origin():
    a = torch.tensor([[1e15, 0.0], [0.0, 1e15]], requires_grad=True)
    loss = student_t_contrast(a, a + 1)
    assert loss.isfinite()
    loss.backward()
    assert a.grad.isfinite().all()


def test_by_hand():
    # Squared distances 1 to the partner, and 81, 100 or 121 to the others.
    a, b = torch.tensor([[0.0], [10.0]]), torch.tensor([[1.0], [11.0]])
    kernel = torch.tensor(
        [
            [1 / 2, 1 / 101, 1 / 122],  # of row 0: its partner, then the others
            [1 / 2, 1 / 82, 1 / 101],
            [1 / 2, 1 / 82, 1 / 101],
            [1 / 2, 1 / 101, 1 / 122],
        ]
    )
    expected = -(kernel[:, 0] / kernel.sum(1)).log().mean()
    assert student_t_contrast(a, b).item() == pytest.approx(expected.item(), rel=1e-5)


def test_of_equal_rows_is_chance():
    z = torch.ones(32, 3, requires_grad=True)
    loss = student_t_contrast(z, z)
    assert loss.item() == pytest.approx(math.log(63), rel=1e-5)
    loss.backward()
    assert z.grad.isfinite().all()
