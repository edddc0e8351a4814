"""How neighbour clustering of three views grows with the number of rows.

    python docs/benchmarks/growth_views.py

fits tables of three views in a process each, with exact and with approximate search
for neighbours, runs what is missing in ``results/growth_views.csv`` and writes
``results/growth_views.md``. The map is trained for one epoch before views are weighed
and for none after it, so that what is measured is mostly the graph. The approximate
search needs pynndescent.
"""

import argparse
import json
import subprocess
import sys
import time
import warnings
from pathlib import Path
from unittest import mock

import numpy as np
from harness import Log, setup
from scale import exponent, status

from skdeepcluster import NeighborClustering
from skdeepcluster.neighbors import search

SIZES = [25_000, 50_000, 100_000]
SEARCHES = ["exact", "approximate"]
N_VIEWS, N_COLUMNS, N_CLUSTERS = 3, 30, 10
COLUMNS = ["search", "rows", "seconds", "megabytes", "setup"]


def table(n_rows):
    """Three views, side by side, in which the same clusters overlap."""
    random = np.random.RandomState(0)
    width = N_VIEWS * N_COLUMNS
    centers = random.normal(size=(N_CLUSTERS, width)).astype(np.float32)
    X = random.standard_normal((n_rows, width)).astype(np.float32)
    X += centers[random.randint(N_CLUSTERS, size=n_rows)]
    return X


def fit(rows, kind):
    """Seconds that a fit keeps a core busy, and the memory that it adds, in MB."""
    X = table(rows)
    model = NeighborClustering(N_CLUSTERS, views=N_VIEWS, max_iter=1, refine=False)
    model.set_params(random_state=0)
    most = 0 if kind == "approximate" else rows
    with mock.patch.object(search, "_EXACT_ROWS", most):
        model.fit(X[:5_000])  # trigger lazy imports and compilation
        Path("/proc/self/clear_refs").write_text("5")  # the most memory is that of now
        before = kilobytes("VmRSS")
        started = time.process_time()
        model.fit(X)
        seconds = time.process_time() - started
    return seconds, (kilobytes("VmHWM") - before) / 1e3


def kilobytes(name):
    return int(status()[name].split()[0]) * 1.024


def render(log):
    """Seconds and memory by rows, and the exponents of the two largest sizes."""
    lines = ["# Growth of several views with rows", ""]
    lines += sorted({f"Measured with {row['setup']}." for row in log.rows})
    lines += [
        "",
        f"Fits of {N_VIEWS} views of {N_COLUMNS} columns, with one epoch: seconds of",
        "one core / MB that the process adds to those of the table. The exponent is",
        "that between the two largest sizes: 1 is proportional.",
        "",
        f"| search | {' | '.join(f'{n:,}' for n in SIZES)} | exponents |",
        "|---" * (len(SIZES) + 2) + "|",
    ]
    for kind in SEARCHES:
        found = {int(row["rows"]): row for row in log.rows if row["search"] == kind}
        cells = [
            f"{float(found[n]['seconds']):.0f} / {float(found[n]['megabytes']):.0f}"
            if n in found
            else ""
            for n in SIZES
        ]
        powers = [
            exponent({n: float(row[name]) for n, row in found.items()})
            for name in ("seconds", "megabytes")
        ]
        lines.append(f"| {kind} | {' | '.join(cells)} | {' / '.join(powers)} |")
    log.path.with_suffix(".md").write_text("\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fit", nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    if args.fit:
        print(json.dumps(fit(int(args.fit[0]), args.fit[1])))
        return
    log = Log("growth_views", COLUMNS)
    done = {(row["search"], int(row["rows"])) for row in log.rows}
    for rows in SIZES:
        for kind in SEARCHES:
            if (kind, rows) in done:
                continue
            run = [sys.executable, __file__, "--fit", str(rows), kind]
            output = subprocess.check_output(run, text=True)
            seconds, megabytes = (round(value, 1) for value in json.loads(output))
            values = kind, rows, seconds, megabytes, setup()
            log.add(dict(zip(COLUMNS, values, strict=True)))
    render(log)


if __name__ == "__main__":
    main()
