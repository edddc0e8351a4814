"""
Contrastive clustering during training
======================================

:class:`~skdeepcluster.ContrastiveClustering` pulls two augmented copies of an image
together and pushes other images away, and does the same with clusters. The paper shows
the embedding after more and more epochs, and how similar positive and negative pairs
are. This example shows both on scikit-learn's digits of 8 x 8 pixels, without their
labels, with a small fully connected encoder.
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.manifold import TSNE
from torch.nn.functional import normalize

from skdeepcluster import ContrastiveClustering
from skdeepcluster.augment import handwriting_images
from skdeepcluster.metrics import clustering_accuracy_score

# %%
# A fit with fewer epochs is the beginning of a longer one with the same seed. Fits warn
# of poor clusters, which are what is to be seen here.

warnings.simplefilter("ignore")
X, y = load_digits(return_X_y=True)
X = (X / 16).astype(np.float32)
fits = {}
for epochs in (0, 10, 100):
    cc = ContrastiveClustering(
        n_clusters=10,
        encoder="mlp",
        image_shape=(1, 8, 8),
        max_iter=epochs,
        random_state=0,
    )
    fits[epochs] = cc.fit(X)
    print(f"{epochs:3} epochs  ACC {clustering_accuracy_score(y, cc.labels_):.3f}")

# %%
# Every other row in the embedding, drawn in two dimensions by t-SNE. Colours are the
# digits, which the network has not seen.

figure, axes = plt.subplots(1, 3, figsize=(10, 3.6), layout="constrained")
for (epochs, cc), ax in zip(fits.items(), axes, strict=True):
    places = TSNE(init="pca", random_state=0).fit_transform(cc.transform(X[::2]))
    ax.scatter(*places.T, c=y[::2], s=4, cmap="tab10")
    ax.set(title=f"{epochs} epochs", xticks=[], yticks=[])

# %%
# Two copies of a row are a positive pair, copies of different rows are negative ones;
# for clusters, rows are replaced by columns of the soft assignment. Training separates
# the two kinds. Some negative pairs of rows stay similar: images of the same digit.


def similarities(cc):
    """Cosines of positive and negative pairs, of rows and of clusters."""
    augmentation = handwriting_images((1, 8, 8))
    generator = torch.Generator().manual_seed(0)
    rows = torch.from_numpy(X)
    with torch.no_grad():
        copies = [cc.module_(augmentation(rows, generator)) for _ in range(2)]
    (z_a, y_a), (z_b, y_b) = copies
    for a, b in ((z_a, z_b), (y_a.T, y_b.T)):
        cosines = normalize(a) @ normalize(b).T
        different = ~torch.eye(len(cosines), dtype=bool)
        yield cosines.diagonal(), cosines[different]


figure, axes = plt.subplots(2, 3, figsize=(10, 5), layout="constrained")
for (epochs, cc), column in zip(fits.items(), axes.T, strict=True):
    pairs_of = zip(("rows", "clusters"), similarities(cc), column, strict=True)
    for name, pairs, ax in pairs_of:
        for kind, cosines in zip(("positive", "negative"), pairs, strict=True):
            bins = np.linspace(-1 if name == "rows" else 0, 1, 41)
            weights = np.full(len(cosines), 1 / len(cosines))
            ax.hist(cosines.numpy(), bins, weights=weights, alpha=0.6, label=kind)
        ax.set(title=f"{epochs} epochs, pairs of {name}", xlabel="cosine")
axes[0, 0].set_ylabel("share of pairs")
axes[1, 0].set_ylabel("share of pairs")
axes[0, 0].legend(loc="upper left")

plt.show()
