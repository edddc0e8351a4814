"""Common parts of the benchmarks: timing, scores and result files."""

import csv
import platform
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
import sklearn
import torch
from names import display_name
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

import skdeepcluster
from skdeepcluster.metrics import clustering_accuracy_score

RESULTS = Path(__file__).parent / "results"
COLUMNS = ["set", "method", "seed", "acc", "nmi", "ari", "seconds", "epochs", "setup"]


def setup(device="cpu"):
    """Versions, and the machine."""
    place = f"{platform.machine()}, {torch.get_num_threads()} threads"
    if torch.device(device).type == "cuda":
        place = torch.cuda.get_device_name(device)
    return (
        f"skdeepcluster {skdeepcluster.__version__}, torch {torch.__version__}, "
        f"scikit-learn {sklearn.__version__}, {place}"
    )


def run(name, method, clusterer, X, y):
    """Fit and score; the seconds of a network are those of its epochs.

    If pretraining comes from memory, the time it originally took is counted.
    """
    started = time.perf_counter()
    labels = clusterer.fit_predict(X)
    seconds = time.perf_counter() - started
    steps = getattr(clusterer, "steps", [("", clusterer)])
    history = [row for _, s in steps for row in getattr(s, "history_", [])]
    if history:
        seconds = max(seconds, sum(row["seconds"] for row in history))
    return {
        "set": name,
        "method": method,
        **scores(y, labels),
        "seconds": round(seconds, 1),
        "epochs": len(history),
        "setup": setup(),
    }


def scores(y, labels):
    """Scores of labels."""
    return {
        # Rows that a method calls noise are one more cluster, as for the others.
        "acc": round(clustering_accuracy_score(y, labels, noise_label=None), 4),
        "nmi": round(normalized_mutual_info_score(y, labels), 4),
        "ari": round(adjusted_rand_score(y, labels), 4),
    }


class Log:
    """Result rows in a CSV file, written immediately.

    Parameters
    ----------
    name : str
        Name of the file in ``results``.
    columns : list of str
    """

    def __init__(self, name, columns):
        RESULTS.mkdir(exist_ok=True)
        self.path = RESULTS / f"{name}.csv"
        self.columns = columns
        self.rows = []
        if self.path.exists():
            with self.path.open(newline="") as file:
                self.rows = list(csv.DictReader(file))

    def add(self, row):
        new = not self.path.exists()
        with self.path.open("a", newline="") as file:
            writer = csv.DictWriter(file, self.columns)
            if new:
                writer.writeheader()
            writer.writerow(row)
        self.rows.append(row)
        print(*[row[c] for c in self.columns if c != "setup"], sep="  ", flush=True)


class Table(Log):
    """Scores of fits, one per row, and their means in a Markdown file.

    Parameters
    ----------
    name : str
        Name of the files in ``results``.
    sets, methods : list of str
        The order in which they are shown.
    """

    def __init__(self, name, sets, methods):
        super().__init__(name, COLUMNS)
        self.title = display_name(name).capitalize()
        self.sets = sets
        self.methods = methods

    def has(self, name, method, seed):
        return any(self._key(row) == (name, method, seed) for row in self.rows)

    def add(self, row, seed):
        super().add({**row, "seed": seed})

    def render(self, summary=()):
        """Lines of a summary, and the table of means and standard deviations."""
        groups = defaultdict(list)
        for row in sorted(self.rows, key=self._place):
            groups[row["set"], row["method"]].append(row)
        lines = [f"# {self.title}", ""]
        lines += sorted({f"Measured with {row['setup']}." for row in self.rows})
        lines += summary
        last = None
        for (name, method), group in groups.items():
            if name != last:
                lines += ["", f"## {display_name(name)}", ""]
                lines += ["| method | ACC | NMI | ARI | seconds | seeds |"]
                lines += ["|---|---|---|---|---|---|"]
                last = name
            cells = []
            for metric in ("acc", "nmi", "ari"):
                values = np.array([float(row[metric]) for row in group])
                cells.append(f"{values.mean():.3f} ± {values.std():.3f}")
            seconds = np.median([float(row["seconds"]) for row in group])
            lines.append(
                f"| {method} | {' | '.join(cells)} | {seconds:.0f} | {len(group)} |"
            )
        self.path.with_suffix(".md").write_text("\n".join(lines) + "\n")

    def _key(self, row):
        return row["set"], row["method"], int(row["seed"])

    def _place(self, row):
        name, method, seed = self._key(row)
        return self.sets.index(name), self.methods.index(method), seed


def seconds(function):
    """Duration of a call, including the work that it has started on a GPU."""
    started = time.perf_counter()
    function()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter() - started


def least(arms, rounds):
    """Least seconds of each arm over rounds in which the arms take turns.

    An arm is a callable that returns its seconds.
    """
    times = {name: [] for name in arms}
    for _ in range(rounds):
        for name, arm in arms.items():
            times[name].append(arm())
    return {name: min(values) for name, values in times.items()}
