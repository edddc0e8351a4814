"""The same methods in ClustPy and here, on the same rows.

    python docs/benchmarks/peers.py [--data FOLDER] [--sets digits] [--seeds 3]

runs what is missing in ``results/peers.csv`` (one row per fit) and writes
``results/peers.md``. ClustPy is left out where it is not installed (``pip install
clustpy``; 0.0.3 was used, in an environment of its own), 1000 of the pen digits
without a folder that has ``pendigits.npz``. Both packages have their defaults; in the
entries "same budget", this one has the network and the epochs that are ClustPy's
defaults. Labels are used for scoring only. Seconds are those of one thread.
"""

import argparse
import importlib.util

import numpy as np
import torch
from harness import Table, run
from quality import load
from sklearn.cluster import KMeans

from skdeepcluster import DCN, DEC, DKM, IDEC, NeighborClustering, VaDE

SETS = ["digits", "pendigits_1k"]
#: In both packages; VaDE of ClustPy takes rows in [0, 1] only.
SHARED = {"DEC": DEC, "IDEC": IDEC, "DCN": DCN, "DKM": DKM, "VaDE": VaDE}
#: Of ClustPy alone.
OTHERS = ["N2D", "DDC"]
BUDGET = {
    "hidden_layer_sizes": (500, 500, 2000),
    "pretrain_epochs": 100,
    "max_iter": 150,
}


def methods(k, seed, unit_range):
    """The table of competitors: name -> clusterer."""
    table = {"KMeans": KMeans(k, n_init=10, random_state=seed)}
    for name, of_class in SHARED.items():
        table[name] = of_class(k, random_state=seed)
        table[f"{name}, same budget"] = of_class(k, **BUDGET, random_state=seed)
    table["NeighborClustering"] = NeighborClustering(k, random_state=seed)
    if importlib.util.find_spec("clustpy") is not None:
        import clustpy.deep

        for name in [*SHARED, *OTHERS]:
            if name != "VaDE" or unit_range:
                theirs = getattr(clustpy.deep, name)
                # DDC finds the number of clusters.
                size = {} if name == "DDC" else {"n_clusters": k}
                table[f"{name} of ClustPy"] = theirs(**size, random_state=seed)
    return table


def order():
    """Names of all methods, those that are compared next to each other."""
    names = ["KMeans"]
    for name in SHARED:
        names += [name, f"{name}, same budget", f"{name} of ClustPy"]
    return [*names, *(f"{name} of ClustPy" for name in OTHERS), "NeighborClustering"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data")
    parser.add_argument("--sets", nargs="*", default=SETS)
    parser.add_argument("--methods", nargs="*", default=order())
    parser.add_argument("--seeds", type=int, default=3)
    args = parser.parse_args()
    torch.set_num_threads(1)
    table = Table("peers", SETS, order())
    for name in args.sets:
        if name != "digits" and args.data is None:
            print(f"{name} needs --data")
            continue
        X, y, _ = load(name, args.data)
        unit_range = bool(X.min() >= 0 and X.max() <= 1)
        for seed in range(args.seeds):
            arms = methods(len(np.unique(y)), seed, unit_range)
            for method in args.methods:
                if method in arms and not table.has(name, method, seed):
                    table.add(run(name, method, arms[method], X, y), seed=seed)
    table.render()


if __name__ == "__main__":
    main()
