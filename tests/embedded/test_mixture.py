"""Moments of clusters in the codes."""

import torch

from skdeepcluster.embedded.mixture import moments


def test_moments_by_hand():
    codes = torch.tensor([[0.0, 1.0], [2.0, 1.0], [5.0, 5.0], [9.0, 9.0]]).double()
    labels = torch.tensor([0, 0, 1, -100])  # the last is noise
    weights, means, variances = moments(codes, labels, 2)
    torch.testing.assert_close(weights, torch.tensor([2, 1]).double() / 3)
    torch.testing.assert_close(means, torch.tensor([[1.0, 1.0], [5.0, 5.0]]).double())
    expected = torch.tensor([[1.0, 0.0], [0.0, 0.0]]).double()
    torch.testing.assert_close(variances, expected)


def test_empty_cluster_is_as_wide_as_all():
    codes = torch.tensor([[0.0], [2.0]]).double()
    weights, means, variances = moments(codes, torch.tensor([1, 1]), 3)
    assert weights[1] > 0.99
    assert (weights > 0).all()
    torch.testing.assert_close(means, torch.ones(3, 1).double())
    torch.testing.assert_close(variances, torch.ones(3, 1).double())
