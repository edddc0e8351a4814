"""
Rows of two kinds in one clustering
===================================

Half of the digits are original scans; the others are blurred negatives, rotated by 90
degrees. No digit is in both halves, and it is unknown which negatives correspond to
which scans. :class:`~skdeepcluster.DM2C` clusters both together and translates between
them.
"""

import matplotlib.pyplot as plt
import numpy as np
from scipy.ndimage import gaussian_filter
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits

from skdeepcluster import DM2C
from skdeepcluster.metrics import clustering_accuracy_score
from skdeepcluster.views import split_views, stack_modalities

# %%
# Two tables of different rows become one: NaN where a row lacks the modality.

X, y = load_digits(return_X_y=True)
scans = X.reshape(-1, 8, 8) / 16
negatives = 1 - gaussian_filter(np.rot90(scans, axes=(1, 2)), (0, 0.5, 0.5))
first = np.random.RandomState(0).rand(len(X)) < 0.5
tables = {
    "scan": scans[first].reshape(-1, 64),
    "negative": negatives[~first].reshape(-1, 64),
}
table, views = stack_modalities(tables)
y = np.concatenate([y[first], y[~first]])
print(f"{'rows':13} {len(table)}, of which {first.sum()} scans")

# %%
# Clusters found in each modality alone are not related to each other. DM2C matches them
# by their relative positions, and measures how well its encoders agree on the matching.

images_of = dict.fromkeys(views, (1, 8, 8))
dm2c = DM2C(n_clusters=10, views=views, image_shape=images_of, random_state=0)
kmeans = KMeans(10, n_init=10, random_state=0)
clusterings = {
    "DM2C": dm2c.fit_predict(table),
    "KMeans": np.concatenate([kmeans.fit_predict(t) for t in tables.values()]),
}
for name, labels in clusterings.items():
    print(f"{name:13} ACC {clustering_accuracy_score(y, labels):.3f}")
for name, confidence in dm2c.matching_confidence_.items():
    print(f"{'support':13} {confidence['support']:.2f} for the clusters of {name}s")

# %%
# Digits of one modality, translated to the other.

figure, axes = plt.subplots(4, 10, figsize=(10, 4.4), layout="constrained")
titles = ("scan", "as negative", "negative", "as scan")
for start, one, other in ((0, "scan", "negative"), (2, "negative", "scan")):
    rows = np.flatnonzero(~np.isnan(split_views(table, views)[one]).any(1))
    shown = [rows[y[rows] == digit][3] for digit in range(10)]
    given = split_views(table[shown], views)[one]
    translated = dm2c.translate(table[shown], to=other)
    for i, line in enumerate((given, translated)):
        for ax, picture in zip(axes[start + i], line, strict=True):
            ax.imshow(picture.reshape(8, 8), cmap="gray_r", vmin=0, vmax=1)
            ax.set(xticks=[], yticks=[])
for ax, title in zip(axes[:, 0], titles, strict=True):
    ax.set_ylabel(title, rotation=0, ha="right", va="center")

plt.show()
