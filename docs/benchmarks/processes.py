"""Seconds, messages and bytes of an epoch in one process and in two.

    python docs/benchmarks/processes.py

starts the processes itself, with one thread each, and writes ``results/processes.md``.
Messages are calls of torch's collective operations, and bytes what one process sends
by them: an all-reduce passes on every number twice, less the part of its own, in the
usual algorithms.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections import Counter
from itertools import pairwise

import numpy as np
import torch
import torch.distributed as dist
from harness import RESULTS, setup

from skdeepcluster import IDEC, NeighborClustering

SIZES = {"70,000 x 784": (70_000, 784), "200,000 x 64": (200_000, 64)}
NETWORK = {"hidden_layer_sizes": (500, 500, 2000), "distributed": "auto"}
#: One epoch a stage; batches as large as several devices would have.
ESTIMATORS = {
    "IDEC": IDEC(
        10, pretrain_epochs=1, max_iter=1, batch_size=1024, random_state=0, **NETWORK
    ),
    "NeighborClustering": NeighborClustering(
        10, max_iter=1, refine=False, batch_size=1024, random_state=0
    ),
}
CASES = [
    ("IDEC", "70,000 x 784"),
    ("IDEC", "200,000 x 64"),
    ("NeighborClustering", "70,000 x 784"),
]
COLLECTIVES = ("all_reduce", "all_gather", "broadcast")


def counted(sent):
    """Count what the collective operations send."""

    def wrap(name):
        original = getattr(dist, name)

        def call(*args, **kwargs):
            tensor = args[1] if name == "all_gather" else args[0]
            size = dist.get_world_size()
            passed_on = {"all_reduce": 2 * (size - 1) / size}.get(name, size - 1)
            sent["messages"] += 1
            sent["bytes"] += passed_on * tensor.nbytes
            return original(*args, **kwargs)

        setattr(dist, name, call)

    for name in COLLECTIVES:
        wrap(name)


def one_process(method, size):
    """Fit once; the last stage's seconds, and what was sent."""
    torch.set_num_threads(1)
    n_rows, n_columns = SIZES[size]
    random = np.random.RandomState(0)
    X = random.normal(size=(n_rows, n_columns)).astype(np.float32)
    X += 3 * (np.arange(n_rows) % 10 == np.arange(n_columns)[:, None] % 10).T
    sent = Counter()
    counted(sent)
    started = time.perf_counter()
    fitted = ESTIMATORS[method].fit(X)
    seconds = time.perf_counter() - started
    stages = {row["stage"]: row["seconds"] for row in fitted.history_}
    batches = sum(1 for _ in pairwise(range(0, n_rows + 1024, 1024))) * len(stages)
    return {
        "fit": seconds,
        "epoch": sum(stages.values()) / len(stages),
        "messages": sent["messages"] / batches,
        "bytes": sent["bytes"] / batches,
    }


def measure(method, size, n_processes):
    """The first process's answer."""
    command = [sys.executable, "-W", "ignore", __file__, "--one", method, size]
    place = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "29517"}
    started = [
        subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            text=True,
            env={
                **os.environ,
                **place,
                "OMP_NUM_THREADS": "1",
                "RANK": str(rank),
                "LOCAL_RANK": str(rank),
                "WORLD_SIZE": str(n_processes),
            },
        )
        for rank in range(n_processes)
    ]
    outputs = [each.communicate()[0] for each in started]
    return json.loads(outputs[0].splitlines()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--one", nargs=2)
    args = parser.parse_args()
    if args.one:
        print(json.dumps(one_process(*args.one)))
        return
    torch.set_num_threads(1)
    lines = [
        "# Several processes",
        "",
        f"Measured with {setup()} in each process, all on one machine.",
        "",
        "Seconds of an epoch (mean over the stages) and of a fit with one epoch per",
        "stage, in batches of 1024 rows; messages and kB that each process sends per",
        "batch, with the stages' ends included.",
        "",
        "| method | rows x columns | processes | epoch | fit | messages | kB |",
        "|---|---|---|---|---|---|---|",
    ]
    for method, size in CASES:
        for n_processes in (1, 2):
            found = measure(method, size, n_processes)
            lines.append(
                f"| {method} | {size} | {n_processes} | {found['epoch']:.1f} | "
                f"{found['fit']:.1f} | {found['messages']:.1f} | "
                f"{found['bytes'] / 1000:,.0f} |"
            )
            print(lines[-1], flush=True)
    (RESULTS / "processes.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
