"""Agreement between seeds on a clustering, by setting: choices without labels.

    python docs/benchmarks/agreement.py [--data FOLDER]

fits with three seeds (ContrastiveClustering for 100 epochs, DAC without neighbours as
pairs), runs what is missing in
``results/agreement.csv`` and writes ``results/agreement.md``. USPS and the tables of
several views need a folder.
If the augmentation is too weak, or rows learn from their own errors, it is left to
chance which differences define a cluster, and each seed finds different ones.
"""

import argparse
import os
import time
from functools import partial

import multiview
import quality
from harness import Log, setup

from skdeepcluster import DAC, ContrastiveClustering, NeighborClustering
from skdeepcluster.model_selection import stability_score

COLUMNS = ["set", "method", "setting", "agreement", "seconds", "setup"]
METHODS = {
    "ContrastiveClustering": partial(ContrastiveClustering, max_iter=100),
    "DAC": partial(DAC, n_neighbors=None, balance_weight=1.0),
    "NeighborClustering": NeighborClustering,
}
AS_IMAGES = " as images"
PRESETS = [{"augmentation": "digits"}, {"augmentation": "handwriting"}]
PAIRS = [
    {"augment_pairs": pairs, **preset} for pairs in (False, True) for preset in PRESETS
]

#: Columns of the views of each table.
VIEWS = {
    "mv_handwritten": [240, 76, 216, 47, 64, 6],
    "mv_bdgp": [1750, 79],
    "mv_mnist_usps": [784, 784],
}

#: Data set, method, and the settings to choose from.
CHOICES = [
    ("digits" + AS_IMAGES, "ContrastiveClustering", PRESETS),
    ("digits" + AS_IMAGES, "DAC", PAIRS),
    ("usps" + AS_IMAGES, "DAC", PAIRS[2:]),
    *(
        (name, "DAC", [{"augment_pairs": False}, {"augment_pairs": True}])
        for name in ("digits", "wine", "breast_cancer")
    ),
    *(
        (name, "NeighborClustering", [{"refine": False}, {"refine": True}])
        for name in ("digits", "usps")
    ),
    *((name, "NeighborClustering", [{"views": VIEWS[name]}]) for name in VIEWS),
]


def load(name, folder):
    """Rows, labels, and the shape of an image row or None."""
    if name in VIEWS:
        X, _, y = multiview.load(name, folder)
        return X, y, None
    return quality.load(name, folder)


def describe(setting):
    """Parameters as written in code."""
    return ", ".join(f"{name}={value!r}" for name, value in setting.items())


def render(log):
    """One row per setting."""
    lines = ["# Agreement of seeds, by setting", ""]
    lines += sorted({f"Measured with {row['setup']}." for row in log.rows})
    lines += [
        "",
        "Mean adjusted Rand index between the labels of three seeds; no labels of the",
        "data take part.",
        "",
        "| data | method | setting | agreement |",
        "|---|---|---|---|",
    ]
    measured = {(row["set"], row["method"], row["setting"]): row for row in log.rows}
    for name, method, settings in CHOICES:
        for setting in map(describe, settings):
            if (name, method, setting) in measured:
                agreement = float(measured[name, method, setting]["agreement"])
                lines.append(f"| {name} | {method} | `{setting}` | {agreement:.3f} |")
    log.path.with_suffix(".md").write_text("\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default=os.environ.get("SKDEEPCLUSTER_DATA"))
    args = parser.parse_args()
    log = Log("agreement", COLUMNS)
    done = {(row["set"], row["method"], row["setting"]) for row in log.rows}
    for name, method, settings in CHOICES:
        plain = name.removesuffix(AS_IMAGES)
        if plain not in quality.OWN_SETS and not args.data:
            continue
        X, y, image_shape = load(plain, args.data)
        for setting in settings:
            if (name, method, describe(setting)) in done:
                continue
            model = METHODS[method](len(set(y)), **setting)
            if name != plain:
                model.set_params(image_shape=image_shape)
            started = time.perf_counter()
            agreement = round(stability_score(model, X, n_resamples=3, share=1), 4)
            seconds = round(time.perf_counter() - started, 1)
            values = (name, method, describe(setting), agreement, seconds, setup())
            log.add(dict(zip(COLUMNS, values, strict=True)))
    render(log)


if __name__ == "__main__":
    main()
