"""Questions that the papers of DSSEC and DAC ask of their methods.

    python docs/benchmarks/parameters.py [--data FOLDER] [--sets digits] [--seeds 5]

DSSEC: the weight of the clustering loss, the number of components, and the activation
that the sparsity penalty asks for, one at a time, on digits and, with a folder that has
``usps.npz``, on 3000 rows of USPS; beside it, k-means on as many principal components.
DAC: classes of unequal size, few rows, and a wrong number of clusters, on digits as a
table, with k-means beside. What is not varied has the defaults.

Runs what is missing in ``results/parameters.csv`` (one row per fit) and writes
``results/parameters.md``. Labels are used for scoring, and for drawing the classes of
unequal size. Seconds are those of one thread.
"""

import argparse
import warnings

import numpy as np
import torch
from harness import Table, run
from quality import load
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline

from skdeepcluster import DAC, DSSEC

SETS = ["digits", "usps_3k"]
#: With gamma=0.1, n_components=10 and rho=0.05, which are the defaults.
COMPONENTS = (5, 10, 20, 30)
VARIED = {
    **{f"gamma {value}": {"gamma": value} for value in (0.3, 0.5)},
    **{f"{n} components": {"n_components": n} for n in COMPONENTS if n != 10},
    **{f"rho {value}": {"rho": value} for value in (0.01, 0.2)},
}
#: Besides the ten classes of digits, all of whose 1797 rows are used otherwise.
N_CLUSTERS = (5, 8, 15, 20)
N_ROWS = (200, 500, 1000)
#: The smallest class as a share of the largest.
SHARES = (1, 0.5, 0.25, 0.1)


def kmeans(k, seed):
    return KMeans(k, n_init=10, random_state=seed)


def of_dssec(k, seed):
    """Name -> clusterer."""
    table = {"KMeans": kmeans(k, seed), "DSSEC": DSSEC(k, random_state=seed)}
    for title, params in VARIED.items():
        table[f"DSSEC, {title}"] = DSSEC(k, **params, random_state=seed)
    for n in COMPONENTS:
        components = PCA(n, random_state=seed)
        table[f"PCA + KMeans, {n} components"] = make_pipeline(
            components, kmeans(k, seed)
        )
    return table


def of_dac(k, seed):
    """Name -> clusterer."""
    return {"KMeans": kmeans(k, seed), "DAC": DAC(k, random_state=seed)}


def of_numbers(seed):
    """Name -> clusterer, for numbers of clusters that are not the number of classes."""
    return {
        f"{name}, {k} clusters": clusterer
        for k in N_CLUSTERS
        for name, clusterer in of_dac(k, seed).items()
    }


def few_rows(y, n, seed):
    """Indices of that many rows."""
    return np.random.RandomState(seed).permutation(len(y))[:n]


def unequal_classes(y, share, seed):
    """Indices of rows whose classes have linearly falling sizes, in a random order."""
    random = np.random.RandomState(seed)
    counts = np.bincount(y)
    sizes = np.linspace(1, share, len(counts)) * counts.min()
    sizes = random.permutation(sizes.round().astype(int))
    order = random.permutation(len(y))
    return np.concatenate([order[y[order] == c][:n] for c, n in enumerate(sizes)])


#: Name -> function that draws rows, and its argument.
DRAWN = {
    **{f"digits, {n} rows": (few_rows, n) for n in N_ROWS},
    **{f"digits, class sizes 1 : {s:g}": (unequal_classes, s) for s in SHARES},
}


def tasks(sets, folder, seed):
    """Triples of a name, its rows and labels, and its clusterers by name."""
    for name in sets:
        X, y, _ = load(name, folder)
        yield name, (X, y), of_dssec(len(set(y)), seed)
    X, y, _ = load("digits", folder)
    yield "digits", (X, y), of_dac(len(set(y)), seed) | of_numbers(seed)
    for name, (draw, size) in DRAWN.items():
        part = draw(y, size, seed)
        yield name, (X[part], y[part]), of_dac(len(set(y)), seed)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data")
    parser.add_argument("--sets", nargs="*", default=SETS, help="those of DSSEC")
    parser.add_argument("--seeds", type=int, default=5)
    args = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    sets = [name for name in args.sets if name == "digits" or args.data is not None]
    methods = list(of_dssec(10, 0) | of_dac(10, 0) | of_numbers(0))
    table = Table("parameters", [*SETS, *DRAWN], methods)
    for seed in range(args.seeds):
        for name, rows, arms in tasks(sets, args.data, seed):
            for method, clusterer in arms.items():
                if not table.has(name, method, seed):
                    table.add(run(name, method, clusterer, *rows), seed=seed)
    table.render()


if __name__ == "__main__":
    main()
