"""
What a cluster looks like
=========================

IDEC keeps its decoder, so a point in the embedding can be decoded to a row: here, the
centres of the clusters, and points on the line from one centre to another.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

from skdeepcluster import IDEC

X = load_digits().data / 16
idec = IDEC(n_clusters=10, hidden_layer_sizes=(256, 256), random_state=0).fit(X)
centers = idec.cluster_centers_

# %%
# Ten centres; below them, points at two thirds and one third of the way from the first.

figure, axes = plt.subplots(3, 10, figsize=(10, 3.3), layout="constrained")
for share, line in zip((1.0, 0.66, 0.33), axes, strict=True):
    points = share * centers + (1 - share) * centers[0]
    for row, ax in zip(idec.inverse_transform(points), line, strict=True):
        ax.imshow(row.reshape(8, 8), cmap="gray_r", vmin=0, vmax=1)
        ax.set(xticks=[], yticks=[])
for ax, title in zip(axes[:, 0], ("centre", "2/3", "1/3"), strict=True):
    ax.set_ylabel(title)
for cluster, ax in enumerate(axes[0]):
    ax.set_title(f"{np.mean(idec.labels_ == cluster):.0%}", fontsize=9)
figure.suptitle("Centres of clusters, with the share of rows in each")
plt.show()
