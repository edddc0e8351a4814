"""Tables of the documentation, made from the files that the benchmarks have written."""

import csv
from collections import defaultdict
from pathlib import Path

import numpy as np

BENCHMARKS = Path(__file__).parent / "benchmarks"

NAMES = {
    "breast_cancer": "breast cancer",
    "coil20": "COIL-20",
    "mnist": "MNIST",
    "mnist_10k": "MNIST, 10 000 rows",
    "mv_bdgp": "BDGP",
    "mv_handwritten": "handwritten",
    "mv_mnist_usps": "MNIST-USPS",
    "mv_wikipedia": "Wikipedia",
    "noisy_mnist": "NoisyMNIST, 10 000 rows",
    "sc_10x_pbmc": "10X PBMC",
    "usps": "USPS",
}

#: Page -> file of results, and the methods beside the reference ones.
PAGES = {
    "autoencoder": (
        "quality",
        ["Autoencoder + KMeans", "sparse Autoencoder + KMeans"],
    ),
    "dec": ("quality", ["DEC", "DEC, augmented"]),
    "idec": ("quality", ["IDEC", "IDEC, augmented"]),
    "dssec": ("quality", ["DSSEC", "DSSEC, augmented"]),
    "contrastive": (
        "quality",
        [
            "ContrastiveClustering",
            "ContrastiveClustering, not augmented",
            "ContrastiveClustering, cluster head only",
            "ContrastiveClustering, instance head only + KMeans",
            "ContrastiveClustering, convolutional",
        ],
    ),
    "dac": (
        "quality",
        [
            "DAC",
            "DAC, all pairs from the start",
            "DAC, published setting",
            "DAC, convolutional",
            "DAC, convolutional, all pairs from the start",
        ],
    ),
    "dm2c": (
        "mixed",
        [
            "KMeans, each modality",
            "KMeans, each modality, matched by labels",
            "IDEC, each modality",
            "IDEC, each modality, matched by labels",
            "DM2C",
            "DM2C, no alignment",
            "DM2C, no alignment, with critics",
            "DM2C, with critics",
            "DM2C, no cycle",
            "DM2C, one encoder",
            "DM2C, five encoders",
            "DM2C, encoders learn on",
            "DM2C, reconstruction as pretraining",
            "DM2C, published setting",
            "DM2C, published setting, no critics",
        ],
    ),
}
REFERENCES = {
    "quality": ["KMeans", "SpectralClustering"],
    "mixed": ["KMeans, missing views imputed"],
}
SETS = {
    "quality": [
        *("digits", "wine", "breast_cancer", "pendigits", "sc_10x_pbmc"),
        *("usps", "coil20", "mnist_10k", "mnist"),
    ],
    "mixed": ["digits in halves", "mv_wikipedia", "mv_mnist_usps"],
}


def read(name):
    """Rows of a results file, or of the published figures, by set and method."""
    groups = defaultdict(list)
    with (BENCHMARKS / name).open(newline="") as file:
        for row in csv.DictReader(file):
            groups[row["set"], row["method"]].append(row)
    return groups


def comparison(page):
    """Measured and published figures of the methods of a page, as Markdown."""
    name, methods = PAGES[page]
    measured, published = read(f"results/{name}.csv"), read("published.csv")
    lines = ["| data | method | ACC | NMI | seeds | published ACC / NMI |"]
    lines.append("|---|---|---|---|---|---|")
    for data in SETS[name]:
        if not any((data, method) in measured for method in methods):
            continue
        for method in REFERENCES[name] + methods:
            if (data, method) not in measured:
                continue
            figures = [spread(measured[data, method], m) for m in ("acc", "nmi")]
            n_seeds = len(measured[data, method])
            said = [paper(row) for row in published.get((data, method), [])]
            cells = [NAMES.get(data, data), method, *figures, str(n_seeds), *said]
            lines.append("| " + " | ".join(cells) + (" |" if said else " | |"))
    return "\n".join(lines) + "\n"


def pairs_curve():
    """DM2C by the share of rows that are seen in both modalities."""
    measured = read("results/mixed.csv")
    shares = ["", ", 1% in both", ", 5% in both", ", 20% in both"]
    lines = ["| data | no pairs | 1 % | 5 % | 20 % |", "|---|---|---|---|---|"]
    for data in SETS["mixed"]:
        cells = [NAMES.get(data, data)]
        for share in shares:
            rows = measured[data + share, "DM2C"]
            cells.append(f"{mean(rows, 'acc'):.3f} / {mean(rows, 'nmi'):.3f}")
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def spread(rows, metric):
    """Mean, and standard deviation where there are several seeds."""
    values = [float(row[metric]) for row in rows]
    middle = f"{np.mean(values):.3f}"
    return middle if len(values) == 1 else f"{middle} ± {np.std(values):.3f}"


def mean(rows, metric):
    return np.mean([float(row[metric]) for row in rows])


def paper(row):
    """A published figure with the number of its source."""
    figures = " / ".join(row[m] for m in ("acc", "nmi") if row[m])
    return f"{figures} [{row['source']}]"


def write(folder):
    """All tables, into a folder that is not kept."""
    folder.mkdir(exist_ok=True)
    for page in PAGES:
        (folder / f"{page}.md").write_text(comparison(page))
    (folder / "pairs.md").write_text(pairs_curve())
