"""Seconds, messages and bytes of an epoch in one process and in two.

    python docs/benchmarks/processes.py [--rounds 3]

starts the processes itself, with one thread each, and writes ``results/processes.md``.
Messages are calls of torch's collective operations on tensors, and bytes what one
process sends by them: an all-reduce passes on every number twice, less the part of its
own, in the usual algorithms.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import time
from collections import Counter, defaultdict

import numpy as np
import torch
import torch.distributed as dist
from harness import RESULTS, Log, setup

from skdeepcluster import IDEC

#: One epoch a stage; batches as large as several devices would have.
SHORT = {"pretrain_epochs": 1, "max_iter": 1, "tol": 0, "batch_size": 1024}
CASES = {
    "IDEC, 500-500-2000-10": (
        IDEC(10, hidden_layer_sizes=(500, 500, 2000), random_state=0, **SHORT),
        (70_000, 784),
    ),
    "IDEC, bare default": (IDEC(10, random_state=0, **SHORT), (1_000_000, 64)),
}
COLLECTIVES = ("all_reduce", "all_gather", "broadcast")
MEASURED = ["epoch", "fit", "busy", "messages", "bytes"]
COLUMNS = ["case", "processes", *MEASURED, "setup"]


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


def one_process(case):
    """Fit once: seconds, and what was sent, per epoch."""
    torch.set_num_threads(1)
    model, (n_rows, n_columns) = CASES[case]
    random = np.random.RandomState(0)
    X = random.normal(size=(n_rows, n_columns)).astype(np.float32)
    X += 3 * (np.arange(n_rows) % 10 == np.arange(n_columns)[:, None] % 10).T
    if os.environ["WORLD_SIZE"] != "1":
        dist.init_process_group("gloo")
        dist.barrier()
    sent = Counter()
    counted(sent)
    started, busy = time.perf_counter(), time.process_time()
    history = model.fit(X).history_
    seconds, busy = time.perf_counter() - started, time.process_time() - busy
    return {
        "epoch": sum(row["seconds"] for row in history) / len(history),
        "fit": seconds,
        "busy": busy,
        "messages": sent["messages"] / len(history),
        "bytes": sent["bytes"] / len(history),
    }


def measure(case, n_processes):
    """The first process's answer."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started = [
        subprocess.Popen(
            [sys.executable, "-W", "ignore", __file__, "--one", case],
            stdout=subprocess.PIPE,
            text=True,
            env={
                **os.environ,
                "MASTER_ADDR": "127.0.0.1",
                "MASTER_PORT": str(port),
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


def render(rows):
    """The least seconds of all rounds."""
    found = defaultdict(list)
    for row in rows:
        values = [float(row[name]) for name in MEASURED]
        found[row["case"], int(row["processes"])].append(values)
    lines = [
        "# Several processes",
        "",
        *sorted({f"Measured with {row['setup']}." for row in rows}),
        "",
        "Seconds of an epoch (mean over the two stages) and of a fit with one epoch a",
        "stage, in batches of 1024 rows; of the fit, those in which one process kept",
        "its core busy; calls of collective operations, and MB that each process",
        "sends, per epoch. All processes ran on one machine with two cores that was",
        "shared with other work, which only the busy seconds leave out. Seconds are",
        "the least of all rounds, in which one process and two took turns.",
        "",
        "| method | rows x columns | processes | epoch | fit | busy | calls | MB |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for (case, n_processes), rounds in found.items():
        epoch, fit, busy, calls, sent = np.min(rounds, axis=0)
        n_rows, n_columns = CASES[case][1]
        lines.append(
            f"| {case} | {n_rows:,} x {n_columns} | {n_processes} | {epoch:.1f} | "
            f"{fit:.1f} | {busy:.1f} | {calls:.0f} | {sent / 1e6:,.0f} |"
        )
    (RESULTS / "processes.md").write_text("\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    args = parser.parse_args()
    torch.set_num_threads(1)
    if args.one:
        print(json.dumps(one_process(args.one)))
        return
    log = Log("processes", COLUMNS)
    for _ in range(args.rounds):
        for case in CASES:
            for n_processes in (1, 2):
                found = measure(case, n_processes)
                values = case, n_processes, *(found[name] for name in MEASURED)
                log.add(dict(zip(COLUMNS, (*values, setup()), strict=True)))
    render(log.rows)


if __name__ == "__main__":
    main()
