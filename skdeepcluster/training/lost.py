"""Which process has ended, found when an operation between processes fails."""

import gc
import time

import torch.distributed as dist

#: Seconds in which every process that is alive notices that the others have closed
#: their connections.
_ANSWER = 10.0

#: What has happened to the groups that were left.
_failures: list[str] = []


def check_none_lost() -> None:
    """Raise if the group was left after a failure, and there is no other.

    Raises
    ------
    RuntimeError
    """
    if _failures and not dist.is_initialized():
        raise RuntimeError(
            f"{_failures[-1]} Start all processes again, or set distributed=False to "
            "fit alone."
        )


def close_and_find_lost() -> list[int]:
    """Leave the group after a failure; return which processes have not done so.

    Connections are closed because a process may be waiting for one that waits for the
    lost one: neighbours in a ring would end first, then theirs.
    """
    rank, size = dist.get_rank(), dist.get_world_size()
    store = dist.distributed_c10d._get_default_store()
    if "nccl" not in dist.get_backend_config():  # which ends its processes itself
        dist.destroy_process_group()
        gc.collect()  # frames of torch's that wrap the error still hold connections
    key = f"skdeepcluster: failure {len(_failures)} noticed by process"
    missing = {*range(size)}
    deadline = time.monotonic() + _ANSWER
    try:
        store.set(f"{key} {rank}", "")
        while missing and time.monotonic() < deadline:
            missing -= {r for r in missing if store.check([f"{key} {r}"])}
            time.sleep(0.05)
    except RuntimeError:  # the first process keeps the store, unless the launcher does
        missing = {0} if 0 in missing else missing
    lost = sorted(missing)
    found = f"lost {', '.join(map(str, lost))}" if lost else "failed to communicate"
    _failures.append(f"Processes of an earlier fit have {found}.")
    return lost
