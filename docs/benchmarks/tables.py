"""Defaults on tables with planted clusters, compared with k-means on the same rows.

    python docs/benchmarks/tables.py [--sets customers] [--methods IDEC]

runs what is missing in ``results/tables.csv`` (one row per fit) and writes
``results/tables.md`` (mean and standard deviation over draws). Each seed draws another
table. Labels are used for scoring only; every method has the same parameters on every
table, its defaults. The entries "published network" have the layers 500-500-2000 and
100 epochs of pretraining.
"""

import argparse

import numpy as np
from harness import Table, run
from planted import MAKERS, planted
from sklearn.cluster import KMeans
from sklearn.mixture import GaussianMixture
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skdeepcluster import (
    DAC,
    DCN,
    DEC,
    DKM,
    DSSEC,
    IDEC,
    IIC,
    PICA,
    Autoencoder,
    ContrastiveClustering,
    NeighborClustering,
    VaDE,
)

PUBLISHED_NETWORK = {"hidden_layer_sizes": (500, 500, 2000), "pretrain_epochs": 100}


def methods(n_clusters, seed):
    """The table of competitors: name -> clusterer."""
    k, seeded = n_clusters, {"random_state": seed}
    return {
        "KMeans": KMeans(k, n_init=10, **seeded),
        "GaussianMixture": make_pipeline(
            FunctionTransformer(np.float64),  # covariances need the precision
            GaussianMixture(k, **seeded),
        ),
        "Autoencoder + KMeans": make_pipeline(
            Autoencoder(**seeded), KMeans(k, n_init=20, **seeded)
        ),
        "DEC": DEC(k, **seeded),
        "IDEC": IDEC(k, **seeded),
        "DSSEC": DSSEC(k, **seeded),
        "DEC, published network": DEC(k, **PUBLISHED_NETWORK, **seeded),
        "IDEC, published network": IDEC(k, **PUBLISHED_NETWORK, **seeded),
        "DSSEC, published network": DSSEC(k, **PUBLISHED_NETWORK, **seeded),
        "IDEC, neighbors": IDEC(k, pretrain="neighbors", **seeded),
        "DCN": DCN(k, **seeded),
        "DKM": DKM(k, **seeded),
        "VaDE": VaDE(k, **seeded),
        "IIC": IIC(k, **seeded),
        "PICA": PICA(k, **seeded),
        "DAC": DAC(k, **seeded),
        "ContrastiveClustering": ContrastiveClustering(k, **seeded),
        "NeighborClustering": NeighborClustering(k, **seeded),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", nargs="*", default=list(MAKERS))
    parser.add_argument("--methods", nargs="*", default=list(methods(2, 0)))
    parser.add_argument("--seeds", type=int, default=10)
    args = parser.parse_args()
    table = Table("tables", list(MAKERS), list(methods(2, 0)))
    for name in args.sets:
        for seed in range(args.seeds):
            X, y = planted(name, seed)
            arms = methods(len(set(y)), seed)
            for method in args.methods:
                if not table.has(name, method, seed):
                    table.add(run(name, method, arms[method], X, y), seed=seed)
    table.render()


if __name__ == "__main__":
    main()
