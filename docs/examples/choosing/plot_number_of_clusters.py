"""
How many clusters?
==================

A grid search needs no labels: the silhouette measures whether clusters are compact and
separated, the stability whether other rows and other seeds give the same clusters. Here
both are applied to three tables with known classes, to see how reliable they are.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdeepcluster import IDEC
from skdeepcluster.metrics import silhouette_scorer
from skdeepcluster.model_selection import stability_score

# %%
# The scorers get the fitted Pipeline and the rows of a fold. Clusters are scored on the
# rows in which they were found, so the only fold is the whole table.

tables = {
    "wine (3 classes)": (load_wine(), [2, 3, 4, 5, 6, 8]),
    "breast cancer (2)": (load_breast_cancer(), [2, 3, 4, 5, 6, 8]),
    "digits (10)": (load_digits(), [4, 6, 8, 10, 12, 15]),
}
scoring = {"silhouette": silhouette_scorer, "stability": stability_score}
figure, axes = plt.subplots(
    2, 3, figsize=(11, 5.5), sharex="col", sharey="row", layout="constrained"
)
for (title, (data, numbers)), column in zip(tables.items(), axes.T, strict=True):
    X = data.data[:600]
    idec = IDEC(
        hidden_layer_sizes=(128,), pretrain_epochs=30, max_iter=20, random_state=0
    )
    rows = np.arange(len(X))
    grid = GridSearchCV(
        make_pipeline(StandardScaler(), idec),
        {"idec__n_clusters": numbers},
        scoring=scoring,
        refit=False,
        cv=[(rows, rows)],
    ).fit(X)
    for name, ax in zip(scoring, column, strict=True):
        scores = grid.cv_results_[f"mean_test_{name}"]
        ax.plot(numbers, scores, "o-")
        ax.axvline(len(np.unique(data.target)), color="0.6", linestyle=":")
        print(f"{title:18} {name:11} best at {numbers[np.argmax(scores)]}")
    column[0].set_title(title)
    column[1].set_xlabel("n_clusters")
for name, ax in zip(scoring, axes[:, 0], strict=True):
    ax.set_ylabel(name)
plt.show()

# %%
# The dotted lines are the numbers of classes. A peak is a suggestion; if the curve is
# flat, the data do not determine the number of clusters, and no method can.
