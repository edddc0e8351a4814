"""Quality of the estimators on real data, compared with scikit-learn's clusterers.

    python docs/benchmarks/quality.py --data FOLDER [--sets digits usps]

runs what is missing in ``results/quality.csv`` (one row per fit) and writes
``results/quality.md`` (mean and standard deviation over seeds). Without ``--data``,
only scikit-learn's data sets are run. Labels are used for scoring only; every method
has the same parameters on every data set, its defaults.
"""

import argparse
import os
from pathlib import Path

import numpy as np
from harness import Table, run
from sklearn.cluster import KMeans, SpectralClustering
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from sklearn.decomposition import PCA
from sklearn.mixture import GaussianMixture
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, scale

from skdeepcluster import (
    DAC,
    DEC,
    DSSEC,
    IDEC,
    Autoencoder,
    ContrastiveClustering,
    NeighborClustering,
)
from skdeepcluster.pairwise.pair_selection import PairSelection

#: Those of scikit-learn first; the rest are read from the folder.
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


class UnconstrainedPairs(PairSelection):
    """Compares assignments without normalising them to unit length."""

    def features(self, a):
        return a.softmax(1)


class UnconstrainedDAC(DAC):
    """DAC without its constraint layer."""

    def _pair_selection(self, *inputs):
        selection = super()._pair_selection(*inputs)
        selection.__class__ = UnconstrainedPairs
        return selection


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
    if name == "usps":
        X = X.reshape(-1, 16, 16)
    # Channels come last in the files and first in a row.
    X = X[:, None] if X.ndim == 3 else X.transpose(0, 3, 1, 2)
    return X.reshape(len(X), -1) / X.max(), y, X.shape[1:]


def methods(n_clusters, seed, image_shape, shape, memory):
    """The table of competitors: name -> clusterer."""
    k = n_clusters
    n_samples, n_features = shape
    table = {
        "KMeans": KMeans(k, n_init=10, random_state=seed),
        "GaussianMixture (PCA 32)": make_pipeline(
            FunctionTransformer(np.float64),  # covariances need the precision
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
        "DEC, layer-wise": DEC.published(k, pretrain_epochs=100, **deep),
        "IDEC, layer-wise": IDEC.published(k, pretrain_epochs=100, **deep),
        "ContrastiveClustering": ContrastiveClustering(k, **deep),
        "ContrastiveClustering, not augmented": ContrastiveClustering(
            k, augmentation=None, n_neighbors=None, **deep
        ),
        "ContrastiveClustering, cluster head only": ContrastiveClustering(
            k, instance_weight=0, **deep
        ),
        "ContrastiveClustering, instance head only + KMeans": make_pipeline(
            ContrastiveClustering(k, cluster_weight=0, entropy_weight=0, **deep),
            KMeans(k, n_init=20, random_state=seed),
        ),
        "DAC": DAC(k, **deep),
        "NeighborClustering": NeighborClustering(k, **deep),
        "DAC, all pairs from the start": DAC(k, adaptive=False, **deep),
        "DAC, no constraint": UnconstrainedDAC(k, **deep),
        "DAC, published setting": DAC.published(k, **deep),
    }
    if image_shape is not None:
        images = {"image_shape": image_shape, **deep}
        table |= {
            "DEC, augmented": DEC(k, **images),
            "IDEC, augmented": IDEC(k, **images),
            "DSSEC, augmented": DSSEC(k, **images),
            "ContrastiveClustering, convolutional": ContrastiveClustering(k, **images),
            "ContrastiveClustering, convolutional, digits preset": (
                ContrastiveClustering(k, augmentation="digits", **images)
            ),
            "ContrastiveClustering, convolutional, bfloat16": ContrastiveClustering(
                k, precision="bfloat16", **images
            ),
            "DAC, convolutional": DAC(k, **images),
            "DAC, convolutional, pairs not augmented": DAC(
                k, augment_pairs=False, augmentation="digits", **images
            ),
            "DAC, convolutional, digits preset": DAC(
                k, augmentation="digits", **images
            ),
            "DAC, convolutional, all pairs from the start": DAC(
                k, adaptive=False, **images
            ),
            "DAC, convolutional, no constraint": UnconstrainedDAC(k, **images),
            "DAC, convolutional, three starts": DAC(k, n_init=3, **images),
            "DAC, convolutional, 20 epochs, bfloat16": DAC(
                k, max_iter=20, precision="bfloat16", **images
            ),
            "DAC, convolutional, published setting": DAC.published(k, **images),
            "DAC, convolutional, published setting, all pairs from the start": (
                DAC.published(k, adaptive=False, **images)
            ),
            "DAC, convolutional, published setting, 20 epochs": DAC.published(
                k, max_iter=20, **images
            ),
        }
    return table


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
