"""
Customers, from the file to next month's file
=============================================

A table as it is read from a file: numbers of several scales, categories, a date, an
identifier, holes, rows that occur twice, and an income with four zeros too many. It
becomes segments, a description of each, and a model that takes the next file.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score
from sklearn.pipeline import make_pipeline

from skdeepcluster import NeighborClustering
from skdeepcluster.compose import table_encoder
from skdeepcluster.datasets import make_mixed_table
from skdeepcluster.model_selection import choose_n_clusters
from skdeepcluster.plotting import ClusterNumbersDisplay, ProfileDisplay
from skdeepcluster.profile import cluster_profile

# %%
# The file. Its segments are planted; only the comparisons that are printed use them.

frame, segments = make_mixed_table(1300, random_state=0)
customers, later = frame[:1000], frame[1000:].copy()
print(customers.iloc[:3, :8].to_string())
print(customers.dtypes.value_counts().to_string())

# %%
# As numbers
# ----------
# ``table_encoder`` decides what each column is. The identifier is left out, and the
# currency, which is the same everywhere.

encoder = table_encoder().set_output(transform="pandas")
encoded = encoder.fit_transform(customers)
used = [name for _, _, names in encoder.transformers_[:-1] for name in names]
print(f"{customers.shape[1]} columns become {encoded.shape[1]}")
print("left out:", [name for name in customers if name not in used])

# %%
# How many segments?
# ------------------
# k-means is quick enough to try many numbers. Stability and silhouette agree here; they
# need not, and small segments are the first they miss.

numbers = choose_n_clusters(
    make_pipeline(table_encoder(), KMeans(n_init=3)), customers, range(2, 9)
)
print(numbers.to_frame().round(2).to_string())
ClusterNumbersDisplay(numbers).plot()
plt.show()

# %%
# The segments
# ------------
# The model is a Pipeline that takes the raw frame.

model = make_pipeline(table_encoder(), NeighborClustering(5, random_state=0))
plain = make_pipeline(table_encoder(), KMeans(5, n_init=10, random_state=0))
for name, pipe in {"NeighborClustering": model, "KMeans": plain}.items():
    found = pipe.fit_predict(customers)
    print(f"{name:18} ARI {adjusted_rand_score(segments[:1000], found):.2f}")

# %%
# What is this segment?
# ---------------------
# The profile uses the columns of the file. ``distinguishing`` names those in which a
# segment differs most from all customers.

profile = cluster_profile(model, customers)
print(profile["cluster"][["size", "share", "confidence"]].round(2).to_string())
for segment, names in profile["cluster"]["distinguishing"].drop("all").items():
    print(segment, "; ".join(names))

# %%
# Means and shares are in the cells, differences in standard deviations in the colours.

figure, ax = plt.subplots(figsize=(7.5, 6.5), layout="constrained")
ProfileDisplay(profile).plot(n_columns=18, ax=ax)
plt.show()

# %%
# Typical customers of the largest segment, as they are in the file:

largest = profile["cluster"]["size"].drop("all").idxmax()
rows = list(profile.loc[largest, ("cluster", "typical")])
print(customers.loc[rows, ["age", "income", "region", "plan", "joined"]].to_string())

# %%
# Next month's file
# -----------------
# It has a new region, a column without values, a new column, and ten rows of another
# kind of customer.

later.loc[later.index[:20], "region"] = "abroad"
later["balance"] = np.nan
later["campaign"] = "spring"
strangers = later.index[-10:]
later.loc[strangers, "age"] = 7
later.loc[strangers, ["visits", "orders", "minutes_online"]] *= 20
later.loc[strangers, ["rating", "discount", "share_returned"]] = 0

labels = model.predict(later)
known = ~later.index.isin(strangers)
print(f"ARI {adjusted_rand_score(segments[1000:][known], labels[known]):.2f}")

# %%
# Every row gets a segment, even the strangers. How far a row is from all that the model
# was trained on is another question, and ``outlier_score`` answers it: 99 % of the
# training rows score at most 1.

score = model[-1].outlier_score(model[:-1].transform(later))
labels = np.where(score > 1, -1, labels)
print(f"strangers:        {np.mean(labels[~known] == -1):.0%} belong nowhere")
print(f"other customers:  {np.mean(labels[known] == -1):.0%}")
