"""
How DAC makes up its mind
=========================

:class:`~skdeepcluster.DAC` gives each row a label feature: a non-negative vector of
unit length with one value a cluster. The paper shows how these values move from
anywhere in between to 0 and 1 in training. Here the same on the digits of
scikit-learn, 8 x 8 pixels, without their labels.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.preprocessing import normalize

from skdeepcluster import DAC
from skdeepcluster.metrics import clustering_accuracy_score

# %%
# The same network before and after training: no epoch, and all of them.

X, y = load_digits(return_X_y=True)
features, accuracy = {}, {}
for name, epochs in {"start": 0, "end": 46}.items():
    dac = DAC(n_clusters=10, image_shape=(1, 8, 8), max_iter=epochs, random_state=0)
    labels = dac.fit_predict(X)
    # A label feature is the assignment, brought to unit length.
    features[name] = normalize(dac.predict_proba(X))
    accuracy[name] = clustering_accuracy_score(y, labels)
    print(f"{name:5}  ACC {accuracy[name]:.3f}")

# %%
# Values near 0 and 1 mean that a row is certain of its cluster; similarities of two
# rows, their inner products, then are near 0 and 1 as well.

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
