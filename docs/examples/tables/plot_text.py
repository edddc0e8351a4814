"""
Text, from documents to topics
==============================

Documents become tf-idf, a sparse table: as many columns as there are words, and few
entries in each row. It is clustered as it is.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.cluster import KMeans
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import adjusted_rand_score
from sklearn.pipeline import make_pipeline

from skdeepcluster import NeighborClustering
from skdeepcluster.plotting import EmbeddingDisplay

# %%
# Documents
# ---------
# Six topics, some of which are rare. A document has forty words that all topics share,
# and ten of its topic, which has thirty. Words are made up, so that nothing has to be
# downloaded; only the comparison at the end knows the topics.

random = np.random.RandomState(0)
syllables = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]


def make_words(n):
    return np.array(["".join(random.choice(syllables, 3)) for _ in range(n)])


shared = make_words(2000)
frequency = 1 / np.arange(10, 2010)
frequency /= frequency.sum()
vocabularies = [make_words(30) for _ in range(6)]


def write(topic):
    common = random.choice(shared, 40, p=frequency)
    own = random.choice(vocabularies[topic], 10)
    return " ".join(random.permutation([*common, *own]))


topics = np.repeat(np.arange(6), [300, 150, 75, 45, 30, 20])
documents = [write(topic) for topic in topics]
print(documents[0])

# %%
# A sparse table
# --------------

tfidf = TfidfVectorizer(sublinear_tf=True)
X = tfidf.fit_transform(documents)
print(
    f"{X.shape[0]} rows, {X.shape[1]} columns, {X.nnz / np.prod(X.shape):.1%} not zero"
)

# %%
# Clusters
# --------
# Only the proportions of words matter, not the length of a document: rows are compared
# by their cosine. k-means cuts the large topics, and joins the rare ones.

model = NeighborClustering(6, metric="cosine", random_state=0)
pipe = make_pipeline(tfidf, model)
labels = pipe.fit_predict(documents)
of_kmeans = KMeans(6, n_init=10, random_state=0).fit_predict(X)
for name, found in [("NeighborClustering", labels), ("KMeans", of_kmeans)]:
    sizes = sorted(np.bincount(found).tolist(), reverse=True)
    print(f"{name:20} ARI {adjusted_rand_score(topics, found):.2f}, sizes {sizes}")

# %%
# The map, and the words of each cluster
# --------------------------------------
# Words that are more frequent in a cluster than elsewhere say what it is about.

EmbeddingDisplay.from_estimator(model, X)
plt.show()

names = tfidf.get_feature_names_out()
mean = X.mean(axis=0)
for cluster in range(6):
    excess = np.asarray(X[labels == cluster].mean(axis=0) - mean).ravel()
    print(cluster, *names[excess.argsort()[::-1][:6]])

# %%
# New documents
# -------------
# The Pipeline takes text, and words that it has never seen do not matter.

new = [write(topic) + " unheard" for topic in range(6)]
print(pipe.predict(new))
