"""Errors of torch's collectives."""

import pytest
import torch
import torch.distributed as dist

from skdeepcluster.training import lost
from skdeepcluster.training.collectives import collective

pytestmark = pytest.mark.skipif(not dist.is_available(), reason="needs distributed")


@pytest.fixture(autouse=True)
def _alone(monkeypatch):
    """A group of this process alone."""
    monkeypatch.setattr(lost, "_failures", [])
    dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
    yield
    if dist.is_initialized():
        dist.destroy_process_group()


def fail(*args):
    raise RuntimeError("Connection closed by peer")


def test_error_is_raised_as_it_is_where_all_processes_answer():
    with pytest.raises(RuntimeError, match="^Connection closed by peer$"):
        collective(fail)


def test_results_are_those_of_the_collective():
    x = torch.ones(2)
    collective(dist.all_reduce, x)
    assert x.tolist() == [1, 1]
