"""
VaDE: rows drawn from clusters
==============================

VaDE is a generative model. Each cluster is a Gaussian in the embedding, so that a
fitted model can draw rows that are in no table: a code from the Gaussian of a cluster,
decoded.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

from skdeepcluster import VaDE

X, y = load_digits(return_X_y=True)
X = X / 16
small = {"hidden_layer_sizes": (256, 256), "max_iter": 50}
vade = VaDE(n_clusters=10, pretrain="neighbors", **small, random_state=0).fit(X)

# %%
# For each cluster, three rows of the table that the model is most certain of, and five
# that it drew. ``sample`` draws clusters by their weights; here, enough rows for five
# of each. The number is the weight of the cluster.

certain = vade.predict_proba(X).max(axis=1)
drawn, labels = vade.sample(1000, random_state=0)

figure, axes = plt.subplots(8, 10, figsize=(10, 8.4), layout="constrained")
for cluster, column in enumerate(axes.T):
    members = np.flatnonzero(vade.labels_ == cluster)
    best = members[np.argsort(-certain[members], kind="stable")[:3]]
    rows = [*X[best], *drawn[labels == cluster][:5]]
    for row, ax in zip(rows, column, strict=True):
        ax.imshow(row.reshape(8, 8), cmap="gray_r", vmin=0, vmax=1)
        ax.set(xticks=[], yticks=[])
    column[0].set_title(f"{vade.weights_[cluster]:.0%}", fontsize=9)
axes[1, 0].set_ylabel("rows")
axes[5, 0].set_ylabel("drawn")
figure.suptitle("Clusters of digits, and rows drawn from them")
plt.show()

# %%
# The variance of a cluster says how much its rows differ. Codes at the mean of a
# cluster and up to two standard deviations away, along the direction in which it is
# widest:

steps = np.linspace(-2, 2, 5)
figure, axes = plt.subplots(5, 10, figsize=(10, 5.3), layout="constrained")
for cluster, column in enumerate(axes.T):
    variances = vade.covariances_[cluster]
    widest = np.eye(len(variances))[variances.argmax()] * np.sqrt(variances.max())
    codes = vade.cluster_centers_[cluster] + steps[:, None] * widest
    for row, ax in zip(vade.inverse_transform(codes), column, strict=True):
        ax.imshow(row.reshape(8, 8), cmap="gray_r", vmin=0, vmax=1)
        ax.set(xticks=[], yticks=[])
for step, ax in zip(steps, axes[:, 0], strict=True):
    ax.set_ylabel(f"{step:.0f} sd")
figure.suptitle("From one side of a cluster to the other")
plt.show()
