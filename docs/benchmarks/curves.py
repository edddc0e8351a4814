"""Quality against time: labels are scored at the end of each epoch.

    python docs/benchmarks/curves.py --data FOLDER [--sets digits] [--methods IDEC]

runs what is missing in ``results/curves.csv`` and writes ``results/curves.md``. The
clock is stopped while labels are scored. A network has labels from the first epoch of
its clustering stage; clusterers without epochs have one row. ClustPy's IDEC and UMAP
with a mixture model are run if these packages are installed. A run can be stopped: what
it has written is kept.

Colour images are run only with the published settings, in two precisions, and need a
GPU; each fit is stopped after so many seconds:

    python docs/benchmarks/curves.py --data FOLDER --sets cifar10_11k --seconds 480

FOLDER must then contain ``cifar10_11k.npz`` (or ``cifar10.npz``), with X of shape
(n, 32, 32, 3) and y.
"""

import argparse
import importlib.util
import os
import time
from collections import defaultdict
from functools import partial

import numpy as np
import quality
import torch
from harness import RESULTS, Log, scores, setup
from sklearn.manifold import TSNE
from sklearn.mixture import GaussianMixture
from sklearn.pipeline import make_pipeline
from skorch.callbacks import Callback

from skdeepcluster import DAC, ContrastiveClustering
from skdeepcluster.training import Rows

#: By default the first three are run; without a folder, only the first.
SETS = ["digits", "usps", "mnist", "mnist_10k", "cifar10_11k", "cifar10"]
COLUMNS = ["set", "method", "seed", "stage", "epoch", "seconds", "acc", "nmi", "setup"]

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"

#: Arms of ``quality.py``, and number of epochs between scores.
OURS = {
    "KMeans": 0,
    "IDEC": 1,
    "DSSEC": 1,
    "IDEC, augmented": 1,
    "DAC, convolutional": 1,
    "DAC, convolutional, trained normalisation": 1,
    "ContrastiveClustering, convolutional": 5,
    "ContrastiveClustering, convolutional, bfloat16": 1,
    "ContrastiveClustering, convolutional, digits preset": 5,
}


class OutOfTime(Exception):
    """A fit has had the seconds that it was given."""


class Trace(Callback):
    """Scores the labels of all rows after an epoch of a stage with assignments.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    write : callable (stage, epoch, seconds, labels)
    every : int
        Epochs between two scores.
    seconds : float
        The fit is stopped by OutOfTime at the first score after these.
    """

    def __init__(self, X, write, every=1, seconds=np.inf):
        self.X = X
        self.write = write
        self.every = every
        self.seconds = seconds
        self.started = time.perf_counter()

    def on_epoch_end(self, net, **kwargs):
        now = time.perf_counter()
        epoch = len(net.history)
        if net.stage.assigns and epoch % self.every == 0:
            net.module_.eval()
            rows = Rows(self.X, next(net.module_.parameters()).device, resident=False)
            labels = rows.map(net.module_.assign).argmax(1).cpu().numpy()
            net.module_.train()
            self.write(net.stage.name, epoch, now - self.started, labels)
            if now - self.started > self.seconds:
                raise OutOfTime
        self.started += time.perf_counter() - now


def methods(n_clusters, seed, image_shape, shape):
    """Name -> clusterer, and epochs between two scores."""
    k = n_clusters
    if image_shape is not None and image_shape[0] == 3:
        # 32 x 32 pixels; otherwise as published.
        return {
            f"{method.__name__}, published setting, {precision}": (
                method.published(
                    k, image_shape=image_shape, random_state=seed, precision=precision
                ),
                every,
            )
            for method, every in ((ContrastiveClustering, 5), (DAC, 1))
            for precision in ("float32", "bfloat16")
        }
    known = quality.methods(k, seed, image_shape, shape, None)
    table = {
        name: (known[name], every) for name, every in OURS.items() if name in known
    }
    mixture = GaussianMixture(k, n_init=5, random_state=seed)
    if shape[0] <= 10_000:
        table["t-SNE + mixture"] = Manifold(TSNE(random_state=seed), mixture), 0
    if importlib.util.find_spec("umap"):
        from umap import UMAP

        # The settings that its documentation recommends for clustering.
        umap = UMAP(n_neighbors=30, min_dist=0.0, random_state=seed)
        table["UMAP + mixture"] = make_pipeline(umap, mixture), 0
    if importlib.util.find_spec("clustpy"):
        import clustpy.deep

        table["ClustPy IDEC"] = clustpy.deep.IDEC(k, random_state=seed), 0
    return table


class Manifold:
    """A clusterer on an embedding that cannot transform new rows."""

    def __init__(self, embed, cluster):
        self.embed = embed
        self.cluster = cluster

    def fit_predict(self, X):
        return self.cluster.fit_predict(self.embed.fit_transform(X))


def trace(clusterer, every, X, write, most_seconds):
    """Fit, and record labels during training and at the end."""
    started = time.perf_counter()
    if every == 0:
        labels = clusterer.fit_predict(X)
        write("", 0, time.perf_counter() - started, np.asarray(labels))
        return
    callback = Trace(X, write, every, most_seconds)
    try:
        clusterer.set_params(callbacks=[callback]).fit(X)
    except OutOfTime:
        return
    seconds = time.perf_counter() - callback.started
    write("fitted", len(clusterer.history_), seconds, clusterer.labels_)


def render(rows):
    """The end of each curve, and the time until it is within .01 of that."""
    curves = defaultdict(list)
    for row in rows:
        curves[row["set"], row["method"], row["seed"]].append(row)
    lines = ["# Quality against time", ""]
    lines += sorted({f"Measured with {row['setup']}." for row in rows})
    lines += [
        "",
        "The last ACC and NMI of each fit and its seconds, and the first seconds from",
        "which on ACC stays within .01 of the last. A fit that was stopped is given",
        "with its last epoch.",
        "",
        "| data | method | seed | ACC | NMI | seconds | within .01 | |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for (name, method, seed), curve in curves.items():
        last = curve[-1]
        near = float(last["seconds"])
        for row in reversed(curve):
            if abs(float(row["acc"]) - float(last["acc"])) > 0.01:
                break
            near = float(row["seconds"])
        stopped = "" if last["stage"] in ("", "fitted") else f"epoch {last['epoch']}"
        cells = [name, method, seed, last["acc"], last["nmi"]]
        cells += [f"{float(last['seconds']):.0f}", f"{near:.0f}", stopped]
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    (RESULTS / "curves.md").write_text("\n".join(lines) + "\n")


def add(log, key, y, stage, epoch, seconds, labels):
    """Score labels and record the scores."""
    metrics = scores(y, labels)
    values = (*key, stage, epoch, round(seconds, 2), metrics["acc"], metrics["nmi"])
    log.add(dict(zip(COLUMNS, (*values, setup(DEVICE)), strict=True)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=os.environ.get("SKDEEPCLUSTER_DATA"))
    parser.add_argument("--sets", nargs="*")
    parser.add_argument("--methods", nargs="*")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=np.inf)
    args = parser.parse_args()
    log = Log("curves", COLUMNS)
    done = {(r["set"], r["method"], int(r["seed"])) for r in log.rows}
    for name in args.sets or (SETS[:3] if args.data else SETS[:1]):
        X, y, image_shape = quality.load(name, args.data)
        for seed in range(args.seeds):
            torch.manual_seed(seed)  # for libraries that draw from it
            arms = methods(len(set(y)), seed, image_shape, X.shape)
            for method in args.methods or arms:
                key = (name, method, seed)
                if method in arms and key not in done:
                    trace(*arms[method], X, partial(add, log, key, y), args.seconds)
    render(log.rows)


if __name__ == "__main__":
    main()
