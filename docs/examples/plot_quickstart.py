"""
Clustering handwritten digits
=============================

A pipeline of a scaler and :class:`~skdeepcluster.NeighborClustering` on scikit-learn's
digits, compared with k-means and spectral clustering. Labels are used only at the end,
for scoring.
"""

import sys

import matplotlib.pyplot as plt
import numpy as np
from sklearn.cluster import KMeans, SpectralClustering
from sklearn.datasets import load_digits
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from skdeepcluster import NeighborClustering
from skdeepcluster.metrics import clustering_accuracy_score
from skdeepcluster.plotting import ContingencyDisplay, EmbeddingDisplay

# %%
# Fit three clusterers.

X, y = load_digits(return_X_y=True)
clusterers = {
    "KMeans": KMeans(n_clusters=10, n_init=10, random_state=0),
    "Spectral": SpectralClustering(10, affinity="nearest_neighbors", random_state=0),
    "Neighbor": NeighborClustering(n_clusters=10, random_state=0),
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
# The last pipeline is that of NeighborClustering: its map, its clusters against the
# true digits, and the scores of all three.

figure, axes = plt.subplots(1, 3, figsize=(13, 4), layout="constrained")
EmbeddingDisplay.from_estimator(pipeline, X, ax=axes[0])
ContingencyDisplay.from_estimator(pipeline, X, y, ax=axes[1])
positions = np.arange(len(metrics))
for i, (name, values) in enumerate(scores.items()):
    bars = axes[2].bar(positions + 0.27 * (i - 1), values, 0.25, label=name)
    axes[2].bar_label(bars, fmt="%.2f", fontsize=8)
axes[2].set_xticks(positions, list(metrics))
axes[2].set(title="Against the true digits", ylim=(0, 1.15))
axes[2].legend(ncols=3, loc="upper center", fontsize=8)

# %%
# The figure is written to the file given on the command line.

if __name__ == "__main__":
    path = sys.argv[1] if len(sys.argv) > 1 else "quickstart.png"
    figure.savefig(path, dpi=110)
    print(f"Figure written to {path}")
