"""
Rows that lack a view
=====================

Blobs in three views, each of which can separate only some of them. An increasing share
of the rows lacks one of the views. EAMC fuses the views that a row has; k-means needs
missing values to be imputed.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.cluster import KMeans
from sklearn.impute import SimpleImputer
from sklearn.metrics import adjusted_rand_score
from sklearn.pipeline import make_pipeline

from skdeepcluster import EAMC
from skdeepcluster.datasets import make_multiview_blobs
from skdeepcluster.plotting import ViewWeightsDisplay

shares = [0.0, 0.25, 0.5]
scores = {"EAMC": [], "KMeans, column means": []}
for share in shares:
    X, y, views = make_multiview_blobs(
        400, n_clusters=4, n_views=3, cluster_std=2, missing=share, random_state=0
    )
    eamc = EAMC(4, views=views, hidden_layer_sizes=(64, 64), random_state=0)
    kmeans = make_pipeline(SimpleImputer(), KMeans(4, n_init=10, random_state=0))
    for name, clusterer in zip(scores, (eamc, kmeans), strict=True):
        scores[name].append(adjusted_rand_score(y, clusterer.fit_predict(X)))

# %%
# The same with one view of noise, which the attention detects at a low temperature.

X, y, views = make_multiview_blobs(
    400, n_clusters=4, n_views=2, n_noise_views=1, random_state=0
)
noisy = EAMC(
    4, views=views, hidden_layer_sizes=(64, 64), temperature=0.1, random_state=0
).fit(X)

figure, axes = plt.subplots(1, 2, figsize=(10, 3.8), layout="constrained")
for name, values in scores.items():
    axes[0].plot(shares, values, "o-", label=name)
    print(f"{name:21}", *(f"{value:.2f}" for value in values))
axes[0].set(xlabel="share of rows that lack a view", ylabel="ARI", ylim=(0, 1.03))
axes[0].legend()
ViewWeightsDisplay.from_predictions(
    noisy.view_weights_, ["first", "second", "noise"], ax=axes[1]
)
axes[1].set_title(f"Attention, ARI {adjusted_rand_score(y, noisy.labels_):.2f}")
print("weights", np.round(noisy.view_weights_, 2))
plt.show()
