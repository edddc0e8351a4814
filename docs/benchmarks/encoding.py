"""Ways to make numbers of frames, by how well planted segments are found.

    python docs/benchmarks/encoding.py [--sets customers] [--seeds 10]

runs what is missing in ``results/encoding.csv`` (one row per fit) and writes
``results/encoding.md``. Each seed draws another frame. ``table_encoder`` is compared
with itself where one of its rules is replaced: how numbers are scaled, and what weight
the columns of a category have. ``NeighborClustering`` runs on the first draws only.
"""

import argparse

import numpy as np
import pandas as pd
from harness import Table, run
from sklearn.cluster import KMeans
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from skdeepcluster import NeighborClustering
from skdeepcluster.compose import table_encoder
from skdeepcluster.datasets import make_mixed_table


def customers(seed):
    """Twelve numbers, four categories, a truth value and a date."""
    return make_mixed_table(1000, random_state=seed)


def few_numbers(seed):
    """The same customers, of whom four numbers are known."""
    frame, y = customers(seed)
    known = ["age", "income", "rating", "balance"]
    return frame[[*known, "region", "channel", "plan", "payment", "newsletter"]], y


def mostly_categories(seed):
    """Six categories, and four numbers that say little."""
    rs = np.random.RandomState(seed)
    y = np.repeat(np.arange(4), [400, 300, 200, 100])
    columns = {}
    for i in range(6):
        n_values = rs.randint(3, 7)
        chances = rs.dirichlet(np.full(n_values, 0.3), size=4)
        values = [rs.choice(n_values, p=chances[c]) for c in y]
        columns[f"category{i}"] = np.array([f"value{v}" for v in values], object)
    for i in range(4):
        columns[f"number{i}"] = rs.normal(size=4)[y] * 0.7 + rs.normal(size=len(y))
    return pd.DataFrame(columns), y


def extreme_rows(seed):
    """The customers, and one row in a hundred with 30 times its numbers."""
    frame, y = customers(seed)
    numbers = frame.select_dtypes("number").columns
    rows = np.random.RandomState(seed).permutation(len(y))[: len(y) // 100]
    frame.loc[rows, numbers] *= 30
    return frame, y


SETS = {
    maker.__name__: maker
    for maker in (customers, few_numbers, mostly_categories, extreme_rows)
}
ONE_HOT = OneHotEncoder(
    min_frequency=0.01, handle_unknown="infrequent_if_exist", sparse_output=False
)


class UnitOneHotEncoder(OneHotEncoder):
    """One-hot columns with unit variance in total for each column of the input.

    Less where a rare value would be farther than three from the mean.
    """

    def fit(self, X, y=None):
        super().fit(X)
        coded, start, scales = super().transform(X), 0, []
        for values, few in zip(
            self.categories_, self.infrequent_categories_, strict=True
        ):
            width = len(values) - (0 if few is None else len(few) - 1)
            shares = coded[:, start : start + width].mean(axis=0)
            start += width
            total = (shares * (1 - shares)).sum()
            farthest = np.sqrt(1 - 2 * shares.min() + (shares**2).sum())
            scales += [max(total**0.5, farthest / 3) or 1.0] * width
        self.scale_ = np.array(scales)
        return self

    def transform(self, X):
        return super().transform(X) / self.scale_


def root_of_share(X):
    """Divide each column by the root of its share, as correspondence analysis does."""
    return X / np.sqrt(X.mean(axis=0))


ENCODERS = {
    "table_encoder": {},
    "numbers: standard scores": {
        "numbers__scale": "passthrough",
        "numbers__clip": "passthrough",
    },
    "numbers: arcsinh in place of the clip": {
        "numbers__clip": FunctionTransformer(np.arcsinh)
    },
    "categories: unit variance in total": {
        "categories__onehot": UnitOneHotEncoder(**ONE_HOT.get_params())
    },
    "categories: standard scores": {
        "categories__onehot": make_pipeline(ONE_HOT, StandardScaler())
    },
    "categories: by the root of the share": {
        "categories__onehot": make_pipeline(ONE_HOT, FunctionTransformer(root_of_share))
    },
}
CLUSTERERS = {"KMeans": 10, "NeighborClustering": 2}  # and their draws


def clusterer(name, n_clusters, seed):
    if name == "KMeans":
        return KMeans(n_clusters, n_init=10, random_state=seed)
    return NeighborClustering(n_clusters, random_state=seed)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", nargs="*", default=list(SETS))
    parser.add_argument("--seeds", type=int, default=10)
    args = parser.parse_args()
    methods = [f"{name}, {encoder}" for name in CLUSTERERS for encoder in ENCODERS]
    table = Table("encoding", list(SETS), methods)
    for name, n_draws in CLUSTERERS.items():
        for seed in range(min(n_draws, args.seeds)):
            for key in args.sets:
                frame, y = SETS[key](seed)
                for encoder, params in ENCODERS.items():
                    method = f"{name}, {encoder}"
                    if table.has(key, method, seed):
                        continue
                    pipe = make_pipeline(
                        table_encoder().set_params(**params),
                        clusterer(name, len(np.unique(y)), seed),
                    )
                    table.add(run(key, method, pipe, frame, y), seed=seed)
    table.render()


if __name__ == "__main__":
    main()
