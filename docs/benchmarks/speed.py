"""Speed against bare PyTorch loops of the same networks, in the same run.

    python docs/benchmarks/speed.py [--parts fit inference] [--device cuda]

writes ``results/speed.csv`` and ``results/speed.md``. The arms of a comparison take
turns; each figure is the minimum of its rounds, so that other work on the machine has
no effect. Ratios below 1 are in our favour. Parts that train are those of
``contests.py``, each compared with its loop in ``bare.py``.
"""

import argparse
import csv
import os
import re
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
import torch
from bare import products
from contests import METHODS, contest, fitted, table
from harness import RESULTS, least, seconds, setup
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV

from skdeepcluster import IDEC

#: Rows and columns of an epoch of each method.
EPOCHS = {
    "Autoencoder": (70_000, 784),
    "DEC": (70_000, 784),
    "IDEC": (70_000, 784),
    "DSSEC": (70_000, 784),
    "ContrastiveClustering": (20_000, 64),
    "ContrastiveClustering, images": (1_024, 784),
    "DAC": (20_000, 64),
    "DAC, images": (1_024, 784),
    "EAMC": (20_000, 200),
    "DM2C": (20_000, 200),
}
#: The same for a compiled epoch, which is run several times.
COMPILED = {
    "IDEC": (20_000, 784),
    "ContrastiveClustering": (20_000, 64),
    "ContrastiveClustering, images": (512, 784),
}
#: Epochs per stage of small fits.
SMALL_EPOCHS = 20
PRECISIONS = ("float32", "bfloat16")


def epochs(device, rounds, sizes=EPOCHS, precisions=PRECISIONS, floor=False):
    """One epoch of the stage that makes the clusters.

    The matrix products are those of the auto-encoder; with ``floor`` they are
    measured beside every method.
    """
    for method, (n, d) in sizes.items():
        ours, stage, loop, X = contest(method, n, d, device)
        arms = {}
        for p in precisions:
            arms[f"bare {p}"] = partial(seconds, partial(loop, 1, p == "bfloat16"))
            arms[f"ours {p}"] = partial(
                epoch_of, ours, X, stage, max_iter=1, precision=p
            )
        if method == "Autoencoder" or floor:
            rows = torch.from_numpy(X).to(device)
            arms["matrix products only"] = partial(seconds, partial(products, rows))
        task = f"{method}: an epoch of {n} x {d}"
        yield from rows_of(task, least(arms, rounds), "bare float32")


def epoch_of(estimator, X, stage, **params):
    """Seconds of the fastest epoch of a stage, without the first if there are more."""
    history = estimator.set_params(**params).fit(X).history_
    taken = [row["seconds"] for row in history if row["stage"] == stage]
    return min(taken[1:] or taken)


def small_fits(device, rounds, sizes=((1_000, 20), (1_797, 64)), methods=METHODS):
    """Whole fits, which are mostly overhead."""
    for n, d in sizes:
        for method in methods:
            ours, _, loop, X = contest(method, n, d, device, whole=SMALL_EPOCHS)
            ours.set_params(precision="float32")
            arms = {
                "bare": partial(seconds, partial(loop, SMALL_EPOCHS, False)),
                "ours": partial(seconds, partial(ours.fit, X)),
            }
            task = f"{method}: a fit of {n} x {d}, {SMALL_EPOCHS} epochs a stage"
            yield from rows_of(task, least(arms, rounds), "bare")


def inference(device, rounds, n=70_000, d=784, methods=METHODS):
    """Transform and predict, compared with the encoder alone, chunk by chunk."""
    for method in methods:
        estimator, X = fitted(method, n, d, device)
        rows = torch.from_numpy(X).to(device)
        arms = {
            f"bare encode, chunks of {size}": partial(
                seconds, partial(chunked, estimator.module_.encode, rows, size)
            )
            for size in (1024, 2048, 4096, 16384)
        }
        arms["transform"] = partial(seconds, partial(estimator.transform, X))
        if hasattr(estimator, "predict"):
            bare = partial(chunked, estimator.module_.assign, rows, 2048)
            arms["bare assignment, chunks of 2048"] = partial(seconds, bare)
            arms["predict"] = partial(seconds, partial(estimator.predict, X))
        times = least(arms, rounds)
        best = min((a for a in times if a.startswith("bare encode")), key=times.get)
        yield from rows_of(f"{method}: inference on {n} x {d}", times, best)


def chunked(function, rows, size):
    with torch.inference_mode():
        return torch.cat([function(x) for x in rows.split(size)]).cpu()


def compiled(device, rounds):
    """The gain of torch.compile per epoch, and its cost before the first."""
    del rounds  # epochs of one fit are the rounds
    with tempfile.TemporaryDirectory() as cache:  # not what others have compiled
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = cache
        yield from _compiled(device)


def _compiled(device):
    for method, (n, d) in COMPILED.items():
        ours, stage, _, X = contest(method, n, d, device)
        times = {}
        for p in PRECISIONS:
            for name, compile in (("plain", False), ("compiled", True)):
                params = {"max_iter": 4, "precision": p, "compile": compile}
                times[f"{name} {p}"] = epoch_of(ours, X, stage, **params)
            first = ours.history_[0]["seconds"]
            times[f"compiling {p}"] = first - times[f"compiled {p}"]
        task = f"compile, {method}: an epoch of {n} x {d}"
        yield from rows_of(task, times, "plain float32")


def grid(device, rounds):
    """A grid search over the clustering stage, compared with one fit."""
    X = (load_digits().data / 16).astype(np.float32)
    network = {"hidden_layer_sizes": (500, 500, 2000), "pretrain_epochs": 100}
    idec = IDEC(10, device=device, random_state=0, **network)
    gammas = np.geomspace(0.01, 1, 12)
    everything = [(np.arange(len(X)), np.arange(len(X)))]

    def search(n_jobs):
        with tempfile.TemporaryDirectory() as memory:
            GridSearchCV(
                clone(idec).set_params(memory=memory),
                {"gamma": gammas},
                cv=everything,
                n_jobs=n_jobs,
                refit=False,
                error_score="raise",
            ).fit(X)

    arms = {
        "one fit": partial(seconds, partial(idec.fit, X)),
        "12 candidates, n_jobs=1": partial(seconds, partial(search, 1)),
        "12 candidates, n_jobs=2": partial(seconds, partial(search, 2)),
    }
    task = "GridSearchCV over gamma of IDEC on digits, with memory"
    yield from rows_of(task, least(arms, rounds), "one fit")


def imports(device, rounds):
    """New processes that only import."""
    del device
    arms = {
        name: partial(
            seconds, partial(subprocess.check_call, [sys.executable, "-c", c])
        )
        for name, c in (
            ("torch and scikit-learn", "import torch, sklearn.cluster"),
            ("skdeepcluster", "import skdeepcluster"),
        )
    }
    yield from rows_of("import", least(arms, 3 * rounds), "torch and scikit-learn")


def memory(device, rounds):
    """MiB in addition to the data (and one output), each in a separate process."""
    del rounds
    for method in METHODS:
        yield {
            "task": "peak memory of a fit beyond the data, 70000 x 784",
            "arm": method,
            "MiB": peak("fit", method, 70_000, 784, "float32", device),
        }
    for dtype in ("float32", "float64"):
        for n in (100_000, 1_000_000):
            yield {
                "task": f"peak memory of IDEC's predict beyond the data, {dtype}",
                "arm": f"{n} x 64",
                "MiB": peak("predict", "IDEC", n, 64, dtype, device),
            }


def peak(what, *settings):
    run = [sys.executable, __file__, "--peak", what, *map(str, settings)]
    return float(subprocess.check_output(run, text=True))


def measure_peak(what, method, n, d, dtype, device):
    """Print what a call adds to the peak memory of this process, in MiB."""
    n, d = int(n), int(d)
    X = table(method, n, d).astype(dtype, copy=False)
    estimator, _ = fitted(method, 2_000, d, device)
    getattr(estimator, "predict", estimator.transform)(X[:5_000])
    before = high_water()
    if what == "fit":
        estimator.set_params(max_iter=1)
        if "pretrain_epochs" in estimator.get_params():
            estimator.set_params(pretrain_epochs=1)
        estimator.fit(X)
        output = 0.0
    else:
        estimator.predict(X)
        estimator.transform(X)
        output = n * 10 * 4 / 2**20
    print(round(high_water() - before - output, 1))


def high_water():
    """Peak memory in MiB; not ru_maxrss, which starts at that of the parent process."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024


def rows_of(task, times, reference):
    for name, value in times.items():
        yield {
            "task": task,
            "arm": name,
            "seconds": round(value, 4),
            "ratio": round(value / times[reference], 3),
        }


def write(rows, device):
    """Replace rows of the same task, and keep the others."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / ("speed.csv" if device == "cpu" else f"speed_{device}.csv")
    columns = ["task", "arm", "seconds", "ratio", "MiB", "setup"]
    tasks = {row["task"]: [] for row in rows}
    for row in rows:
        tasks[row["task"]].append({**row, "setup": setup(device)})
    if path.exists():
        with path.open(newline="") as file:
            before = list(csv.DictReader(file))
        kept = {row["task"]: [] for row in before}
        for row in before:
            kept[row["task"]].append(row)
        tasks = {**kept, **tasks}
    rows = [row for group in tasks.values() for row in group]
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
    lines = [
        "# Speed",
        "",
        "Least of interleaved rounds; the ratio is to the bare loop named 1.",
        "",
        *sorted({f"Measured with {row['setup']}." for row in rows}),
    ]
    last = None
    for row in rows:
        if row["task"] != last:
            last = row["task"]
            head = "MiB" if row.get("MiB") else "seconds | ratio"
            rule = "|---" * (2 + head.count("|")) + "|"
            lines += ["", f"## {last}", "", f"| arm | {head} |", rule]
        value = row.get("MiB") or f"{row.get('seconds')} | {row.get('ratio')}"
        lines.append(f"| {row['arm']} | {value} |")
    path.with_suffix(".md").write_text("\n".join(lines) + "\n")


PARTS = {
    "fit": small_fits,
    "inference": inference,
    "epochs": epochs,
    "compile": compiled,
    "grid": grid,
    "import": imports,
    "memory": memory,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--parts", nargs="*", default=list(PARTS))
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--peak", nargs=6, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.peak:
        measure_peak(*args.peak)
        return
    for name in args.parts:
        rows = []
        for row in PARTS[name](args.device, args.rounds):
            rows.append(row)
            print(*row.values(), sep="  ", flush=True)
        write(rows, args.device)


if __name__ == "__main__":
    main()
