"""
Single cells, from counts to marker genes
=========================================

A table of counts, one row per cell and one column per gene: most entries are zero,
cells are sequenced to different depths, and types of cells differ in some genes only.
It becomes clusters of cells, and for each the genes that mark it.
"""

import random

import igraph
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from sklearn.metrics import adjusted_rand_score
from sklearn.neighbors import kneighbors_graph

from skdeepcluster import NeighborClustering
from skdeepcluster.plotting import EmbeddingDisplay
from skdeepcluster.profile import cluster_profile

# %%
# Counts
# ------
# Simulated, so that nothing has to be downloaded: seven types of very different
# frequency, two pairs of which are relatives. A type has forty marker genes of its own,
# and relatives share forty more. Only the comparison below uses the types.

rng = np.random.default_rng(0)
names = ["CD4 T", "CD8 T", "monocyte", "dendritic", "B", "NK", "platelet"]
types = np.repeat(names, [350, 180, 150, 40, 130, 70, 20])
genes = [f"gene{i:04d}" for i in range(2000)]
base = rng.lognormal(-1.5, 1.2, len(genes))
markers = {name: rng.choice(len(genes), 40, replace=False) for name in names}
shared = {
    relatives: rng.choice(len(genes), 40, replace=False)
    for relatives in [("CD4 T", "CD8 T"), ("monocyte", "dendritic")]
}
expression = {}
for name in names:
    profile = base.copy()
    profile[markers[name]] += rng.gamma(2, 0.7, 40)
    for relatives, common in shared.items():
        if name in relatives:
            profile[common] += 1.5
    expression[name] = profile / profile.sum()
depths = rng.lognormal(np.log(1200), 0.4, len(types))
means = depths[:, None] * np.array([expression[name] for name in types])
counts = pd.DataFrame(
    rng.poisson(rng.gamma(2, means / 2)),  # negative binomial
    index=[f"cell{i:04d}" for i in range(len(types))],
    columns=genes,
)
print(counts.iloc[:4, :8].to_string())
zeros = np.mean(counts.to_numpy() == 0)
print(f"{counts.shape[0]} cells, {counts.shape[1]} genes, {zeros:.0%} zeros")

# %%
# As numbers
# ----------
# The usual steps: counts per ten thousand, the logarithm, and the genes that vary most.

depth = counts.sum(axis=1)
logs = np.log1p(counts.div(depth, axis=0) * 1e4)
variable = logs.var().nlargest(1000).index
cells = logs[variable]

# %%
# Clusters
# --------
# Beside it are k-means and Leiden, the communities of a graph of 15 neighbours, which
# is what packages for single cells use; both work on fifty principal components.
# k-means is told the number of types, too; it cuts large types and joins rare ones.
# Leiden has a resolution instead; at the usual one it leaves the large types whole and
# joins dendritic cells with monocytes, and platelets with NK cells.
#
# That is not so on every table of cells: on the blood cells that are
# :doc:`measured </measured>`, k-means is better.

model = NeighborClustering(7, random_state=0)
labels = model.fit_predict(cells)
components = PCA(50, random_state=0).fit_transform(cells)
graph = kneighbors_graph(components, 15)
graph = igraph.Graph(list(zip(*graph.nonzero(), strict=True))).simplify()
random.seed(0)  # igraph draws from Python's generator
leiden = graph.community_leiden("modularity", n_iterations=-1).membership
for name, found in {
    "NeighborClustering": labels,
    "Leiden": leiden,
    "KMeans": KMeans(7, n_init=10, random_state=0).fit_predict(components),
}.items():
    sizes = sorted(np.bincount(found).tolist(), reverse=True)
    print(f"{name:18} ARI {adjusted_rand_score(types, found):.2f}, sizes {sizes}")
print(f"{'types':29}sizes {pd.Series(types).value_counts().tolist()}")

# %%
# The picture of the cells. ``reducer`` draws the embedding in two dimensions, here by
# t-SNE; ``umap.UMAP()`` works as well, where it is installed.

figure, axes = plt.subplots(1, 2, figsize=(11, 4.2), layout="constrained")
display = EmbeddingDisplay.from_estimator(
    model, cells, reducer=TSNE(random_state=0), ax=axes[0]
)
EmbeddingDisplay(display.points, types).plot(ax=axes[1])
axes[0].set_title("clusters")
axes[1].set_title("types")
plt.show()

# %%
# Marker genes
# ------------
# The profile has the differences of each cluster from all cells, in standard
# deviations. The most raised genes of a cluster are its markers; how many of the
# twenty first were planted says whether to believe them.

profile = cluster_profile(model, cells)
for cluster in range(7):
    raised = profile["difference"].loc[cluster].nlargest(20).index
    kind = pd.Series(types[labels == cluster]).mode()[0]
    planted = {genes[i] for i in markers[kind]}
    for relatives, common in shared.items():
        if kind in relatives:
            planted |= {genes[i] for i in common}
    size = np.sum(labels == cluster)
    print(
        f"{cluster}: {size:4} cells, {', '.join(raised[:4])}, ..."
        f"  {len(planted & set(raised)):2} of 20 mark {kind} cells"
    )

# %%
# The next sample
# ---------------
# New cells go through the same steps, with the genes that were chosen before. Where
# types are as frequent as before, new cells are told apart nearly as well as those of
# training, even if they are sequenced half as deeply. A sample in which every type is
# equally frequent is harder: nearly half of its cells are platelets, dendritic and NK
# cells, of which training saw 20, 40 and 70. From so few cells the borders of a type
# are not well known. The table shows that nearly all mistakes are there: platelets are
# taken for NK cells, some NK cells for platelets, and dendritic cells for monocytes.


def sample(shares, depth):
    """Types of 900 new cells, and their logarithms."""
    drawn = rng.choice(names, 900, p=shares)
    means = depth * np.array([expression[name] for name in drawn])
    new = pd.DataFrame(rng.poisson(rng.gamma(2, means / 2)), columns=genes)
    return drawn, np.log1p(new.div(new.sum(axis=1), axis=0) * 1e4)[variable]


as_before = [np.mean(types == name) for name in names]
for shares, depth in [(as_before, 1200), (as_before, 600), (None, 1200)]:
    drawn, new = sample(shares, depth)
    found = model.predict(new)
    kinds = "equally frequent" if shares is None else "as frequent as before"
    score = adjusted_rand_score(drawn, found)
    print(f"types {kinds}, {depth:4} counts a cell: ARI {score:.2f}")
print(pd.crosstab(pd.Series(drawn, name="type"), pd.Series(found, name="cluster")))
