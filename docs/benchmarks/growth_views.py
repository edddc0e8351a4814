"""How neighbour clustering of three views grows with the number of rows.

    python docs/benchmarks/growth_views.py [--searches exact]

fits tables of three views in a process for each kind of search for neighbours, exact or
approximate, runs what is missing in ``results/growth_views.csv`` and writes
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


def fits(kind, sizes):
    """Print the rows of each fit, its seconds of a core, and the MB that it adds."""
    model = NeighborClustering(N_CLUSTERS, views=N_VIEWS, max_iter=1, refine=False)
    model.set_params(random_state=0)
    most = 0 if kind == "approximate" else max(sizes)
    with mock.patch.object(search, "_EXACT_ROWS", most):
        model.fit(table(5_000))  # trigger lazy imports and compilation
        for rows in sizes:
            X = table(rows)
            # From here on, the most memory is counted anew.
            Path("/proc/self/clear_refs").write_text("5")
            before = kilobytes("VmRSS")
            started = time.process_time()
            model.fit(X)
            seconds = time.process_time() - started
            added = (kilobytes("VmHWM") - before) / 1e3
            print(json.dumps([rows, seconds, added]), flush=True)


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
        lines.append(
            f"| {kind} | {' | '.join(cells)} | {' / '.join(filter(None, powers))} |"
        )
    log.path.with_suffix(".md").write_text("\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--searches", nargs="*", default=SEARCHES)
    parser.add_argument("--fit", nargs="+", help=argparse.SUPPRESS)
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    if args.fit:
        fits(args.fit[0], [int(size) for size in args.fit[1:]])
        return
    log = Log("growth_views", COLUMNS)
    done = {(row["search"], int(row["rows"])) for row in log.rows}
    for kind in args.searches:
        sizes = [str(n) for n in SIZES if (kind, n) not in done]
        if not sizes:
            continue
        run = [sys.executable, __file__, "--fit", kind, *sizes]
        with subprocess.Popen(run, text=True, stdout=subprocess.PIPE) as process:
            for line in process.stdout:
                rows, *found = json.loads(line)
                values = kind, rows, *(round(value, 1) for value in found), setup()
                log.add(dict(zip(COLUMNS, values, strict=True)))
        if process.returncode:
            sys.exit(process.returncode)
    render(log)


if __name__ == "__main__":
    main()
