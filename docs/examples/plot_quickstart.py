"""
Clustering handwritten digits
=============================

A pipeline of a scaler and :class:`~skdeepcluster.IDEC` on scikit-learn's digits,
compared with k-means and spectral clustering. Labels are used only at the end, for
scoring.
"""

import sys

import matplotlib.pyplot as plt
import numpy as np
from sklearn.cluster import KMeans, SpectralClustering
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from skdeepcluster import IDEC
from skdeepcluster.metrics import clustering_accuracy_score

# %%
# Fit three clusterers.

X, y = load_digits(return_X_y=True)
clusterers = {
    "KMeans": KMeans(n_clusters=10, n_init=10, random_state=0),
    "Spectral": SpectralClustering(10, affinity="nearest_neighbors", random_state=0),
    "IDEC": IDEC(n_clusters=10, random_state=0),
}
metrics = {
    "ACC": clustering_accuracy_score,
    "NMI": normalized_mutual_info_score,
    "ARI": adjusted_rand_score,
}
scores = {}
for name, clusterer in clusterers.items():
    pipeline = make_pipeline(MinMaxScaler(), clusterer)
    labels = pipeline.fit_predict(X)
    scores[name] = [metric(y, labels) for metric in metrics.values()]
    values = "  ".join(
        f"{metric} {score:.3f}"
        for metric, score in zip(metrics, scores[name], strict=True)
    )
    print(f"{name:10} {values}")

# %%
# The last pipeline is that of IDEC: its embedding, and its training history.

idec = pipeline[-1]
embedding = PCA(2).fit_transform(pipeline.transform(X))

figure, axes = plt.subplots(1, 3, figsize=(13, 4), layout="constrained")

axes[0].scatter(*embedding.T, c=labels, cmap="tab10", s=6)
axes[0].set(title="IDEC's embedding (first 2 PCA axes)", xticks=[], yticks=[])
for cluster in range(10):
    middle = np.median(embedding[labels == cluster], axis=0)
    axes[0].annotate(
        str(cluster),
        middle,
        ha="center",
        va="center",
        fontweight="bold",
        bbox={"boxstyle": "circle,pad=0.2", "fc": "white", "ec": "none", "alpha": 0.8},
    )

positions = np.arange(len(metrics))
for i, (name, values) in enumerate(scores.items()):
    bars = axes[1].bar(positions + 0.27 * (i - 1), values, 0.25, label=name)
    axes[1].bar_label(bars, fmt="%.2f", fontsize=8)
axes[1].set_xticks(positions, list(metrics))
axes[1].set(title="Against the true digits", ylim=(0, 1.15))
axes[1].legend(ncols=3, loc="upper center", fontsize=8)

for term in ("reconstruction", "clustering"):
    curve = [row.get(term, np.nan) for row in idec.history_]
    axes[2].plot(np.arange(1, len(curve) + 1), curve, label=term)
start = sum(row["stage"] == "pretrain" for row in idec.history_)
axes[2].axvline(start, color="0.6", linestyle=":")
axes[2].annotate(
    "clustering starts",
    (start, 0.97),
    xycoords=("data", "axes fraction"),
    xytext=(4, 0),
    textcoords="offset points",
    va="top",
    fontsize=8,
    color="0.4",
)
axes[2].set(title="Terms of the loss", xlabel="epoch", yscale="log")
axes[2].legend(loc="center right", fontsize=8)

# %%
# The figure is written to the file given on the command line.

if __name__ == "__main__":
    path = sys.argv[1] if len(sys.argv) > 1 else "quickstart.png"
    figure.savefig(path, dpi=110)
    print(f"Figure written to {path}")
