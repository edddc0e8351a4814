"""How cost grows with rows, columns, clusters and views, and fits larger than memory.

    python docs/benchmarks/scale.py [--parts rows memory files] [--methods IDEC]

runs what is missing in ``results/scale.csv`` and writes ``results/scale.md``. Each fit
has one epoch per stage and a small network, so that the cost of everything except
training is visible. The part ``memory`` fits a file four times as large as the
additional memory allowed to its process; the part ``files`` fits tables that are no
array in memory, and notes in ``results/files.csv`` what the process held at most.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from collections import defaultdict
from pathlib import Path

import numpy as np
import scipy.sparse
from contests import CLASSES
from harness import RESULTS, Log, setup
from sklearn.cluster import KMeans
from sklearn.feature_extraction.text import TfidfTransformer

from skdeepcluster import IDEC, Autoencoder, NeighborClustering

#: Dimension of latents that suits a small network.
COMPONENTS = {"ContrastiveClustering": 32, "EAMC": 32, "DM2C": 8}
METHODS = {
    name: cls(n_components=COMPONENTS[name]) if name in COMPONENTS else cls()
    for name, cls in CLASSES.items()
}
#: Part -> sizes; the rest of a table is 10 000 x 20, 5 clusters, 2 views.
PARTS = {
    "rows": [1_000, 10_000, 100_000, 1_000_000],
    "columns": [10, 100, 1_000, 10_000],
    "clusters": [2, 10, 100, 1_000],
    "views": [2, 4, 8, 12],
    "predict": [10_000, 100_000, 1_000_000, 10_000_000],
    "memory": [384],
}
MULTIVIEW = ("EAMC", "DM2C")
COLUMNS = ["part", "method", "size", "seconds", "setup"]
FILES = {
    ("tf-idf, sparse, 20,000 x 50,000", "sparse"): ["NeighborClustering"],
    ("Parquet, 10 files, 10,000,000 x 64", "parquet"): ["Autoencoder"],
}
FILE_COLUMNS = ["table", "method", "seconds", "gigabytes", "setup"]


def table(n_rows, n_columns, n_clusters, only_one_of=1):
    """Overlapping blobs, so that labels do not converge at once.

    Each row has one of ``only_one_of`` views.
    """
    random = np.random.RandomState(0)
    centers = 2 * random.normal(size=(n_clusters, n_columns))
    X = random.normal(size=(n_rows, n_columns)).astype(np.float32)
    X += centers[random.randint(n_clusters, size=n_rows)].astype(np.float32)
    for view, columns in enumerate(np.array_split(np.arange(n_columns), only_one_of)):
        X[np.ix_(np.arange(n_rows) % only_one_of != view, columns)] = np.nan
    return X


def clusterer(method, n_clusters=5, views=2):
    """A copy with a small network that is trained for one epoch per stage."""
    estimator = METHODS[method]
    params = {
        "hidden_layer_sizes": (64,),
        "max_iter": 1,
        "pretrain_epochs": 1,
        "n_clusters": n_clusters,
        "views": views,
        "random_state": 0,
    }
    known = estimator.get_params()
    own = {name: value for name, value in params.items() if name in known}
    return type(estimator)(**{**known, **own})


def measure(part, method, size):
    """Seconds of one fit, or of one transform."""
    if part == "memory":
        return fit_beyond_memory(method, size)
    n_rows = {"rows": size, "columns": 1_000}.get(part, 10_000)
    n_columns = {"columns": size, "views": 48}.get(part, 20)
    n_clusters = size if part == "clusters" else 5
    views = size if part == "views" else 2
    X = table(n_rows, n_columns, n_clusters, views if method == "DM2C" else 1)
    estimator = clusterer(method, n_clusters, views)
    if part == "predict":
        estimator.fit(X[:1_000])
        X = np.resize(X, (size, n_columns))
    started = time.perf_counter()
    estimator.transform(X) if part == "predict" else estimator.fit(X)
    return time.perf_counter() - started


def fit_beyond_memory(method, limit):
    """Seconds of a fit and a transform in a separate process."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "X.npy"
        n_rows = 4 * limit * 2**20 // (4 * 1_600)
        X = np.lib.format.open_memmap(path, "w+", np.float32, (n_rows, 1_600))
        for start in range(0, n_rows, 10_000):
            n = min(10_000, n_rows - start)
            X[start : start + n] = table(n, 1_600, 5, 2 if method == "DM2C" else 1)
        del X
        run = [sys.executable, __file__, "--within", str(limit), str(path), method]
        return json.loads(subprocess.check_output(run, text=True))


def within(limit, path, method):
    """Fit a file with limited private memory, in MiB in addition to the libraries."""
    X = np.load(path, mmap_mode="r")
    clusterer(method).fit(np.array(X[:500]))  # trigger lazy imports
    used = int(status()["VmData"].split()[0]) * 1024
    resource.setrlimit(resource.RLIMIT_DATA, (used + limit * 2**20,) * 2)
    started = time.perf_counter()
    clusterer(method).fit(X).transform(X)
    print(json.dumps(time.perf_counter() - started))


def write_parquet(folder):
    """A folder of Parquet files, all with the same rows."""
    from pyarrow import parquet
    from pyarrow import table as arrow

    X = table(1_000_000, 64, 5)
    columns = arrow({f"column{j}": X[:, j] for j in range(X.shape[1])})
    for number in range(10):
        path = folder / f"{number}.parquet"
        parquet.write_table(columns, path, row_group_size=65_536)


def write_sparse(folder):
    """Documents of five topics, with the frequencies of words in natural texts."""
    random = np.random.RandomState(0)
    frequency = 1 / np.arange(1, 50_001)
    words = []
    for _ in range(5):
        # Half of the words are of the topic.
        mixed = frequency + frequency[random.permutation(50_000)]
        words.append(random.choice(50_000, 4_000 * 100, p=mixed / mixed.sum()))
    ends = np.arange(0, 20_001 * 100, 100)
    counts = scipy.sparse.csr_array(
        (np.ones(ends[-1], np.float32), np.concatenate(words), ends),
        shape=(20_000, 50_000),
    )
    counts.sum_duplicates()
    tfidf = TfidfTransformer().fit_transform(counts)
    scipy.sparse.save_npz(folder / "X.npz", tfidf)


def fit_files(kind, method):
    """Seconds that a fit keeps a core busy, and the most memory that its process held.

    Seconds of the clock depend on what else the machine does in these minutes.
    """
    with tempfile.TemporaryDirectory() as folder:
        {"parquet": write_parquet, "sparse": write_sparse}[kind](Path(folder))
        run = [sys.executable, __file__, "--files", kind, folder, method]
        return json.loads(subprocess.check_output(run, text=True))


def fit_of_files(kind, folder, method):
    """Fit what was written."""
    if kind == "parquet":
        from pyarrow import dataset, set_cpu_count

        set_cpu_count(1)
        X = dataset.dataset(folder)
    else:
        X = scipy.sparse.load_npz(Path(folder) / "X.npz")
    small = {"max_iter": 1, "hidden_layer_sizes": (64,), "random_state": 0}
    model = {
        "Autoencoder": Autoencoder(**small),
        "IDEC": IDEC(5, pretrain_epochs=1, **small),
        "NeighborClustering": NeighborClustering(5, metric="cosine", **small),
    }[method]
    started = time.process_time()
    model.fit(X)
    seconds = time.process_time() - started
    peak = int(status()["VmHWM"].split()[0]) * 1024
    print(json.dumps([seconds, peak / 1e9]))


def status():
    """What the system knows about this process."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return dict(line.split(":") for line in lines)


def render(rows, files):
    """Seconds by size, and the exponent between the two largest sizes."""
    measured = defaultdict(dict)
    for row in rows:
        measured[row["part"], row["method"]][int(row["size"])] = float(row["seconds"])
    lines = ["# Scale", "", *sorted({f"Measured with {r['setup']}." for r in rows})]
    lines += [
        "",
        "Seconds of a fit with one epoch a stage (of `transform` in the part",
        "`predict`), 10 000 x 20 rows in 5 clusters where nothing else is said, hidden",
        "layers (64,). The exponent is that between the two largest sizes: 1 is",
        "proportional. Sizes of `memory` are MiB that the process may add, for a",
        "float32 file of four times as many.",
    ]
    for part, sizes in PARTS.items():
        methods = [m for p, m in measured if p == part]
        if not methods:
            continue
        head = [f"{size:,}" for size in sizes]
        lines += ["", f"## {part}", "", f"| method | {' | '.join(head)} | exponent |"]
        lines.append("|---" * (len(sizes) + 2) + "|")
        for method in dict.fromkeys(methods):
            seconds = measured[part, method]
            cells = [f"{seconds[s]:.2f}" if s in seconds else "" for s in sizes]
            cells.append(exponent({s: seconds[s] for s in sizes if s in seconds}))
            lines.append(f"| {method} | {' | '.join(cells)} |")
    lines += [
        "",
        "## files",
        "",
        "Fits of tables that are no array in memory: seconds of one core, and the most",
        "memory that the process held (GB, libraries included). Row groups of the",
        "Parquet files have 65,536 rows.",
        "",
        "| table | method | seconds | GB |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {row['table']} | {row['method']} | {float(row['seconds']):.0f} | "
        f"{float(row['gigabytes']):.2f} |"
        for row in files
    ]
    (RESULTS / "scale.md").write_text("\n".join(lines) + "\n")


def exponent(seconds):
    if len(seconds) < 2:
        return ""
    (small, one), (large, other) = sorted(seconds.items())[-2:]
    return f"{np.log(other / one) / np.log(large / small):.2f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parts", nargs="*", default=[*PARTS, "files"])
    parser.add_argument("--methods", nargs="*", default=["KMeans", *METHODS])
    parser.add_argument("--within", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--files", nargs=3, help=argparse.SUPPRESS)
    args = parser.parse_args()
    warnings.simplefilter("ignore")  # one epoch is too short to find clusters
    if args.within:
        within(int(args.within[0]), *args.within[1:])
        return
    if args.files:
        fit_of_files(*args.files)
        return
    clusterer("IDEC").fit(table(100, 20, 5))  # trigger lazy imports
    METHODS["KMeans"] = KMeans(n_init=1)
    log = Log("scale", COLUMNS)
    done = {(row["part"], row["method"], int(row["size"])) for row in log.rows}
    for part in [part for part in args.parts if part in PARTS]:
        for size in PARTS[part]:
            for method in args.methods:
                pointless = (part == "views" and method not in MULTIVIEW) or (
                    part in ("predict", "memory") and method == "KMeans"
                )
                if pointless or (part, method, size) in done:
                    continue
                seconds = round(measure(part, method, size), 3)
                values = (part, method, size, seconds, setup())
                log.add(dict(zip(COLUMNS, values, strict=True)))
    files = Log("files", FILE_COLUMNS)
    done = {(row["table"], row["method"]) for row in files.rows}
    for (title, kind), methods in FILES.items() if "files" in args.parts else ():
        for method in methods:
            if (title, method) not in done:
                found = [round(value, 3) for value in fit_files(kind, method)]
                values = (title, method, *found, setup())
                files.add(dict(zip(FILE_COLUMNS, values, strict=True)))
    render(log.rows, files.rows)


if __name__ == "__main__":
    main()
