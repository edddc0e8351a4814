"""Processes that end while others go on."""

import pytest
import torch.distributed as dist

from skdeepcluster.training import lost
from skdeepcluster.training.collectives import collective
from skdeepcluster.training.processes import find_processes

pytestmark = pytest.mark.skipif(not dist.is_available(), reason="needs distributed")


class Store:
    """One of which the other processes, but for some, have set their keys."""

    def __init__(self, silent, ends=False):
        self.silent = {str(rank) for rank in silent}
        self.ends = ends

    def set(self, key, value):
        pass

    def check(self, keys):
        if self.ends:
            raise dist.DistNetworkError("Broken pipe")
        return keys[0].split()[-1] not in self.silent


def fail(*args):
    raise RuntimeError("Connection closed by peer")


@pytest.fixture
def group(monkeypatch):
    """Four processes, of which this is the third."""
    left = []
    monkeypatch.setattr(lost, "_failures", [])
    monkeypatch.setattr(lost, "_ANSWER", 0.01)
    monkeypatch.setattr(dist, "get_rank", lambda: 2)
    monkeypatch.setattr(dist, "get_world_size", lambda: 4)
    monkeypatch.setattr(dist, "get_backend_config", lambda: "cpu:gloo")
    monkeypatch.setattr(dist, "destroy_process_group", lambda: left.append(True))
    return left


@pytest.mark.parametrize(
    ("store", "message"),
    [
        (Store([1]), "^Process 2 has lost process 1 of this fit. Whether"),
        (Store([0, 3]), "^Process 2 has lost processes 0, 3 of this fit. Whether"),
        (Store([], ends=True), "has lost process 0 of"),  # it keeps the store
        (Store([]), "^Connection closed by peer$"),
    ],
)
def test_lost_processes_are_named(group, store, message, monkeypatch):
    monkeypatch.setattr(dist.distributed_c10d, "_get_default_store", lambda: store)
    with pytest.raises(RuntimeError, match=message):
        collective(fail)
    assert group == [True]  # so that others notice
    with pytest.raises(RuntimeError, match="Processes of an earlier fit have .*again"):
        find_processes("auto")
    assert find_processes(False) is None


def test_groups_of_nccl_end_by_themselves(group, monkeypatch):
    monkeypatch.setattr(dist, "get_backend_config", lambda: "cpu:gloo,cuda:nccl")
    monkeypatch.setattr(dist.distributed_c10d, "_get_default_store", lambda: Store([1]))
    assert lost.close_and_find_lost() == [1]
    assert group == []
