"""Quality of the estimators on real data, against scikit-learn's clusterers.

    python docs/benchmarks/quality.py --data FOLDER [--sets digits usps]

runs what is missing in ``results/quality.csv`` (one row a fit) and writes
``results/quality.md`` (mean and standard deviation over seeds). Without ``--data``
only the sets that come with scikit-learn are run. Labels are used for scoring
only; every method has the same parameters on every set, its defaults.
"""

import argparse
import csv
import os
import platform
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
import sklearn
import torch
from sklearn.cluster import KMeans, SpectralClustering
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from sklearn.decomposition import PCA
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score
from sklearn.mixture import GaussianMixture
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, scale

import skdeepcluster
from skdeepcluster import DAC, DEC, DSSEC, IDEC, Autoencoder, ContrastiveClustering
from skdeepcluster.metrics import clustering_accuracy_score

RESULTS = Path(__file__).parent / "results"
#: Those of scikit-learn first; the rest is read from the folder.
OWN_SETS = ["digits", "wine", "breast_cancer"]
SETS = [
    *OWN_SETS,
    "pendigits",
    "sc_10x_pbmc",
    "usps",
    "coil20",
    "mnist_10k",
    "mnist",
]
COLUMNS = ["set", "method", "seed", "acc", "nmi", "ari", "seconds", "epochs", "setup"]


#: As the documentation of DAC gives it.
PUBLISHED_DAC = {
    "init": None,
    "balance_weight": 0,
    "consistency_weight": 0,
    "final_relu": True,
    "augmentation": None,
    "batch_size": 128,
}


#: Denoising layer by layer, as DEC was published; there with more epochs.
LAYERWISE = {"pretrain": "layerwise", "corruption": 0.2}


def load(name, folder):
    """Rows as float32, labels, and the shape of an image row or None."""
    if name == "digits":
        X, y = load_digits(return_X_y=True)
        return (X / 16).astype(np.float32), y, (1, 8, 8)
    if name in OWN_SETS:
        X, y = {"wine": load_wine, "breast_cancer": load_breast_cancer}[name](
            return_X_y=True
        )
        return scale(X).astype(np.float32), y, None
    file_name = name.removesuffix("_10k")
    with np.load(Path(folder) / f"{file_name}.npz") as file:
        X, y = file["X"].astype(np.float32), file["y"].astype(int)
    if name == "pendigits":
        return scale(X), y, None
    if name == "sc_10x_pbmc":
        counts = X / X.sum(axis=1, keepdims=True) * 1e4
        return scale(np.log1p(counts, dtype=np.float64)).astype(np.float32), y, None
    if name == "mnist_10k":
        part = np.random.RandomState(0).permutation(len(X))[:10_000]
        X, y = X[part], y[part]
    side = 16 if name == "usps" else X.shape[1]
    return X.reshape(len(X), -1) / X.max(), y, (1, side, side)


def methods(n_clusters, seed, image_shape, shape, memory):
    """The table of competitors: name -> clusterer."""
    k = n_clusters
    n_samples, n_features = shape
    table = {
        "KMeans": KMeans(k, n_init=10, random_state=seed),
        "GaussianMixture (PCA 32)": make_pipeline(
            FunctionTransformer(np.float64),  # covariances need the digits
            PCA(min(32, n_features)),
            GaussianMixture(k, random_state=seed),
        ),
    }
    if n_samples <= 5000:
        table["SpectralClustering"] = SpectralClustering(
            k, affinity="nearest_neighbors", random_state=seed
        )
    deep = {"random_state": seed, "memory": memory}
    table |= {
        "Autoencoder + KMeans": make_pipeline(
            Autoencoder(**deep), KMeans(k, n_init=20, random_state=seed)
        ),
        "sparse Autoencoder + KMeans": make_pipeline(
            Autoencoder(sparsity="kl", **deep), KMeans(k, n_init=20, random_state=seed)
        ),
        "DEC": DEC(k, **deep),
        "IDEC": IDEC(k, **deep),
        "DSSEC": DSSEC(k, **deep),
        "DEC, layer-wise": DEC(k, **LAYERWISE, **deep),
        "IDEC, layer-wise": IDEC(k, **LAYERWISE, **deep),
        "ContrastiveClustering": ContrastiveClustering(k, **deep),
        "ContrastiveClustering, not augmented": ContrastiveClustering(
            k, augmentation=None, **deep
        ),
        "ContrastiveClustering, cluster head only": ContrastiveClustering(
            k, instance_weight=0, **deep
        ),
        "ContrastiveClustering, instance head only + KMeans": make_pipeline(
            ContrastiveClustering(k, cluster_weight=0, entropy_weight=0, **deep),
            KMeans(k, n_init=20, random_state=seed),
        ),
        "DAC": DAC(k, **deep),
        "DAC, all pairs from the start": DAC(k, adaptive=False, **deep),
        "DAC, published setting": DAC(k, **PUBLISHED_DAC, **deep),
    }
    if image_shape is not None:
        images = {"image_shape": image_shape, **deep}
        table |= {
            "DEC, augmented": DEC(k, **images),
            "IDEC, augmented": IDEC(k, **images),
            "DSSEC, augmented": DSSEC(k, **images),
            "ContrastiveClustering, convolutional": ContrastiveClustering(k, **images),
            "DAC, convolutional": DAC(k, **images),
            "DAC, convolutional, all pairs from the start": DAC(
                k, adaptive=False, **images
            ),
            "DAC, convolutional, published setting": DAC(k, **PUBLISHED_DAC, **images),
        }
    return table


def setup():
    return (
        f"skdeepcluster {skdeepcluster.__version__}, torch {torch.__version__}, "
        f"scikit-learn {sklearn.__version__}, {platform.machine()}, "
        f"{torch.get_num_threads()} threads"
    )


def run(name, method, clusterer, X, y):
    """Fit and score; seconds of a network are those of its epochs.

    A pretraining that is taken from memory still counts with the time it took.
    """
    started = time.perf_counter()
    labels = clusterer.fit_predict(X)
    seconds = time.perf_counter() - started
    steps = getattr(clusterer, "steps", [("", clusterer)])
    history = [row for _, s in steps for row in getattr(s, "history_", [])]
    if history:
        seconds = max(seconds, sum(row["seconds"] for row in history))
    return {
        "set": name,
        "method": method,
        **scores(y, labels),
        "seconds": round(seconds, 1),
        "epochs": len(history),
        "setup": setup(),
    }


def scores(y, labels):
    """What labels are worth."""
    return {
        "acc": round(clustering_accuracy_score(y, labels), 4),
        "nmi": round(normalized_mutual_info_score(y, labels), 4),
        "ari": round(adjusted_rand_score(y, labels), 4),
    }


class Table:
    """Result rows in a CSV file, one a fit, and their means in a Markdown file.

    Parameters
    ----------
    name : str
        Of the files in ``results``.
    sets, methods : list of str
        The order in which they are shown.
    """

    def __init__(self, name, sets, methods):
        RESULTS.mkdir(exist_ok=True)
        self.path = RESULTS / f"{name}.csv"
        self.sets = sets
        self.methods = methods
        self.rows = []
        if self.path.exists():
            with self.path.open(newline="") as file:
                self.rows = list(csv.DictReader(file))

    def has(self, name, method, seed):
        return any(self._key(row) == (name, method, seed) for row in self.rows)

    def add(self, row, seed):
        """Write a result down, at once."""
        row = {**row, "seed": seed}
        new = not self.path.exists()
        with self.path.open("a", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            if new:
                writer.writeheader()
            writer.writerow(row)
        self.rows.append(row)
        print(*[row[c] for c in COLUMNS if c != "setup"], sep="  ", flush=True)

    def render(self):
        """The table of means and standard deviations."""
        groups = defaultdict(list)
        for row in sorted(self.rows, key=self._place):
            groups[row["set"], row["method"]].append(row)
        lines = [f"# {self.path.stem.capitalize()}", ""]
        lines += sorted({f"Measured with {row['setup']}." for row in self.rows})
        last = None
        for (name, method), group in groups.items():
            if name != last:
                lines += ["", f"## {name}", ""]
                lines += ["| method | ACC | NMI | ARI | seconds | seeds |"]
                lines += ["|---|---|---|---|---|---|"]
                last = name
            cells = []
            for metric in ("acc", "nmi", "ari"):
                values = np.array([float(row[metric]) for row in group])
                cells.append(f"{values.mean():.3f} ± {values.std():.3f}")
            seconds = np.median([float(row["seconds"]) for row in group])
            lines.append(
                f"| {method} | {' | '.join(cells)} | {seconds:.0f} | {len(group)} |"
            )
        self.path.with_suffix(".md").write_text("\n".join(lines) + "\n")

    def _key(self, row):
        return row["set"], row["method"], int(row["seed"])

    def _place(self, row):
        name, method, seed = self._key(row)
        return self.sets.index(name), self.methods.index(method), seed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=os.environ.get("SKDEEPCLUSTER_DATA"))
    parser.add_argument("--sets", nargs="*")
    parser.add_argument("--methods", nargs="*")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--memory", help="folder that keeps pretrained networks")
    args = parser.parse_args()
    table = Table("quality", SETS, list(methods(2, 0, (1, 8, 8), (100, 64), None)))
    for name in args.sets or (SETS if args.data else OWN_SETS):
        X, y, image_shape = load(name, args.data)
        for seed in range(args.seeds):
            arms = methods(len(set(y)), seed, image_shape, X.shape, args.memory)
            for method in args.methods or arms:
                if method in arms and not table.has(name, method, seed):
                    table.add(run(name, method, arms[method], X, y), seed=seed)
    table.render()


if __name__ == "__main__":
    main()
