"""
One DataFrame, several sources
==============================

The breast cancer table of scikit-learn describes each tumour by thirty values: for each
of ten measurements, the mean over cell nuclei, the error of that mean, and the worst
value. These are three views of one object. :class:`~skdeepcluster.EAMC` takes the frame
as it is, and a dict that lists the columns of each view; here, a fifth of the rows also
lacks one of the views.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.cluster import KMeans
from sklearn.datasets import load_breast_cancer
from sklearn.decomposition import PCA
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdeepcluster import EAMC
from skdeepcluster.metrics import clustering_accuracy_score

# %%
# Columns are named after their view. A missing view is NaN in all its columns.

X, y = load_breast_cancer(return_X_y=True, as_frame=True)
views = {
    word: [column for column in X if word in column]
    for word in ("mean", "error", "worst")
}
generator = np.random.RandomState(0)
for row in generator.choice(len(X), len(X) // 5, replace=False):
    X.loc[row, views[generator.choice(list(views))]] = np.nan
print(f"{'rows':13} {len(X)}, {int(X.isna().any(axis=1).sum())} without a view")

# %%
# StandardScaler passes on missing values, and with ``set_output`` the column names too.
# A temperature of 0.1 lets the attention choose between the views. The default
# regularizer favours clusters of equal size; benign tumours are more frequent, so the
# published one is more suitable here.

scaler = StandardScaler().set_output(transform="pandas")
eamc = EAMC(
    n_clusters=2,
    views=views,
    temperature=0.1,
    regularizer="orthogonality",
    random_state=0,
)
deep = make_pipeline(scaler, eamc)
plain = make_pipeline(
    StandardScaler(), SimpleImputer(), KMeans(2, n_init=10, random_state=0)
)
for name, pipeline in {"EAMC": deep, "KMeans": plain}.items():
    labels = pipeline.fit_predict(X)
    print(f"{name:13} ACC {clustering_accuracy_score(y, labels):.3f}")

# %%
# The weights of the views, and the fused embedding by cluster: rows that lack a view
# are among the others.

figure, axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
axes[0].bar(list(eamc.views_), eamc.view_weights_)
axes[0].axhline(1 / len(views), color="black", lw=1, ls=":", label="equal weights")
axes[0].set(title="Weights of the views", ylabel="weight")
axes[0].legend()
points = PCA(2).fit_transform(deep.transform(X))
incomplete = X.isna().any(axis=1).to_numpy()
for cluster in range(2):
    for rows, marker, what in (
        (~incomplete, "o", "all views"),
        (incomplete, "x", "one less"),
    ):
        chosen = rows & (eamc.labels_ == cluster)
        axes[1].scatter(
            *points[chosen].T,
            s=14,
            marker=marker,
            color=f"C{cluster}",
            alpha=0.7,
            lw=1 if marker == "x" else 0,
            label=f"cluster {cluster}, {what}",
        )
axes[1].set(title="Fused embedding (two main axes)", xticks=[], yticks=[])
axes[1].legend(fontsize="small")

plt.show()
