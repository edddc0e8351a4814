"""Tables of the documentation, made from the result files of the benchmarks."""

import csv
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

BENCHMARKS = Path(__file__).parent / "benchmarks"

sys.path.append(str(BENCHMARKS))

from names import display_name  # noqa: E402

#: Page -> result file, and the methods in addition to the reference ones.
PAGES = {
    "autoencoder": (
        "quality",
        [
            "Autoencoder + KMeans",
            "Autoencoder + KMeans, published network",
            "sparse Autoencoder + KMeans, published network",
        ],
    ),
    "dec": (
        "quality",
        ["DEC", "DEC, published network", "DEC, layer-wise", "DEC, augmented"],
    ),
    "idec": (
        "quality",
        [
            "IDEC",
            "IDEC, neighbors",
            "IDEC, published network",
            "IDEC, layer-wise",
            "IDEC, augmented",
        ],
    ),
    "dssec": ("quality", ["DSSEC", "DSSEC, published network", "DSSEC, augmented"]),
    "dcn": ("quality", ["DCN", "DCN, neighbors"]),
    "dkm": ("quality", ["DKM", "DKM, annealed", "DKM, neighbors"]),
    "vade": ("quality", ["VaDE", "VaDE, neighbors", "VaDE, published setting"]),
    "iic": (
        "quality",
        [
            "IIC",
            "IIC, clusters of equal size",
            "IIC, no fine clusters",
            "IIC, augmented copies",
            "IIC, convolutional",
        ],
    ),
    "pica": (
        "quality",
        ["PICA", "PICA, clusters of equal size", "PICA, convolutional, 60 epochs"],
    ),
    "contrastive": (
        "quality",
        [
            "ContrastiveClustering",
            "ContrastiveClustering, augmented copies",
            "ContrastiveClustering, not augmented",
            "ContrastiveClustering, cluster head only",
            "ContrastiveClustering, instance head only + KMeans",
            "ContrastiveClustering, convolutional",
            "ContrastiveClustering, convolutional, bfloat16",
            "ContrastiveClustering, convolutional, digits preset",
        ],
    ),
    "dac": (
        "quality",
        [
            "DAC",
            "DAC, no neighbors",
            "DAC, all pairs from the start",
            "DAC, no constraint",
            "DAC, published setting, trained normalisation",
            "DAC, convolutional",
            "DAC, convolutional, fixed normalisation",
            "DAC, convolutional, normalisation fixed in the head",
            *(
                f"DAC, convolutional{scales}{rest}"
                for scales in ("", ", trained normalisation")
                for rest in (
                    ", pairs not augmented",
                    ", all pairs from the start",
                    ", digits preset",
                    ", three starts",
                    ", no constraint",
                    ", 20 epochs, bfloat16",
                    ", published setting",
                    ", published setting, all pairs from the start",
                    ", published setting, 20 epochs",
                )
            ),
            "DAC, convolutional, trained normalisation",
        ],
    ),
    "neighbor": (
        "quality",
        [
            "NeighborClustering",
            "NeighborClustering, not refined",
            *(f"NeighborClustering, {n} neighbors" for n in (5, 10, 30)),
            "NeighborClustering, number of clusters found",
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
#: Sources of the published figures, by their number in ``published.csv``.
SOURCES = {
    "1": "Readme of the DEC-keras re-implementation, means of ten runs; fully "
    "connected, without augmentation.",
    "2": "Abstract of the paper of DAC, all 70 000 rows.",
    "3": "Poster of the authors of DM2C, on other features.",
    "4": "A re-run of DM2C by the authors of a later method (another protocol; that "
    "method's own figures there are .755 / .692).",
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
    sources = set()
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
            sources |= {row["source"] for row in published.get((data, method), [])}
            cells = [display_name(data), method, *figures, str(n_seeds), *said]
            lines.append("| " + " | ".join(cells) + (" |" if said else " | |"))
    for number in sorted(sources):
        lines += ["", f"[{number}] {SOURCES[number]}"]
    return "\n".join(lines) + "\n"


def pairs_curve():
    """DM2C by the share of rows that are observed in both modalities."""
    measured = read("results/mixed.csv")
    shares = ["", ", 1% in both", ", 5% in both", ", 20% in both"]
    lines = ["| data | no pairs | 1 % | 5 % | 20 % |", "|---|---|---|---|---|"]
    for data in SETS["mixed"]:
        cells = [display_name(data)]
        for share in shares:
            rows = measured[data + share, "DM2C"]
            cells.append(pair(rows))
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def masks_table():
    """DM2C on several masks, and what a perfect matching would give."""
    shown = ["acc", "nmi", "first", "second", "matched_by_labels", "support"]
    names = ["ACC", "NMI", "MNIST alone", "USPS alone", "matched by labels", "support"]
    rows = [row for group in read("results/masks.csv").values() for row in group]
    lines = ["| mask | " + " | ".join(names) + " |", "|---" * 7 + "|"]
    for row in sorted(rows, key=lambda row: int(row["seed"])):
        cells = [row["seed"], *(f"{float(row[c]):.3f}" for c in shown)]
        lines.append("| " + " | ".join(cells) + " |")
    cells = [spread(rows, c) for c in shown]
    return "\n".join([*lines, "| all | " + " | ".join(cells) + " |"]) + "\n"


def dssec_parameters():
    """DSSEC by its parameters, one at a time, and k-means on principal components."""
    measured = read("results/parameters.csv")
    sets = ["digits", "usps_3k"]
    heads = [f"{display_name(name)}, {m}" for name in sets for m in ("ACC", "NMI")]
    lines = ["| | " + " | ".join(heads) + " |", "|---" * (len(heads) + 1) + "|"]
    for data, method in measured:
        if data == sets[-1]:
            rows = [measured[name, method] for name in sets]
            cells = [spread(group, m) for group in rows for m in ("acc", "nmi")]
            lines.append(f"| {method} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def dac_tables():
    """DAC and k-means by numbers of clusters and rows, and sizes of classes."""
    measured = read("results/parameters.csv")
    lines = ["| | DAC, ACC | NMI | KMeans, ACC | NMI |", "|---" * 5 + "|"]
    for data, method in measured:
        name, _, number = method.partition(", ")
        if name == "DAC":
            rows = (
                measured[data, method],
                measured[data, method.replace("DAC", "KMeans")],
            )
            cells = [spread(group, m) for group in rows for m in ("acc", "nmi")]
            title = ", ".join([data, number or "10 clusters"])
            lines.append(f"| {title} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


VIEW_SETS = [
    "mv_handwritten",
    "mv_bdgp",
    "mv_wikipedia",
    "mv_mnist_usps",
    "noisy_mnist",
]
#: The ablation of EAMC that is pretrained by reconstruction.
OF_RECONSTRUCTION = {
    "no adversary": "no adversary",
    "strong adversary": "strong adversary (weight 10)",
    "no attention": "no attention",
    "separation alone": "D_sc alone",
    "simplex alone": "D_sim alone",
    "regularization alone": "D_reg alone",
    "no contrast in the pretraining": "no contrast in the pretraining",
    "head not pretrained": "head not pretrained",
    "no pretraining": "no pretraining",
    "neither pretraining": "neither pretraining",
    "pretraining alone": "pretraining and nothing else",
}
SHOWN = {
    "KMeans": "k-means, concatenated",
    "KMeans, views of equal weight": "k-means, views of equal weight",
    "IDEC": "`IDEC`, concatenated",
    "ContrastiveClustering": "`ContrastiveClustering`, concatenated",
    "SpectralClustering, views of equal weight": "spectral, views of equal weight",
    "UMAP + mixture, views of equal weight": "UMAP + mixture, views of equal weight",
    "NeighborClustering": "`NeighborClustering(views=...)`",
    "EAMC": "`EAMC`",
    "EAMC, no adversary": "no adversary",
    "EAMC, no attention": "no attention",
    "EAMC, k-means before the head": "k-means before the head",
    "EAMC, pretraining alone": "pretraining and head alone",
    "EAMC by reconstruction": "by reconstruction",
    **{
        f"EAMC by reconstruction, {arm}": f"by reconstruction, {title}"
        for arm, title in OF_RECONSTRUCTION.items()
    },
    "EAMC, published setting": "published setting",
    "EAMC, published setting, views in [0, 1]": "published setting, views in [0, 1]",
}


PLANTED_VIEWS = {
    "gaussians": "clusters that overlap in each of three views",
    "unequal": "540, 45 and 15 rows, two views",
    "counts": "term counts of two vocabularies",
    "few_rows": "30 clusters of 8 rows, three views",
    "one_good_view": "one view, and two of noise",
    "noise_view": "two views, and one of noise",
    "weak_view": "a clear view, and one in which clusters overlap",
    "many_views": "thirty views that tell little each",
}


#: What is compared with EAMC, and EAMC; its ablation follows.
COMPARED = [*SHOWN][:8]

#: On the pages of the relatives of EAMC: what they are compared with, and their arms.
RELATIVES = {method: SHOWN[method] for method in (COMPARED[1], COMPARED[6], "EAMC")}
COMVC = {
    "CoMVC": "`CoMVC`",
    "CoMVC, no contrast": "no contrast (SiMVC)",
    "CoMVC, published setting": "published setting",
}
DAMC = {
    "KMeans": SHOWN["KMeans"],
    "DAMC": "`DAMC`",
    **{
        f"DAMC, {arm}": arm
        for arm in (
            "no adversary",
            "strong adversary",
            "no sharpening",
            "pretraining alone",
        )
    },
}
DCCA = {
    "KMeans": SHOWN["KMeans"],
    "DCCA + KMeans": "`DCCA` + k-means",
    **{
        f"DCCA + KMeans, {arm}": arm
        for arm in ("no noise", "no reconstruction", "neither", "10 components")
    },
}


def views_table(methods, sets=VIEW_SETS):
    """Methods on multi-view data sets."""
    measured = read("results/multiview.csv")
    lines = ["| | " + " | ".join(display_name(data) for data in sets) + " |"]
    lines.append("|---" * (len(sets) + 1) + "|")
    for method, title in methods.items():
        cells = [pair(measured.get((data, method))) for data in sets]
        if any(cells):
            lines.append(f"| {title} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def planted_views_table():
    """NMI of bare defaults on planted tables of several views."""
    measured = read("results/multiview.csv")
    methods = [COMPARED[1], *COMPARED[4:]]
    lines = ["| | " + " | ".join(SHOWN[method] for method in methods) + " |"]
    lines.append("|---" * (len(methods) + 1) + "|")
    for name, title in PLANTED_VIEWS.items():
        cells = [
            f"{mean(measured[name, method], 'nmi'):.3f}"
            if (name, method) in measured
            else ""
            for method in methods
        ]
        lines.append(f"| {title} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def missing_views_table():
    """EAMC and the better k-means by the share of rows that lack a view."""
    measured = read("results/multiview.csv")
    sets = VIEW_SETS[:-1]
    lines = ["| missing | " + " | ".join(display_name(data) for data in sets) + " |"]
    lines.append("|---" * (len(sets) + 1) + "|")
    kinds = {
        "k-means": [*SHOWN][:2],
        "`EAMC`": ["EAMC"],
        "`NeighborClustering`": ["NeighborClustering"],
        "classes given": ["classes of complete rows given"],
    }
    for share in ("10%", "30%", "50%", "70%"):
        for name, methods in kinds.items():
            cells = []
            for data in sets:
                candidates = [
                    measured[f"{data}, {share} missing", method]
                    for method in methods
                    if (f"{data}, {share} missing", method) in measured
                ]
                best = max(candidates, key=lambda rows: mean(rows, "nmi"), default=None)
                cells.append(pair(best))
            lines.append(f"| {share}, {name} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def pair(rows):
    """Means of accuracy and NMI, where there are any."""
    return f"{mean(rows, 'acc'):.3f} / {mean(rows, 'nmi'):.3f}" if rows else ""


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
    """Write all tables to a folder that is not committed."""
    folder.mkdir(exist_ok=True)
    for page in PAGES:
        (folder / f"{page}.md").write_text(comparison(page))
    (folder / "pairs.md").write_text(pairs_curve())
    (folder / "masks.md").write_text(masks_table())
    (folder / "dssec_parameters.md").write_text(dssec_parameters())
    (folder / "dac_tables.md").write_text(dac_tables())
    (folder / "eamc.md").write_text(views_table(SHOWN))
    compared = {method: SHOWN[method] for method in COMPARED}
    (folder / "views.md").write_text(views_table(compared))
    for name, methods, n_sets in (
        ("comvc", COMVC, 2),
        ("damc", DAMC, 2),
        ("dcca", DCCA, 4),
    ):
        table = views_table(RELATIVES | methods, VIEW_SETS[:n_sets])
        (folder / f"{name}.md").write_text(table)
    (folder / "planted_views.md").write_text(planted_views_table())
    (folder / "missing_views.md").write_text(missing_views_table())
