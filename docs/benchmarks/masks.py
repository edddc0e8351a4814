"""How DM2C depends on which rows keep which modality: MNIST-USPS, ten masks.

    python docs/benchmarks/masks.py --data FOLDER [--memory FOLDER]

runs what is missing in ``results/masks.csv`` and writes ``results/masks.md``. A mask is
a draw of ``mixed.py``, with seeds from 100 on, which no choice was made on; the seed of
the fit is that of the mask. Beside the scores there are the confidence of the matching,
the accuracy of the clusters of each modality alone, and that of these clusters matched
by labels, which is what a perfect matching would give.
"""

import argparse
import os
import time

import numpy as np
from harness import Log, scores, setup
from mixed import load, mix
from scipy.optimize import linear_sum_assignment
from scipy.stats import spearmanr

from skdeepcluster import DM2C

SET = "mv_mnist_usps"
SEEDS = range(100, 110)
CONFIDENCE = ["support", "agreement"]
COLUMNS = [
    *("set", "method", "seed", "acc", "nmi", "ari"),
    *("first", "second", "matched_by_labels"),
    *CONFIDENCE,
    *("seconds", "setup"),
]


def measure(dm2c, X, y):
    """One fit; seconds include those that pretraining from memory once took."""
    started = time.perf_counter()
    dm2c.fit(X)
    seconds = time.perf_counter() - started
    alone, matched = [], np.zeros(len(y), int)
    for labels in dm2c.view_labels_.T:
        rows = labels >= 0
        classes = np.zeros((labels.max() + 1, y.max() + 1))
        np.add.at(classes, (labels[rows], y[rows]), 1)
        matched[rows] = linear_sum_assignment(classes, maximize=True)[1][labels[rows]]
        alone.append(round(np.mean(matched[rows] == y[rows]), 4))
    (confidence,) = dm2c.matching_confidence_.values()
    return {
        **scores(y, dm2c.labels_),
        "first": alone[0],
        "second": alone[1],
        "matched_by_labels": round(np.mean(matched == y), 4),
        **{name: round(confidence[name], 4) for name in CONFIDENCE},
        "seconds": round(max(seconds, sum(r["seconds"] for r in dm2c.history_)), 1),
        "setup": setup(),
    }


def render(log):
    lines = ["# Masks", ""]
    lines += sorted({f"Measured with {row['setup']}." for row in log.rows})
    lines += ["", "| mask | " + " | ".join(COLUMNS[3:-1]) + " |"]
    lines.append("|---" * (len(COLUMNS) - 3) + "|")
    for row in log.rows:
        cells = [str(row[c]) for c in ["seed", *COLUMNS[3:-1]]]
        lines.append(f"| {' | '.join(cells)} |")
    table = {c: np.array([float(r[c]) for r in log.rows]) for c in COLUMNS[3:-1]}
    means = " | ".join(f"{values.mean():.3f}" for values in table.values())
    lines += [f"| mean | {means} |"]
    rank = spearmanr(table["support"], table["acc"]).statistic
    lines += ["", f"The least accuracy is {table['acc'].min():.3f}. The rank "]
    lines[-1] += f"correlation of support and accuracy is {rank:.2f}."
    log.path.with_suffix(".md").write_text("\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=os.environ.get("SKDEEPCLUSTER_DATA"))
    parser.add_argument("--memory", help="folder for pretrained networks")
    args = parser.parse_args()
    tables, y, image_shape = load(SET, args.data)
    log = Log("masks", COLUMNS)
    done = {int(row["seed"]) for row in log.rows}
    for seed in SEEDS:
        if seed not in done:
            X, views = mix(tables, 0.0, seed)
            dm2c = DM2C(
                len(set(y)),
                views=views,
                image_shape=image_shape,
                memory=args.memory,
                random_state=seed,
            )
            row = measure(dm2c, X, y)
            log.add({"set": SET, "method": "DM2C", "seed": seed, **row})
    render(log)


if __name__ == "__main__":
    main()
