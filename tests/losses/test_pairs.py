"""Losses of pairs, by hand."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from skdeepcluster.losses import (
    consistency_loss,
    label_features,
    pair_loss,
    pair_similarities,
    partner_loss,
)


@given(st.integers(1, 8), st.floats(-5, 5))
def test_constraint_layer(k, constant):
    logits = torch.randn(6, k, generator=torch.Generator().manual_seed(k))
    features = label_features(logits)
    assert (features >= 0).all()
    torch.testing.assert_close(features.norm(dim=1), torch.ones(6))
    assert torch.equal(features.argmax(1), logits.argmax(1))
    torch.testing.assert_close(label_features(logits + constant), features)
    # Equation 9 as written.
    b = (logits - logits.amax(1, keepdim=True)).exp()
    torch.testing.assert_close(features, b / b.norm(dim=1, keepdim=True))


def test_equal_values_give_one_over_root_k():
    features = label_features(torch.zeros(3, 16))
    torch.testing.assert_close(features, torch.full((3, 16), 0.25))
    torch.testing.assert_close(pair_similarities(features), torch.ones(3))


def test_each_pair_counts_once_and_no_row_with_itself():
    features = torch.eye(4)[[0, 0, 1, 2]]
    expected = torch.tensor([1.0, 0, 0, 0, 0, 0])
    torch.testing.assert_close(pair_similarities(features), expected)


def test_consistent_one_hot_features_cost_nothing():
    g = torch.tensor([0.0, 1.0, 1.0, 0.0])
    assert pair_loss(g, 0.5, 0.5).item() == pytest.approx(0, abs=1e-6)


def test_one_half_costs_log_two_either_way():
    g = torch.tensor([0.5])
    assert pair_loss(g, 0.5, 0.5).item() == pytest.approx(math.log(2))
    assert pair_loss(g, 0.6, 0.6).item() == pytest.approx(math.log(2))


def test_mean_over_selected_pairs_only():
    g = torch.tensor([0.97, 0.7, 0.3, 0.455])
    expected = -(math.log(0.97) + math.log(1 - 0.3)) / 2
    # .455 is not below the lower threshold, .7 is between.
    assert pair_loss(g, 0.95, 0.455).item() == pytest.approx(expected, rel=1e-5)


def test_labels_and_selection_are_constants():
    """The gradient is that of the cross-entropy of the two selected pairs alone."""
    g = torch.tensor([0.2, 0.7, 0.96], requires_grad=True)
    pair_loss(g, 0.95, 0.455).backward()
    expected = torch.tensor([1 / (1 - 0.2), 0.0, -1 / 0.96]) / 2
    torch.testing.assert_close(g.grad, expected)


def test_answers_of_others_are_learnt():
    """What is equal, different or left out is said by other similarities."""
    g = torch.tensor([0.6, 0.6, 0.6], requires_grad=True)
    answers = torch.tensor([0.97, 0.7, 0.3])
    loss = pair_loss(g, 0.95, 0.455, answers)
    assert loss.item() == pytest.approx(-(math.log(0.6) + math.log(0.4)) / 2)
    loss.backward()
    torch.testing.assert_close(g.grad, torch.tensor([-1 / 0.6, 0, 1 / 0.4]) / 2)


def test_thresholds_that_meet_select_every_pair_once():
    g = torch.tensor([0.2, 0.5, 0.8], requires_grad=True)
    expected = -(math.log(0.8) + math.log(0.5) + math.log(0.8)) / 3
    assert pair_loss(g, 0.5, 0.5).item() == pytest.approx(expected, rel=1e-5)


def test_nothing_selected():
    g = torch.tensor([0.7, 0.6], requires_grad=True)
    loss = pair_loss(g, 0.95, 0.455)
    loss.backward()
    assert loss.item() == 0
    assert torch.equal(g.grad, torch.zeros(2))


@pytest.mark.parametrize("upper", [0.5, 1.5])
def test_extremes_are_finite(upper):
    g = torch.tensor([0.0, 1.0], requires_grad=True)
    loss = pair_loss(g, upper, upper)
    loss.backward()
    assert loss.isfinite()
    assert g.grad.isfinite().all()


@pytest.mark.parametrize(("k", "with_relu", "without"), [(10, 0.68, 0.55)])
def test_similarities_of_an_untrained_network(k, with_relu, without):
    """With normal values; why thresholds of .95 and .455 suit ten clusters."""
    values = torch.randn(2000, k, generator=torch.Generator().manual_seed(0))
    for logits, expected in ((values.relu(), with_relu), (values, without)):
        mean = pair_similarities(label_features(logits)).mean().item()
        assert mean == pytest.approx(expected, abs=0.02)


def test_consistency_teaches_the_changed_row_only():
    changed = torch.tensor([[0.5, 0.5]], requires_grad=True)
    clean = torch.tensor([[1.0, 0.0]], requires_grad=True)
    loss = consistency_loss(changed, clean)
    assert loss.item() == pytest.approx(math.log(2))
    loss.backward()
    assert clean.grad is None


def test_partners_are_one_cluster():
    a = torch.tensor([[1.0, 0.0], [0.6, 0.8]])
    b = torch.tensor([[0.0, 1.0], [0.8, 0.6]])
    assert partner_loss(a[:1], a[:1]).item() == pytest.approx(0, abs=1e-6)
    assert partner_loss(a[1:], b[1:]).item() == pytest.approx(-math.log(0.96))
    far = partner_loss(a[:1], b[:1]).item()  # finite
    both = partner_loss(a, b).item()
    assert far > 10
    assert both == pytest.approx((far - math.log(0.96)) / 2)
