"""Hints on some rows: are the clusters of the other rows better?

    python docs/benchmarks/hints.py [--seeds 3]

fits half of digits, and blobs that overlap, with the classes of 1, 5 and 20 % of the
rows as ``partial_labels``, and with 5 % of which a tenth is wrong; runs what is missing
in ``results/hints.csv`` and writes ``results/hints.md``. Adjusted Rand index and
accuracy are those of the four fifths of the rows that never have hints; accuracy is
without any matching of clusters where there are hints.
"""

import argparse
import warnings

import numpy as np
from harness import Log, setup
from sklearn.datasets import load_digits, make_blobs
from sklearn.metrics import accuracy_score, adjusted_rand_score

from skdeepcluster import DAC, IDEC, ContrastiveClustering, NeighborClustering
from skdeepcluster.metrics import clustering_accuracy_score

COLUMNS = ["set", "method", "hints", "seed", "ari", "acc", "kept", "setup"]
METHODS = (IDEC, DAC, ContrastiveClustering, NeighborClustering)

#: Share of the rows with hints, and share of these that are wrong.
HINTS = {
    "none": (0, 0),
    "1 %": (0.01, 0),
    "5 %": (0.05, 0),
    "5 %, a tenth wrong": (0.05, 0.1),
    "20 %": (0.2, 0),
}
POOL = 0.2


def tables(seed):
    """Name -> rows and classes."""
    X, y = load_digits(return_X_y=True)
    blobs = make_blobs(600, 8, centers=6, cluster_std=4, random_state=seed)
    return {
        "digits": ((X[::2] / 16).astype(np.float32), y[::2]),
        "blobs": (blobs[0].astype(np.float32), blobs[1]),
    }


def partial_labels(y, share, wrong, seed):
    """Labels with -1 for unknown rows, and the rows that never have any.

    Hints with a larger share contain those with a smaller one, and every class has one.
    """
    random = np.random.RandomState(seed)
    order = random.permutation(len(y))
    firsts = np.unique(y[order], return_index=True)[1]
    order = np.concatenate([order[firsts], np.delete(order, firsts)])
    known = order[: max(round(share * len(y)), len(firsts) if share else 0)]
    labels = np.full(len(y), -1)
    labels[known] = y[known]
    k = len(firsts)
    changed = random.permutation(known)[: round(wrong * len(known))]
    labels[changed] = (labels[changed] + random.randint(1, k, len(changed))) % k
    return labels, order[round(POOL * len(y)) :]


def measure(labels, y, hints, others):
    """Scores on rows without hints, and the share of the hints that are kept."""
    known = hints >= 0
    matched = accuracy_score if known.any() else clustering_accuracy_score
    kept = np.mean(labels[known] == hints[known]) if known.any() else np.nan
    return {
        "ari": round(adjusted_rand_score(y[others], labels[others]), 4),
        "acc": round(float(matched(y[others], labels[others])), 4),
        "kept": round(float(kept), 4),
    }


def render(log):
    """Means over seeds."""
    lines = ["# Hints", ""]
    lines += sorted({f"Measured with {row['setup']}." for row in log.rows})
    lines += [
        "",
        "Adjusted Rand index and accuracy of the four fifths of the rows that have no",
        "hints, means and standard deviations over seeds; the share of the hints that",
        "are kept.",
        "",
        "| data | method | hints | ARI | ACC | kept | seeds |",
        "|---|---|---|---|---|---|---|",
    ]
    groups = {}
    for row in log.rows:
        groups.setdefault((row["set"], row["method"], row["hints"]), []).append(row)
    names = [method.__name__ for method in METHODS]

    def place(group):
        name, method, hints = group[0]
        return name != "digits", names.index(method), [*HINTS].index(hints)

    for key, rows in sorted(groups.items(), key=place):
        values = {
            name: np.array([float(row[name]) for row in rows])
            for name in ("ari", "acc", "kept")
        }
        figures = [
            f"{values[name].mean():.3f} ± {values[name].std():.3f}"
            for name in ("ari", "acc")
        ]
        kept = values["kept"].mean()
        figures.append("" if np.isnan(kept) else f"{kept:.3f}")
        lines.append(f"| {' | '.join([*key, *figures])} | {len(rows)} |")
    log.path.with_suffix(".md").write_text("\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    log = Log("hints", COLUMNS)
    done = {tuple(row[name] for name in COLUMNS[:4]) for row in log.rows}
    for seed in range(args.seeds):
        for name, (X, y) in tables(seed).items():
            for method in METHODS:
                for title, (share, wrong) in HINTS.items():
                    key = (name, method.__name__, title, seed)
                    if tuple(map(str, key)) in done:
                        continue
                    hints, others = partial_labels(y, share, wrong, seed)
                    model = method(len(set(y)), random_state=seed)
                    model.fit(X, partial_labels=hints)
                    log.add(
                        {
                            **dict(zip(COLUMNS, key, strict=False)),
                            **measure(model.labels_, y, hints, others),
                            "setup": setup(),
                        }
                    )
    render(log)


if __name__ == "__main__":
    main()
