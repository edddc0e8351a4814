"""
A map of a table and its clusters
=================================

With ``n_components=2``, :class:`~skdeepcluster.NeighborClustering` draws a table as a
map on which near rows are near, as t-SNE and UMAP do, finds the clusters on it, and
places new rows. The table here has 30 measurements of cells of 569 patients.
"""

import matplotlib.pyplot as plt
from sklearn.datasets import load_breast_cancer
from sklearn.metrics import adjusted_rand_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdeepcluster import NeighborClustering
from skdeepcluster.plotting import EmbeddingDisplay

frame, diagnosis = load_breast_cancer(return_X_y=True, as_frame=True)
known, new, known_diagnosis, new_diagnosis = train_test_split(
    frame, diagnosis, test_size=100, random_state=0
)

# %%
# Distances decide which rows are near, so all columns get the same scale first.
# With ``n_clusters=None`` there are as many clusters as are separate on the map.

cluster = NeighborClustering(n_clusters=None, n_components=2, random_state=0)
pipeline = make_pipeline(StandardScaler(), cluster).fit(known)
print(f"{cluster.n_clusters_} clusters, found by {cluster.partition_}")

# %%
# The map of the rows that were fitted, and of new ones, which the network places.

figure, axes = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
for ax, rows, title in zip(axes, (known, new), ("fitted", "new"), strict=True):
    EmbeddingDisplay.from_estimator(pipeline, rows, ax=ax)
    ax.set_title(f"{len(rows)} {title} patients")

# %%
# What the clusters are: the columns that differ most between them, in standard
# deviations from the mean of all patients.

scaler = pipeline[0].set_output(transform="pandas")
profile = scaler.transform(known).groupby(cluster.labels_).mean().T
spread = profile.max(axis=1) - profile.min(axis=1)
profile.loc[spread.nlargest(8).index].round(2)

# %%
# Is the map an artefact? Another seed should find the same clusters. Where neighbours
# mislead, for example because most columns are noise, it does not.

again = NeighborClustering(cluster.n_clusters_, n_components=2, random_state=1)
labels = make_pipeline(StandardScaler(), again).fit_predict(known)
print(f"agreement of two seeds: {adjusted_rand_score(cluster.labels_, labels):.2f}")

# %%
# The diagnosis was not used. For comparison, its share of benign cells by cluster:

known_diagnosis.groupby(cluster.labels_).mean().round(2)
