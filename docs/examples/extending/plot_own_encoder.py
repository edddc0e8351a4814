"""
Encoders of your own
====================

Any ``nn.Module`` that returns ``n_components`` values per row can be the encoder. It
can be given as a module, as a factory that is called with the sizes, or as a fitted
Autoencoder, which replaces the pretraining.
"""

import matplotlib.pyplot as plt
from sklearn.datasets import load_digits
from sklearn.metrics import adjusted_rand_score
from torch import nn

from skdeepcluster import IDEC, Autoencoder
from skdeepcluster.plotting import EmbeddingDisplay

X, y = load_digits(return_X_y=True)
X = X / 16

# %%
# A factory is called with the numbers of features and of components. With
# ``image_shape``, a module receives images; here they are not augmented.


def residual(n_features, n_components):
    """A convolutional encoder for images of 8 x 8 pixels."""
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(16, 32, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(32 * 4 * 4, n_components),
    )


epochs = {"pretrain_epochs": 20, "max_iter": 10, "random_state": 0}
pretrained = Autoencoder(hidden_layer_sizes=(256,), max_iter=30, random_state=0).fit(X)
clusterers = {
    "default": IDEC(10, **epochs),
    "own, convolutional": IDEC(
        10, encoder=residual, image_shape=(1, 8, 8), augmentation=None, **epochs
    ),
    "pretrained Autoencoder": IDEC(10, encoder=pretrained, **epochs),
}

figure, axes = plt.subplots(1, 3, figsize=(12, 3.8), layout="constrained")
for (name, idec), ax in zip(clusterers.items(), axes, strict=True):
    labels = idec.fit_predict(X)
    print(f"{name:24} ARI {adjusted_rand_score(y, labels):.3f}")
    EmbeddingDisplay.from_estimator(idec, X, labels=y, ax=ax)
    ax.set_title(f"{name}, {len(idec.history_)} epochs")
    ax.get_legend().set_title("digit")
plt.show()
