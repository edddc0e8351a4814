"""Errors of torch's collectives."""

import pytest
import torch
import torch.distributed as dist

from skdeepcluster.training.collectives import collective

pytestmark = pytest.mark.skipif(not dist.is_available(), reason="needs distributed")


@pytest.fixture(autouse=True)
def _alone():
    """A group of this process alone."""
    dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
    yield
    dist.destroy_process_group()


def fail(*args):
    raise RuntimeError("Connection closed by peer")


def test_error_is_raised_as_it_is_where_all_processes_answer():
    with pytest.raises(RuntimeError, match="^Connection closed by peer$"):
        collective(fail)


def test_lost_process_is_named(monkeypatch):
    def silent(**kwargs):
        raise RuntimeError("Rank 1 failed to pass monitoredBarrier in 10 ms\nat ...")

    monkeypatch.setattr(dist, "monitored_barrier", silent)
    message = "Process 0 has lost another.*torch says: Rank 1 failed .* in 10 ms$"
    with pytest.raises(RuntimeError, match=message) as found:
        collective(fail)
    assert str(found.value.__cause__) == "Connection closed by peer"


def test_backend_that_cannot_be_asked(monkeypatch):
    def refuse(**kwargs):
        raise ValueError("monitored_barrier is only implemented for GLOO")

    monkeypatch.setattr(dist, "monitored_barrier", refuse)
    with pytest.raises(RuntimeError, match="lost another.*in its output.$"):
        collective(fail)


def test_results_are_those_of_the_collective():
    x = torch.ones(2)
    collective(dist.all_reduce, x)
    assert x.tolist() == [1, 1]
