"""Moments have the memory layout of their parameters."""

import pytest
import torch

from skdeepcluster.training.optimizer_state import load_optimizer
from skdeepcluster.training.stage import adam, rmsprop


def contiguous(state):
    if isinstance(state, torch.Tensor):
        return state.clone(memory_format=torch.contiguous_format)
    if isinstance(state, dict):
        return {name: contiguous(value) for name, value in state.items()}
    return state


@pytest.mark.parametrize("make", [adam(0.1), rmsprop(0.1)])
def test_goes_on_alike_with_channels_last(make):
    generator = torch.Generator().manual_seed(0)

    def weights():
        weight = torch.ones(4, 3, 2, 2).to(memory_format=torch.channels_last)
        return torch.nn.Parameter(weight)

    def step(parameter, optimizer):
        noise = torch.rand(parameter.shape, generator=generator)
        parameter.grad = noise.to(memory_format=torch.channels_last)
        optimizer.step()

    parameter = weights()
    optimizer = make([parameter])
    step(parameter, optimizer)
    copy = weights()
    copy.data.copy_(parameter.data)
    other = make([copy])
    load_optimizer(other, contiguous(optimizer.state_dict()))
    for name, moment in other.state[copy].items():
        if moment.shape == copy.shape:
            assert moment.stride() == copy.stride(), name
    state = generator.get_state()
    step(parameter, optimizer)
    generator.set_state(state)
    step(copy, other)
    assert (parameter == copy).all()
