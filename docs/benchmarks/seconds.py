"""Seconds of one core to a clustering, and how good it is.

    export OMP_NUM_THREADS=1 NUMBA_NUM_THREADS=1
    python docs/benchmarks/seconds.py --data FOLDER [--sets digits] [--methods KMeans]

runs what is missing in ``results/seconds.csv`` and writes ``results/seconds.md``. All
arms have their defaults; NeighborClustering also runs with fewer epochs. The sets
"N x 64" are overlapping blobs, by which the growth with rows is seen. Labels are used
for scoring only. Arms with UMAP need umap-learn, and a million rows pynndescent.
"""

import argparse
import math
import time
import warnings

import numpy as np
from harness import RESULTS, Log, scores, setup
from names import display_name
from quality import MOST_ROWS_TSNE, OURS, load, plain
from scale import exponent

from skdeepcluster import NeighborClustering

#: Real tables, and rows of the planted ones.
SETS = ["digits", "pendigits", "usps", "mnist_10k"]
SIZES = [1_000, 10_000, 100_000, 1_000_000]
N_COLUMNS, N_CLUSTERS = 64, 10
PLANTED = {f"{n:,} x {N_COLUMNS}": n for n in SIZES}
#: Of NeighborClustering, beside the default, which is 88 for digits.
EPOCHS = [10, 25, 50]
PLAIN = [
    "KMeans",
    "SpectralClustering",
    "t-SNE + GaussianMixture",
    "UMAP + GaussianMixture",
]
#: Rows above which an arm takes more than half an hour, or memory with their square.
MOST_ROWS = {
    "SpectralClustering": MOST_ROWS_TSNE,
    "t-SNE + GaussianMixture": MOST_ROWS_TSNE,
    "UMAP + GaussianMixture": 100_000,
}
COLUMNS = ["set", "method", "seconds", "acc", "nmi", "ari", "setup"]


def blobs(n_rows):
    """Rows of overlapping normal distributions, and their numbers."""
    random = np.random.RandomState(0)
    centers = random.normal(size=(N_CLUSTERS, N_COLUMNS)).astype(np.float32)
    y = random.randint(N_CLUSTERS, size=n_rows)
    X = random.standard_normal((n_rows, N_COLUMNS)).astype(np.float32)
    return X + centers[y], y


def arms(k, shape):
    """Name -> clusterer."""
    table = {name: arm for name, arm in plain(k, 0, shape, None).items() if arm}
    return {name: table[name] for name in PLAIN if name in table} | {
        OURS: NeighborClustering(k, random_state=0),
        **{
            f"{OURS}, {n} epochs": NeighborClustering(k, max_iter=n, random_state=0)
            for n in EPOCHS
        },
    }


def measure(clusterer, X, y):
    """Seconds that a fit keeps a core busy, and scores."""
    started = time.process_time()
    labels = clusterer.fit_predict(X)
    return {"seconds": round(time.process_time() - started, 2), **scores(y, labels)}


def render(rows):
    """A table per real set, and one of the growth with rows."""
    lines = [
        "# Seconds of one core",
        "",
        *sorted({f"Measured with {r['setup']}." for r in rows}),
    ]
    lines += ["", "Seconds that one fit (seed 0) keeps one core busy.", ""]
    for name in SETS:
        of_set = [row for row in rows if row["set"] == name]
        if not of_set:
            continue
        lines += [
            f"## {display_name(name)}",
            "",
            "| method | seconds | ACC | NMI |",
            "|---|---|---|---|",
        ]
        for row in sorted(of_set, key=lambda row: float(row["seconds"])):
            seconds, acc, nmi = (float(row[c]) for c in ("seconds", "acc", "nmi"))
            lines.append(f"| {row['method']} | {seconds:.1f} | {acc:.3f} | {nmi:.3f} |")
        lines.append("")
    growth = {}
    for row in rows:
        if row["set"] in PLANTED:
            growth.setdefault(row["method"], {})[PLANTED[row["set"]]] = row
    lines += [
        "## Growth with the number of rows",
        "",
        f"Blobs, {N_COLUMNS} columns, {N_CLUSTERS} clusters: seconds / NMI.",
        "The exponent is that between the two largest sizes: 1 is proportional.",
        "",
        f"| method | {' | '.join(f'{n:,}' for n in SIZES)} | exponent |",
        "|---" * (len(SIZES) + 2) + "|",
    ]
    for method, of_arm in growth.items():
        cells = [
            f"{float(of_arm[n]['seconds']):.1f} / {float(of_arm[n]['nmi']):.3f}"
            if n in of_arm
            else ""
            for n in SIZES
        ]
        cells.append(exponent({n: float(r["seconds"]) for n, r in of_arm.items()}))
        lines.append(f"| {method} | {' | '.join(cells)} |")
    (RESULTS / "seconds.md").write_text("\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=None)
    parser.add_argument("--sets", nargs="*", default=[*SETS, *PLANTED])
    parser.add_argument("--methods", nargs="*", default=list(arms(2, (0, 2))))
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    NeighborClustering(2, max_iter=1).fit(blobs(100)[0])  # trigger lazy imports
    log = Log("seconds", COLUMNS)
    done = {(row["set"], row["method"]) for row in log.rows}
    for name in args.sets:
        rows = blobs(PLANTED[name]) if name in PLANTED else load(name, args.data)
        X, y = rows[:2]
        for method, arm in arms(len(set(y)), X.shape).items():
            slow = len(X) > MOST_ROWS.get(method, math.inf)
            if (
                method in args.methods
                and (name, method) not in done
                and not slow
                and not (name in PLANTED and method.startswith(f"{OURS},"))
            ):
                values = {"set": name, "method": method, "setup": setup()}
                log.add({**values, **measure(arm, X, y)})
    render(log.rows)


if __name__ == "__main__":
    main()
