"""
Few labels, many rows
=====================

With ``transform``, an estimator can be used before a classifier: the embedding is
learned from all rows, the classifier from the few that have labels.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

from skdeepcluster import ContrastiveClustering

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X / 16, y, random_state=0)
contrast = ContrastiveClustering(10, max_iter=60, random_state=0).fit(X_train)

# %%
# Accuracy on rows that neither has seen, over ten draws of the labelled rows.

numbers = [10, 20, 40, 80, 160, 320]
spaces = {
    "pixels": (X_train, X_test),
    "embedding": (contrast.transform(X_train), contrast.transform(X_test)),
}
figure, ax = plt.subplots(figsize=(6, 4), layout="constrained")
for name, (train, test) in spaces.items():
    accuracy = []
    for n_labels in numbers:
        scores = []
        for seed in range(10):
            # The same number of each digit.
            order = np.random.RandomState(seed).permutation(len(train))
            digits = (order[y_train[order] == digit] for digit in range(10))
            rows = np.concatenate([members[: n_labels // 10] for members in digits])
            classifier = LogisticRegression(max_iter=2000).fit(
                train[rows], y_train[rows]
            )
            scores.append(classifier.score(test, y_test))
        accuracy.append(np.mean(scores))
    ax.plot(numbers, accuracy, "o-", label=name)
    print(f"{name:10}", *(f"{value:.3f}" for value in accuracy))
ax.set(xscale="log", xlabel="rows with labels", ylabel="accuracy")
ax.set_xticks(numbers, map(str, numbers), minor=False)
ax.minorticks_off()
ax.legend()
plt.show()
