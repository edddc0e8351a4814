"""Vanished momentum is set to zero, all else stays."""

import torch

from skdeepcluster.training.denormals import flush_denormals


def test_flush():
    weight = torch.nn.Parameter(torch.tensor([1.0, 1.0, 1.0]))
    optimizer = torch.optim.Adam([weight], lr=0.1)
    weight.grad = torch.tensor([1.0, 1e-6, 0.0])
    optimizer.step()
    state = optimizer.state[weight]
    state["exp_avg"][2] = 1e-45  # as small as float32 goes; times 0.9 it stays so
    assert (0.9 * state["exp_avg"])[2] == state["exp_avg"][2] > 0
    before = state["exp_avg"].clone()
    flush_denormals(optimizer)
    assert state["exp_avg"][2] == 0
    assert torch.equal(state["exp_avg"][:2], before[:2])
    assert state["step"] == 1


def test_flush_of_sgd_without_momentum():
    weight = torch.nn.Parameter(torch.ones(2))
    optimizer = torch.optim.SGD([weight], lr=0.1)
    weight.grad = torch.ones(2)
    optimizer.step()
    flush_denormals(optimizer)
