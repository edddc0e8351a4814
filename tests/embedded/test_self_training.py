"""DEC's alternation of targets and steps."""

import numpy as np
import pytest
import torch
from torch import nn

from skdeepcluster.embedded.self_training import SelfTraining, assignment_divergence
from skdeepcluster.losses import clustering_loss, soft_assignment, target_distribution
from skdeepcluster.networks import EmbeddedClusteringNetwork
from skdeepcluster.training import Batch
from tests.training.engine import make_run

CENTERS = np.array([[0.0], [4.0]], dtype=np.float32)


def training(gamma=1.0, tol=1e-3, interval=30, n=1000):
    """On rows 0, 1, ... n - 1 that embed as themselves."""
    network = EmbeddedClusteringNetwork(nn.Identity(), None)
    network.set_centers(CENTERS)
    run = make_run(network, n=n)
    return SelfTraining(
        network, run, gamma, tol, interval, lambda _, b: (b.x, {"other": b.x.mean()})
    )


def test_loss_is_the_other_terms_plus_gamma_times_the_divergence():
    rule = training(gamma=0.3, n=8)
    rule.refresh()
    index = torch.tensor([5, 1, 2])
    x = index[:, None].float()
    terms = rule.loss(rule.network, Batch(x, index, torch.Generator()))
    everyone = soft_assignment(torch.arange(8.0)[:, None], torch.tensor(CENTERS))
    target = target_distribution(everyone)
    expected = 0.3 * clustering_loss(target[index], everyone[index])
    torch.testing.assert_close(terms["clustering"], expected)
    assert terms["other"] == x.mean()
    divergence = assignment_divergence(rule.network, rule.run.rows)
    assert divergence == pytest.approx(clustering_loss(target, everyone).item())


@pytest.mark.parametrize(("n_changes", "converged"), [(0, True), (1, False)])
def test_a_thousandth_of_a_thousand_rows_is_not_less_than_a_thousandth(
    n_changes, converged
):
    rule = training(tol=1e-3)
    labels = torch.zeros(1000, dtype=torch.long)
    assert not rule._has_converged(labels)  # nothing to compare with
    changed = labels.clone()
    changed[:n_changes] = 1
    assert rule._has_converged(changed) is converged


@pytest.mark.parametrize(("interval", "n_renewals"), [(30, 2), (10, 4), (1, 31)])
def test_labels_are_compared_at_least_thirty_batches_apart(interval, n_renewals):
    rule = training(interval=interval)
    assert [rule.refresh() for _ in range(n_renewals)].index(True) == n_renewals - 1
