"""Quality of DM2C on rows with one modality each, compared with k-means and IDEC.

    python docs/benchmarks/mixed.py --data FOLDER [--sets mv_wikipedia]

runs what is missing in ``results/mixed.csv`` (three entries per fit: all rows, and
those of each modality) and writes ``results/mixed.md``. Each row of a table with two
views keeps one of them, drawn at random; a share of the rows keeps both. Labels are
used for scoring, and in the entries "matched by labels", which use information that no
method has; every method has the same parameters on every data set, its defaults. The
draws are those of seeds 10 and above: choices were made using other seeds.
"""

import argparse
import os
import time
from pathlib import Path

import numpy as np
from harness import Table, scores, setup
from scipy.optimize import linear_sum_assignment
from sklearn.base import BaseEstimator, ClusterMixin, clone
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits

from skdeepcluster import DM2C, IDEC
from skdeepcluster.views import split_views, stack_views

SETS = ["digits in halves", "mv_wikipedia", "mv_mnist_usps"]
SHARES = [0.01, 0.05, 0.2]
PARTS = ["", ", first modality", ", second modality"]

ABLATIONS = {
    "no alignment": {"alignment": None},
    "no alignment, with critics": {"alignment": None, "adversarial_weight": 0.5},
    "with critics": {"adversarial_weight": 0.5},
    "no cycle": {"cycle_weight": 0},
    "one encoder": {"n_encoders": 1},
    "five encoders": {"n_encoders": 5},
    "encoders learn on": {"freeze_encoders": False},
    "reconstruction as pretraining": {"pretrain": "reconstruction"},
}

#: Of the arms with IDEC.
PUBLISHED_NETWORK = {"hidden_layer_sizes": (500, 500, 2000), "pretrain_epochs": 100}


class EachModality(ClusterMixin, BaseEstimator):
    """A clusterer of each modality alone, with unmatched numbers of clusters.

    With ``oracle`` the clusters are matched to the labels.
    """

    def __init__(self, clusterer, views, oracle=False):
        self.clusterer = clusterer
        self.views = views
        self.oracle = oracle

    def fit(self, X, y):
        clusterings = {}
        for view, table in split_views(X, self.views).items():
            rows = ~np.isnan(table).any(1)
            labels = clone(self.clusterer).fit_predict(table[rows])
            if self.oracle:
                classes = np.zeros((labels.max() + 1, y.max() + 1))
                np.add.at(classes, (labels, y[rows]), 1)
                labels = linear_sum_assignment(classes, maximize=True)[1][labels]
            clusterings[view] = rows, labels
        self.labels_ = np.zeros(len(X), int)
        for rows, labels in clusterings.values():
            self.labels_[rows] = labels
        return self


class ZeroImputed(ClusterMixin, BaseEstimator):
    """k-means on views side by side, with column means for missing views."""

    def __init__(self, views, n_clusters, random_state=None):
        self.views = views
        self.n_clusters = n_clusters
        self.random_state = random_state

    def fit(self, X, y=None):
        tables = []
        for table in split_views(X, self.views).values():
            table = table - np.nanmean(table, axis=0)
            tables.append(np.nan_to_num(table / np.sqrt(np.nanmean(table**2))))
        kmeans = KMeans(self.n_clusters, n_init=10, random_state=self.random_state)
        self.labels_ = kmeans.fit_predict(stack_views(tables)[0])
        return self


def load(name, folder):
    """Tables of the two modalities, labels, and the shape of image rows or None."""
    if name == "digits in halves":
        X, y = load_digits(return_X_y=True)
        mixing = np.random.RandomState(0).normal(size=(64, 48)) / 4
        return [X / 16, np.tanh((X / 16 - 0.3) @ mixing)], y, None
    with np.load(Path(folder) / f"{name}.npz") as file:
        tables = [file[key].reshape(len(file["y"]), -1) for key in ("x0", "x1")]
        y = file["y"].astype(int)
    if name == "mv_mnist_usps":
        return [table / 255 for table in tables], y, (1, 28, 28)
    return tables, y, None


def mix(tables, paired, seed):
    """Keep one view of each row, or both in a share of them; also return widths."""
    generator = np.random.RandomState(10 + seed)
    X, views = stack_views(tables)
    X = X.astype(np.float32)
    n, width = len(X), views[0]
    seen = generator.permutation(np.arange(n) % 2)
    incomplete = generator.permutation(n)[round(paired * n) :]
    for view, columns in enumerate((np.arange(width), np.arange(width, X.shape[1]))):
        X[np.ix_(incomplete[seen[incomplete] != view], columns)] = np.nan
    return X, views


def methods(views, n_clusters, image_shape, seed):
    """The table of competitors: name -> clusterer."""
    common = {"n_clusters": n_clusters, "random_state": seed}
    kmeans, idec = KMeans(n_init=10, **common), IDEC(**PUBLISHED_NETWORK, **common)
    table = {
        "KMeans, missing views imputed": ZeroImputed(views, **common),
        "KMeans, each modality": EachModality(kmeans, views),
        "KMeans, each modality, matched by labels": EachModality(kmeans, views, True),
        "IDEC, each modality": EachModality(idec, views),
        "IDEC, each modality, matched by labels": EachModality(idec, views, True),
        "DM2C": DM2C(views=views, image_shape=image_shape, **common),
    }
    for name, params in ABLATIONS.items():
        dm2c = DM2C(views=views, image_shape=image_shape, **common)
        table[f"DM2C, {name}"] = dm2c.set_params(**params)
    for name, params in {"": {}, ", no critics": {"adversarial_weight": 0}}.items():
        dm2c = DM2C.published(views=views, image_shape=image_shape, **common, **params)
        table[f"DM2C, published setting{name}"] = dm2c
    return table


def measure(title, method, clusterer, X, views, y):
    """One fit, scored on all rows and on those of each modality."""
    start = time.perf_counter()
    labels = clusterer.fit(X, y).labels_
    seconds = time.perf_counter() - start
    tables = split_views(X, views).values()
    groups = [np.ones(len(X), bool), *(~np.isnan(table).any(1) for table in tables)]
    for part, rows in zip(PARTS, groups, strict=True):
        yield {
            "set": title + part,
            "method": method,
            **scores(y[rows], labels[rows]),
            "seconds": round(seconds, 1),
            "epochs": len(getattr(clusterer, "history_", ())),
            "setup": setup(),
        }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=os.environ.get("SKDEEPCLUSTER_DATA"))
    parser.add_argument("--sets", nargs="*", default=SETS)
    parser.add_argument("--methods", nargs="*")
    parser.add_argument("--shares", nargs="*", type=float, default=[0.0, *SHARES])
    parser.add_argument("--seeds", type=int, default=3)
    args = parser.parse_args()
    titles = [
        s + with_pairs + part
        for s in SETS
        for with_pairs in ("", *(f", {share:.0%} in both" for share in SHARES))
        for part in PARTS
    ]
    table = Table("mixed", titles, list(methods([1, 1], 2, None, 0)))
    for name in args.sets:
        tables, y, image_shape = load(name, args.data)
        for share in args.shares:
            title = f"{name}, {share:.0%} in both" if share else name
            for seed in range(args.seeds):
                X, views = mix(tables, share, seed)
                arms = methods(views, len(set(y)), image_shape, seed)
                for method in args.methods or (["DM2C"] if share else arms):
                    if not table.has(title, method, seed):
                        for row in measure(title, method, arms[method], X, views, y):
                            table.add(row, seed=seed)
    table.render()


if __name__ == "__main__":
    main()
