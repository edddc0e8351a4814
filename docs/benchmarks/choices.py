"""How good choices without labels are: of the best of several runs, and of a partition.

    python docs/benchmarks/choices.py --data FOLDER --keel FOLDER [--sets digits usps]

fits ``NeighborClustering`` with five seeds, runs what is missing in
``results/choices.csv`` and writes ``results/choices.md``: the scores of the run with
the smallest objective, which ``n_init=5`` would keep, beside those of the best run and
the mean; and the scores of the partition of the map that is taken, beside those of all
that are proposed. Labels are used for scoring only. Data are those of ``quality.py``;
tables of 70 000 rows are left out, as a run takes minutes.
"""

import argparse
import os
import tempfile
from collections import defaultdict

import numpy as np
import quality
from harness import Log, setup
from names import display_name
from sklearn.metrics import normalized_mutual_info_score
from sklearn.metrics.pairwise import pairwise_distances_argmin

from skdeepcluster import NeighborClustering
from skdeepcluster.maps.micro_clusters import MicroClusters
from skdeepcluster.maps.partition import measured_candidates

COLUMNS = [
    *("set", "seed", "objective", "nmi", "taken", "kmeans", "mean", "best", "setup")
]
#: Rows of the map in which clusters are looked for, as in a fit.
MOST_ROWS = 5000
SETS = [name for name in quality.SETS if name not in ("mnist", "fashion_mnist")]


def measure(X, y, seed):
    """Scores of a fit, and of the partitions of its map before the refinement."""
    k = len(np.unique(y))
    with tempfile.TemporaryDirectory() as memory:  # so that there is one map
        fits = [
            NeighborClustering(k, refine=refine, memory=memory, random_state=seed)
            for refine in (True, False)
        ]
        refined, plain = (clusterer.fit(X) for clusterer in fits)
    points = plain.transform(X)
    part = np.random.RandomState(seed).permutation(len(points))[:MOST_ROWS]
    micro = MicroClusters.of(points[part], k, seed)
    nearest = pairwise_distances_argmin(points, micro.centers)
    proposed = {
        each.name: normalized_mutual_info_score(y, each.labels[nearest])
        for each in measured_candidates(micro, micro.graph, k, seed)
    }
    return {
        "objective": refined.objective_,
        "nmi": normalized_mutual_info_score(y, refined.labels_),
        "taken": normalized_mutual_info_score(y, plain.labels_),
        "kmeans": proposed["k-means"],
        "mean": np.mean([*proposed.values()]),
        "best": max(proposed.values()),
    }


def render(log):
    """Of each data set, and the means over data sets."""
    runs = defaultdict(list)
    for row in log.rows:
        runs[row["set"]].append({c: float(row[c]) for c in COLUMNS[1:-1]})
    lines = ["# Choices without labels", ""]
    lines += sorted({f"Measured with {row['setup']}." for row in log.rows})
    lines += [
        "",
        "NMI of `NeighborClustering`. On the left, of runs with several seeds: that of",
        "the smallest `objective_`, the mean and the best. On the right, of partitions",
        "of the map before the refinement, means over the runs: the one that is taken,",
        "k-means, the mean of all that are proposed, and the best by the labels.",
        "",
        "| data | run chosen | mean run | best run | partition taken | k-means "
        "| mean partition | best partition | runs |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    table = []
    for name in sorted(runs, key=SETS.index):
        rows = runs[name]
        nmi = [row["nmi"] for row in rows]
        chosen = min(rows, key=lambda row: row["objective"])["nmi"]
        means = (
            np.mean([row[c] for row in rows])
            for c in ("taken", "kmeans", "mean", "best")
        )
        table.append([chosen, np.mean(nmi), max(nmi), *means])
        lines.append(cells(display_name(name), table[-1], len(rows)))
    lines.append(cells("mean", np.mean(table, axis=0), ""))
    log.path.with_suffix(".md").write_text("\n".join(lines) + "\n")


def cells(name, values, n_runs):
    """A row of the table."""
    numbers = " | ".join(f"{value:.3f}" for value in values)
    return f"| {name} | {numbers} | {n_runs} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=os.environ.get("SKDEEPCLUSTER_DATA"))
    parser.add_argument("--keel")
    parser.add_argument("--sets", nargs="*", default=SETS)
    parser.add_argument("--seeds", type=int, default=5)
    args = parser.parse_args()
    log = Log("choices", COLUMNS)
    done = {(row["set"], int(row["seed"])) for row in log.rows}
    for name in args.sets:
        folder = args.keel if name in quality.KEEL_SETS else args.data
        if name not in quality.OWN_SETS and not folder:
            continue
        X, y, _ = quality.load(name, args.data, args.keel)
        for seed in range(args.seeds):
            if (name, seed) not in done:
                found = measure(X, y, seed)
                values = {key: round(value, 4) for key, value in found.items()}
                log.add({"set": name, "seed": seed, **values, "setup": setup()})
    render(log)


if __name__ == "__main__":
    main()
