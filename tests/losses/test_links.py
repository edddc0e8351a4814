import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from skdeepcluster.losses import link_loss


def test_closed_form():
    y_a = torch.tensor([[0.8, 0.2], [0.5, 0.5]])
    y_b = torch.tensor([[0.6, 0.4], [0.9, 0.1]])
    together = torch.tensor([True, False])
    # .8 * .6 + .2 * .4 = .56, and .5 * .9 + .5 * .1 = .5
    expected = -(math.log(0.56) + math.log(1 - 0.5)) / 2
    assert link_loss(y_a, y_b, together).item() == pytest.approx(expected, abs=1e-6)


def test_certain_pairs_cost_nothing():
    y = torch.eye(3)
    kept = link_loss(y, y, torch.ones(3, dtype=bool))
    apart = link_loss(y, y.roll(1, 0), torch.zeros(3, dtype=bool))
    assert kept.item() == pytest.approx(0, abs=1e-6)
    assert apart.item() == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("together", [True, False])
def test_certain_but_wrong_pairs_have_a_gradient(together):
    logits = torch.tensor([[9.0, -9.0]], requires_grad=True)
    y = logits.softmax(1)
    partner = torch.tensor([[0.0, 1.0]] if together else [[1.0, 0.0]])
    loss = link_loss(y, partner, torch.tensor([together]))
    loss.backward()
    assert logits.grad.abs().max() > 0.1


def test_rounding_above_one_is_no_nan():
    y = torch.tensor([[1 + 4e-7, 0.0]])
    assert link_loss(y, y, torch.tensor([False])).isfinite()


@settings(deadline=None)
@given(
    st.lists(st.floats(-20, 20), min_size=8, max_size=8),
    st.lists(st.booleans(), min_size=2, max_size=2),
)
def test_pairs_have_no_order(values, together):
    y_a, y_b = torch.tensor(values).reshape(2, 2, 2).softmax(2)
    together = torch.tensor(together)
    loss = link_loss(y_a, y_b, together)
    assert loss.item() >= -1e-6
    torch.testing.assert_close(loss, link_loss(y_b, y_a, together))
