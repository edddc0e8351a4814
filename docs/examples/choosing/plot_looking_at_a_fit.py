"""
Looking at a fit
================

Displays show the embedding of a fitted clusterer, the history of its training, the
confidence of its assignments and, if classes are known, the classes in each cluster.
They take a clusterer or a Pipeline, and optionally axes to draw on.
"""

import matplotlib.pyplot as plt
from sklearn.datasets import load_digits
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from skdeepcluster import DSSEC
from skdeepcluster.plotting import (
    ConfidenceDisplay,
    ContingencyDisplay,
    EmbeddingDisplay,
    HistoryDisplay,
)

X, y = load_digits(return_X_y=True)
dssec = DSSEC(n_clusters=10, hidden_layer_sizes=(256, 256), random_state=0)
pipeline = make_pipeline(MinMaxScaler(), dssec).fit(X)

figure, axes = plt.subplots(2, 2, figsize=(11, 8), layout="constrained")
EmbeddingDisplay.from_estimator(pipeline, X, ax=axes[0, 0])
HistoryDisplay.from_estimator(pipeline, ax=axes[0, 1])
ConfidenceDisplay.from_estimator(pipeline, X, ax=axes[1, 0])
ContingencyDisplay.from_estimator(pipeline, X, y, ax=axes[1, 1])
axes[0, 0].set_title("Embedding")
axes[0, 1].set_title("Training", pad=22)
axes[1, 0].set_title("Confidence")
axes[1, 1].set_title("Digits and clusters")
plt.show()
