"""
DAC's label features during training
====================================

:class:`~skdeepcluster.DAC` gives each row a label feature: a non-negative vector of
unit length with one value per cluster. The paper shows how these values move towards 0
and 1 during training. This example shows the same on scikit-learn's digits of 8 x 8
pixels, without their labels.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.preprocessing import normalize

from skdeepcluster import DAC
from skdeepcluster.metrics import clustering_accuracy_score

# %%
# The same network before and after training, that is, with no epoch and with all.

X, y = load_digits(return_X_y=True)
features, accuracy = {}, {}
for name, epochs in {"start": 0, "end": 46}.items():
    dac = DAC(n_clusters=10, image_shape=(1, 8, 8), max_iter=epochs, random_state=0)
    labels = dac.fit_predict(X)
    # A label feature is the soft assignment, normalised to unit length.
    features[name] = normalize(dac.predict_proba(X))
    accuracy[name] = clustering_accuracy_score(y, labels)
    print(f"{name:5}  ACC {accuracy[name]:.3f}")

# %%
# Values near 0 and 1 mean that a row is assigned with certainty; the similarities of
# two rows, their inner products, are then near 0 and 1 as well.

figure, axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
bins = np.linspace(0, 1, 41)
for name, values in features.items():
    label = f"{name} (accuracy {accuracy[name]:.2f})"
    axes[0].hist(values.ravel(), bins, alpha=0.6, label=label, density=True)
    pairs = (values @ values.T)[np.triu_indices(len(values), 1)]
    axes[1].hist(pairs, bins, alpha=0.6, label=label, density=True)
axes[0].set(title="Values of the label features", xlabel="value", ylabel="density")
axes[1].set(title="Similarity of pairs of rows", xlabel="inner product")
for axis in axes:
    axis.set_yscale("log")
    axis.legend(loc="upper center")

plt.show()
