"""Statistics of batch normalisation."""

import pytest
import torch
from torch import nn

from skdeepcluster.training import renew_batch_norm
from tests.training.engine import make_run


def test_statistics_are_those_of_the_rows():
    network = nn.Sequential(nn.BatchNorm1d(1), nn.Dropout(0.5))
    network[0].running_mean.fill_(99.0)
    run = make_run(network, n=8, batch_size=4)  # rows 0 to 7
    renew_batch_norm(network, run)
    assert network[0].running_mean.item() == pytest.approx(3.5)
    assert network[0].momentum == 0.1
    assert not any(module.training for module in network)


def test_without_normalisation_no_batch_is_drawn():
    network = nn.Linear(1, 1)
    run = make_run(network)
    before = run.generator.get_state()
    renew_batch_norm(network, run)
    assert torch.equal(run.generator.get_state(), before)


def test_weights_that_overflow():
    network = nn.Sequential(nn.Linear(1, 1), nn.BatchNorm1d(1))
    with torch.no_grad():
        network[0].weight.fill_(1e38)
    run = make_run(network)
    run.last_stage = "contrast"
    with pytest.raises(FloatingPointError, match="stage 'contrast', epoch 0"):
        renew_batch_norm(network, run)
