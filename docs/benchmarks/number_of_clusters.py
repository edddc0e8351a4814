"""How often criteria without labels find the number of clusters.

    python docs/benchmarks/number_of_clusters.py

writes ``results/numbers.md``: for tables with planted clusters (three draws each) and
with classes, the number that the stability, the silhouette and ``choose_n_clusters``
choose out of 2 to 12 with k-means, the number that ``NeighborClustering`` finds, and
how often each is right. Labels are used for counting only.
"""

import numpy as np
from harness import RESULTS, setup
from planted import MAKERS, planted
from quality import load
from sklearn.cluster import KMeans

from skdeepcluster import NeighborClustering
from skdeepcluster.compose import table_encoder
from skdeepcluster.datasets import make_mixed_table
from skdeepcluster.model_selection import choose_n_clusters

DRAWS = 3


def tables():
    """Name, rows and labels."""
    for name in MAKERS:
        if name != "moons_and_rings":  # whose clusters are none for k-means
            for seed in range(DRAWS):
                yield name, *planted(name, seed)
    for seed in range(DRAWS):
        frame, y = make_mixed_table(random_state=seed)
        yield "make_mixed_table", table_encoder().fit_transform(frame), y
    for name in ("iris", "wine", "breast_cancer", "digits"):
        yield name, *load(name, None)[:2]


def main():
    found = []
    for name, X, y in tables():
        numbers = choose_n_clusters(KMeans(n_init=3), X, range(2, 13))
        # The number is found before the refinement.
        clusterer = NeighborClustering(None, refine=False, random_state=0)
        chosen = (
            int(numbers.n_clusters[numbers.stability.argmax()]),
            int(numbers.n_clusters[numbers.silhouette.argmax()]),
            numbers.best_n_clusters,
            clusterer.fit(X).n_clusters_,
        )
        found.append((name, len(np.unique(y)), *chosen))
        print(*found[-1], flush=True)
    table = np.array([row[1:] for row in found])
    errors = np.abs(table[:, 1:] - table[:, :1])
    lines = ["# Numbers of clusters", "", f"Measured with {setup()}.", ""]
    lines += [
        "The number out of 2 to 12 that is chosen without labels, with k-means:",
        "where the stability or the silhouette is largest, and by `choose_n_clusters`;",
        "and the number up to 50 that `NeighborClustering(n_clusters=None)` finds.",
        "",
        "| data | clusters | stability | silhouette | `choose_n_clusters` "
        "| `NeighborClustering` |",
        "|---|---|---|---|---|---|",
    ]
    for name in dict.fromkeys(row[0] for row in found):
        rows = [row for row in found if row[0] == name]
        cells = [", ".join(str(row[i]) for row in rows) for i in range(2, 6)]
        lines.append(f"| {name} | {rows[0][1]} | {' | '.join(cells)} |")
    hits = [f"{(e == 0).sum()} of {len(e)}" for e in errors.T]
    lines.append(f"| right |  | {' | '.join(hits)} |")
    lines.append(
        f"| mean error |  | {' | '.join(f'{e:.2f}' for e in errors.mean(0))} |"
    )
    (RESULTS / "numbers.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
