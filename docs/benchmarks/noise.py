"""Noise among the rows of training: is it found, and are clusters the same without it?

    python docs/benchmarks/noise.py [--seeds 3]

adds rows of uniform noise, a twentieth and a seventh of the table, to digits and to
Gaussian clusters of 600, 400 and 200 rows in eight columns; runs what is missing in
``results/noise.csv`` and writes ``results/noise.md``. Of the noise, the share that is
labelled -1; of the label -1, the share that is noise; and the adjusted Rand index of
the other rows. ``contamination`` is the true share, half of it or twice it.
"""

import argparse

import numpy as np
from harness import Log, setup
from sklearn.cluster import HDBSCAN
from sklearn.datasets import load_digits, make_blobs
from sklearn.metrics import adjusted_rand_score

from skdeepcluster import NeighborClustering

COLUMNS = ["set", "noise", "method", "seed", "found", "correct", "ari", "setup"]
SHARES = (1 / 20, 1 / 7)


def tables(seed):
    """Name -> rows and labels."""
    X, y = load_digits(return_X_y=True)
    blobs = make_blobs([600, 400, 200], 8, random_state=seed)
    return {"digits": (X.astype(np.float32) / 16, y), "Gaussians": blobs}


def methods(k, share, seed):
    """Name -> clusterer."""

    def ours(**params):
        return NeighborClustering(k, random_state=seed, **params)

    return {
        "NeighborClustering": ours(),
        "contamination": ours(contamination=share),
        "contamination, half": ours(contamination=share / 2),
        "contamination, twice": ours(contamination=2 * share),
        "HDBSCAN": HDBSCAN(copy=True),
    }


def with_noise(X, share, seed):
    """The rows, and after them uniform noise that is a share of all."""
    n = round(share / (1 - share) * len(X))
    size = n, X.shape[1]
    noise = np.random.RandomState(seed).uniform(X.min(0), X.max(0), size)
    return np.vstack([X, noise]).astype(np.float32)


def measure(labels, y):
    """Scores of labels of rows with classes ``y``, after which noise follows."""
    rejected = labels == -1
    n_correct = rejected[len(y) :].sum()
    return {
        "found": round(float(rejected[len(y) :].mean()), 3),
        "correct": round(float(n_correct / max(1, rejected.sum())), 3),
        "ari": round(adjusted_rand_score(y, labels[: len(y)]), 3),
    }


def render(log):
    """Means over seeds."""
    lines = ["# Noise among the rows of training", ""]
    lines += sorted({f"Measured with {row['setup']}." for row in log.rows})
    lines += [
        "",
        "Means over seeds: the share of the noise that is labelled -1, the share of",
        "these labels that is noise, and the adjusted Rand index of the other rows.",
        "",
        "| data | noise | method | found | correct | ARI | seeds |",
        "|---|---|---|---|---|---|---|",
    ]
    groups = {}
    for row in log.rows:
        groups.setdefault((row["set"], row["noise"], row["method"]), []).append(row)
    for key, rows in sorted(groups.items(), key=lambda group: group[0][:2]):
        figures = [
            f"{np.mean([float(row[name]) for row in rows]):.3f}"
            for name in ("found", "correct", "ari")
        ]
        lines.append(f"| {' | '.join([*key, *figures])} | {len(rows)} |")
    log.path.with_suffix(".md").write_text("\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    args = parser.parse_args()
    log = Log("noise", COLUMNS)
    done = {tuple(row[name] for name in COLUMNS[:4]) for row in log.rows}
    for seed in range(args.seeds):
        for name, (X, y) in tables(seed).items():
            for share in SHARES:
                rows = with_noise(X, share, seed)
                k = len(set(y))
                for method, clusterer in methods(k, share, seed).items():
                    key = dict(
                        zip(COLUMNS, (name, f"{share:.2f}", method, seed), strict=False)
                    )
                    if tuple(map(str, key.values())) not in done:
                        scores = measure(clusterer.fit_predict(rows), y)
                        log.add({**key, **scores, "setup": setup()})
    render(log)


if __name__ == "__main__":
    main()
