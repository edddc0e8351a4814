"""Rows that belong nowhere: ``outlier_score`` against the soft assignment.

    python docs/benchmarks/outliers.py [--data FOLDER] [--methods IDEC]

fits to rows of eight classes, runs what is missing in ``results/outliers.csv`` and
writes ``results/outliers.md``: ROC AUC of the score, of one minus the largest
``predict_proba``, and of the distance to the tenth nearest training row in the input,
for telling other rows of these classes from

- rows of the two other classes,
- rows whose columns are shuffled, each row in another way,
- rows of uniform noise between the smallest and the largest value,

and the share of other rows of the eight classes whose score is above 1. MNIST
(``--sets mnist_10k``) needs a folder. No labels take part in the fits.
"""

import argparse

import numpy as np
import quality
from harness import Log, setup
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import NearestNeighbors

from skdeepcluster import (
    DAC,
    DEC,
    DSSEC,
    IDEC,
    ContrastiveClustering,
    NeighborClustering,
)

METHODS = {
    method.__name__: method
    for method in (DEC, IDEC, DSSEC, DAC, ContrastiveClustering, NeighborClustering)
}
SETS = ("digits", "mnist_10k")
COLUMNS = ["set", "method", "rows", "seed", "score", "proba", "input", "above", "setup"]


def parts(X, y, seed):
    """Rows to fit, others of the same classes, and kinds of rows that do not belong."""
    rs = np.random.RandomState(seed)
    known = rs.permutation(np.flatnonzero(y < 8))
    n_fit = int(0.7 * len(known))
    fit, others = X[known[:n_fit]], X[known[n_fit:]]
    shuffled = np.stack([row[rs.permutation(len(row))] for row in others])
    noise = rs.uniform(X.min(), X.max(), others.shape).astype(np.float32)
    kinds = {"other classes": X[y >= 8], "shuffled": shuffled, "noise": noise}
    return fit, others, kinds


def measure(model, fit, others, kinds):
    """ROC AUC of three scores by kind of rows, and the share of others above 1."""
    model.fit(fit)
    nearest = NearestNeighbors(n_neighbors=10).fit(fit)
    scores = {
        "score": model.outlier_score,
        "proba": lambda rows: 1 - model.predict_proba(rows).max(axis=1),
        "input": lambda rows: nearest.kneighbors(rows)[0][:, -1],
    }
    above = (model.outlier_score(others) > 1).mean()
    for kind, rows in kinds.items():
        truth = np.repeat([0, 1], [len(others), len(rows)])
        yield (
            kind,
            {
                name: round(roc_auc_score(truth, np.r_[score(others), score(rows)]), 3)
                for name, score in scores.items()
            },
            round(float(above), 3),
        )


def render(log):
    """Means over seeds, one line per data set, method and kind of rows."""
    lines = ["# Rows that belong nowhere", ""]
    lines += sorted({f"Measured with {row['setup']}." for row in log.rows})
    lines += [
        "",
        "ROC AUC, means over seeds, of `outlier_score`, of one minus the largest",
        "`predict_proba`, and of the distance to the tenth nearest training row in",
        "the input; eight classes are fitted. The last column is the share of other",
        "rows of these classes whose `outlier_score` is above 1.",
        "",
        "| data | method | rows | score | `predict_proba` | input | above 1 |",
        "|---|---|---|---|---|---|---|",
    ]
    groups = {}
    for row in log.rows:
        groups.setdefault((row["set"], row["method"], row["rows"]), []).append(row)

    def place(key):
        return SETS.index(key[0]), [*METHODS].index(key[1])

    for key in sorted(groups, key=place):
        figures = [
            np.mean([float(row[name]) for row in groups[key]])
            for name in ("score", "proba", "input", "above")
        ]
        lines.append(f"| {' | '.join([*key, *(f'{v:.3f}' for v in figures)])} |")
    log.path.with_suffix(".md").write_text("\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data")
    parser.add_argument("--sets", nargs="*", default=["digits"])
    parser.add_argument("--methods", nargs="*", default=list(METHODS))
    parser.add_argument("--seeds", type=int, default=3)
    args = parser.parse_args()
    log = Log("outliers", COLUMNS)
    done = {(row["set"], row["method"], int(row["seed"])) for row in log.rows}
    for name in args.sets:
        X, y, _ = quality.load(name, args.data)
        for seed in range(args.seeds):
            fit, others, kinds = parts(X, y, seed)
            for method in args.methods:
                if (name, method, seed) in done:
                    continue
                model = METHODS[method](8, random_state=seed)
                for kind, figures, above in measure(model, fit, others, kinds):
                    labels = {"set": name, "method": method, "rows": kind, "seed": seed}
                    log.add({**labels, **figures, "above": above, "setup": setup()})
    render(log)


if __name__ == "__main__":
    main()
