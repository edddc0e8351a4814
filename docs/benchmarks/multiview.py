"""Quality on real and planted tables with several views, compared with other methods.

    python docs/benchmarks/multiview.py --data FOLDER [--sets mv_bdgp] [--missing]
    python docs/benchmarks/multiview.py --sets unequal counts   # planted, no folder

runs what is missing in ``results/multiview.csv`` (one row per fit) and writes
``results/multiview.md``. Columns are standardised, except term counts. With
``--missing``, some rows lack a view, drawn at random. Every method has the same
parameters on every data set, its defaults. Labels are used for scoring only, but for
the arm "classes of complete rows given", which is no clustering: it shows what the
views that a row has can tell of its class.
"""

import argparse
import os
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from harness import Table, run
from planted_views import MAKERS
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.cluster import KMeans, SpectralClustering
from sklearn.mixture import GaussianMixture
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skdeepcluster import (
    DAMC,
    DCCA,
    EAMC,
    IDEC,
    CoMVC,
    ContrastiveClustering,
    NeighborClustering,
)
from skdeepcluster.views import resolve_views, split_views, stack_views

SETS = ["mv_handwritten", "mv_bdgp", "mv_wikipedia", "mv_mnist_usps", "noisy_mnist"]
SHARES = [0.1, 0.3, 0.5, 0.7]
MOST_VIEWS = 6

#: An arm that is no clustering, and methods that accept missing views.
GIVEN = "classes of complete rows given"
ON_MISSING = ["KMeans, views of equal weight", "EAMC", "NeighborClustering", GIVEN]

#: Methods that are given each view in [0, 1], by one minimum and one maximum.
BY_VIEW = ["EAMC, published setting, views in [0, 1]"]

#: The pretraining that was once the default.
RECONSTRUCTION = {"pretrain": "reconstruction", "n_components": 128}

#: Methods for which nothing is drawn that matters.
DETERMINISTIC = ["SpectralClustering, views of equal weight"]

NO_TERMS = {"separation_weight": 0, "simplex_weight": 0, "regularization_weight": 0}
ABLATIONS = {
    "no adversary": {"adversarial_weight": 0},
    "no attention": {"temperature": np.inf, "attention_weight": 0},
    "k-means before the head": {"init": "k-means++"},
    "pretraining alone": {"max_iter": 0},
}
OF_RECONSTRUCTION = {
    "no adversary": {"adversarial_weight": 0},
    "strong adversary": {"adversarial_weight": 10},
    "no attention": {"temperature": np.inf, "attention_weight": 0},
    "separation alone": {**NO_TERMS, "separation_weight": 1},
    "simplex alone": {**NO_TERMS, "simplex_weight": 1},
    "regularization alone": {**NO_TERMS, "regularization_weight": 1},
    "no contrast in the pretraining": {"contrast_weight": 0},
    "head not pretrained": {"init": None},
    "no pretraining": {"pretrain_epochs": 0},
    "neither pretraining": {"pretrain_epochs": 0, "init": None},
    "pretraining alone": {"max_iter": 0},
}

OF_CONTRAST = {
    "no contrast": {"contrast_weight": 0},
    "strong contrast": {"contrast_weight": 1},
    "no pretraining": {"pretrain_epochs": 0},
}

OF_ADVERSARY = {
    "no adversary": {"adversarial_weight": 0},
    "strong adversary": {"adversarial_weight": 1},
    "no sharpening": {"gamma": 0},
    "pretraining alone": {"max_iter": 0},
}

OF_CORRELATION = {
    "no noise": {"noise": 0},
    "no reconstruction": {"reconstruction_weight": 0},
    "neither": {"noise": 0, "reconstruction_weight": 0},
    "10 components": {"n_components": 10},
}

#: Of the arms with IDEC.
PUBLISHED_NETWORK = {"hidden_layer_sizes": (500, 500, 2000), "pretrain_epochs": 100}


class SideBySide(ClusterMixin, BaseEstimator):
    """A clusterer on views side by side, missing values replaced by column means."""

    def __init__(self, clusterer, views, equal=False):
        self.clusterer = clusterer
        self.views = views
        self.equal = equal

    def fit(self, X, y=None):
        X = np.where(np.isnan(X), np.nanmean(X, axis=0), X)
        X, _ = stack_views(
            [
                table / (np.sqrt(np.square(table).sum(1).mean()) if self.equal else 1)
                for table in split_views(X, self.views).values()
            ]
        )
        self.labels_ = self.clusterer.fit_predict(X)
        return self


class ClassesGiven(ClusterMixin, BaseEstimator):
    """The classes of complete rows, from which a classifier finds those of others.

    Parameters
    ----------
    classes : ndarray of shape (n_samples,)
    views : list of int
    """

    def __init__(self, classes, views):
        self.classes = classes
        self.views = views

    def fit(self, X, y=None):
        tables = list(split_views(X, self.views).values())
        has = np.column_stack([~np.isnan(table[:, 0]) for table in tables])
        complete = has.all(1)
        labels = self.classes.copy()
        for present in np.unique(has[~complete], axis=0):
            rows = (has == present).all(1)
            seen = np.hstack([t for t, p in zip(tables, present, strict=True) if p])
            classifier = make_pipeline(StandardScaler(), SVC(C=10))
            classifier.fit(seen[complete], labels[complete])
            labels[rows] = classifier.predict(seen[rows])
        self.labels_ = labels
        return self


class ListOfViews(ClusterMixin, BaseEstimator):
    """A clusterer of mvlearn, which takes a list of tables."""

    def __init__(self, clusterer, views):
        self.clusterer = clusterer
        self.views = views

    def fit(self, X, y=None):
        tables = [
            table.astype(np.float64) for table in split_views(X, self.views).values()
        ]
        self.labels_ = self.clusterer.fit_predict(tables)
        return self


def load(name, folder, by_view=False):
    """Standardised columns, or views in [0, 1]; widths of the views, labels."""
    if name in MAKERS:
        tables, y = MAKERS[name](0)
        X, views = stack_views(tables)
        X = X if name == "counts" else StandardScaler().fit_transform(X)
        return X.astype(np.float32), views, y
    if name == "noisy_mnist":
        tables, y = noisy_mnist(folder)
    else:
        with np.load(Path(folder) / f"{name}.npz") as file:
            names = sorted(key for key in file.files if key.startswith("x"))
            tables = [file[key].reshape(len(file[key]), -1) for key in names]
            y = file["y"].astype(int)
    tables = [table.astype(np.float64) for table in tables]
    if by_view:
        tables = [(table - table.min()) / np.ptp(table) for table in tables]
        X, views = stack_views(tables)
        return X.astype(np.float32), views, y
    X, views = stack_views(tables)
    return StandardScaler().fit_transform(X).astype(np.float32), views, y


def noisy_mnist(folder, n=10_000):
    """A digit, and a noisy digit of the same class; pairs are made by labels."""
    with np.load(Path(folder) / "mnist.npz") as file:
        X, y = file["X"].reshape(-1, 784) / 255, file["y"].astype(int)
    generator = np.random.RandomState(0)
    rows = generator.permutation(len(X))[:n]
    partners = [generator.choice(np.flatnonzero(y == y[row])) for row in rows]
    noisy = X[partners] + generator.uniform(size=(n, 784))
    return [X[rows], noisy.clip(0, 1)], y[rows]


def drop_views(X, views, share, seed):
    """X with one view, drawn at random, missing in a share of the rows."""
    X, generator = X.copy(), np.random.RandomState(seed)
    columns = list(resolve_views(views, X.shape[1]).values())
    for row in generator.choice(len(X), round(share * len(X)), replace=False):
        X[row, columns[generator.randint(len(columns))]] = np.nan
    return X


def methods(views, n_clusters, seed):
    """The table of competitors: name -> clusterer."""
    k = n_clusters
    common = {"views": views, "n_clusters": k, "random_state": seed}
    ends = np.cumsum(views)
    kmeans = KMeans(k, n_init=10, random_state=seed)
    spectral = SpectralClustering(
        k, affinity="nearest_neighbors", assign_labels="cluster_qr", random_state=seed
    )
    table = {
        f"KMeans, view {i}": SideBySide(kmeans, [slice(end - width, end)])
        for i, (width, end) in enumerate(zip(views, ends, strict=True))
    }
    table |= {
        "KMeans": SideBySide(kmeans, views),
        "KMeans, views of equal weight": SideBySide(kmeans, views, equal=True),
        "SpectralClustering, views of equal weight": SideBySide(
            spectral, views, equal=True
        ),
        "UMAP + mixture, views of equal weight": (
            None
            if find_spec("umap") is None
            else SideBySide(umap_and_mixture(k, seed), views, equal=True)
        ),
        **{
            f"{name} of mvlearn": arm and ListOfViews(arm, views)
            for name, arm in of_mvlearn(k, seed, len(views)).items()
        },
        "NeighborClustering": NeighborClustering(**common),
        "IDEC": IDEC(k, **PUBLISHED_NETWORK, random_state=seed),
        "ContrastiveClustering": ContrastiveClustering(k, random_state=seed),
        "EAMC": EAMC(**common),
    }
    for name, params in ABLATIONS.items():
        table[f"EAMC, {name}"] = EAMC(**common, **params)
    by_reconstruction = {**common, **RECONSTRUCTION}
    table["EAMC by reconstruction"] = EAMC(**by_reconstruction)
    for name, params in OF_RECONSTRUCTION.items():
        arm = EAMC(**by_reconstruction, **params)
        table[f"EAMC by reconstruction, {name}"] = arm
    for title in ("EAMC, published setting", *BY_VIEW):
        table[title] = EAMC.published(**common)
    table["CoMVC"] = CoMVC(**common)
    for name, params in OF_CONTRAST.items():
        table[f"CoMVC, {name}"] = CoMVC(**common, **params)
    table["DAMC"] = DAMC(**common)
    for name, params in OF_ADVERSARY.items():
        table[f"DAMC, {name}"] = DAMC(**common, **params)
    of_views = {"views": views, "random_state": seed}
    table["DCCA + KMeans"] = make_pipeline(DCCA(**of_views), kmeans)
    for name, params in OF_CORRELATION.items():
        dcca = DCCA(**of_views, **params)
        table[f"DCCA + KMeans, {name}"] = make_pipeline(dcca, kmeans)
    table["CoMVC, published setting"] = CoMVC.published(**common)
    table["CoMVC, published setting, no contrast"] = CoMVC.published(
        **common, contrast_weight=0
    )
    return table


def of_mvlearn(k, seed, n_views):
    """What mvlearn has for this number of views, or None without it."""
    names = ["MultiviewKMeans", "MultiviewSphericalKMeans"] if n_views == 2 else []
    names.append("MultiviewSpectralClustering")
    if find_spec("mvlearn") is None:
        return dict.fromkeys(names)
    from mvlearn import cluster

    return {name: getattr(cluster, name)(k, random_state=seed) for name in names}


def umap_and_mixture(k, seed):
    """A mixture on the map that UMAP's documentation recommends for clustering."""
    from umap import UMAP

    umap = UMAP(n_neighbors=30, min_dist=0.0, random_state=seed)
    return make_pipeline(umap, GaussianMixture(k, n_init=5, random_state=seed))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=os.environ.get("SKDEEPCLUSTER_DATA"))
    parser.add_argument("--sets", nargs="*", default=SETS)
    parser.add_argument("--methods", nargs="*")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--missing", action="store_true", help="rows lose views")
    args = parser.parse_args()
    listed = [*(methods([1] * MOST_VIEWS, 2, 0) | methods([1, 1], 2, 0)), GIVEN]
    names = [
        title
        for s in [*SETS, *MAKERS]
        for title in [s, *(f"{s}, {h:.0%} missing" for h in SHARES)]
    ]
    table = Table("multiview", names, listed)
    for name in args.sets:
        X, views, y = load(name, args.data)
        for share in SHARES if args.missing else [0.0]:
            title = f"{name}, {share:.0%} missing" if share else name
            for seed in range(args.seeds):
                arms = methods(views, len(set(y)), seed)
                arms[GIVEN] = ClassesGiven(y, views) if share else None
                chosen = args.methods or (ON_MISSING if share else arms)
                for method in chosen:
                    if (
                        arms.get(method) is not None
                        and not table.has(title, method, seed)
                        and not (method in DETERMINISTIC and seed > 0)
                    ):
                        given = X
                        if method in BY_VIEW:
                            given, _, _ = load(name, args.data, by_view=True)
                        if share:
                            given = drop_views(given, views, share, seed)
                        table.add(run(title, method, arms[method], given, y), seed=seed)
    table.render()


if __name__ == "__main__":
    main()
