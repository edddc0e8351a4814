"""How far seeds agree on a clustering, by augmentation: a choice without labels.

    python docs/benchmarks/agreement.py

fits each method on digits with three seeds (ContrastiveClustering for 100 epochs),
runs what is missing in ``results/agreement.csv`` and writes ``results/agreement.md``.
Too weak a change of the rows leaves it to chance which differences make a cluster, and
each seed finds others.
"""

import time
from functools import partial

import quality
from harness import Log, setup

from skdeepcluster import DAC, ContrastiveClustering
from skdeepcluster.model_selection import stability_score

COLUMNS = ["set", "method", "augmentation", "agreement", "seconds", "setup"]
METHODS = {
    "ContrastiveClustering": partial(ContrastiveClustering, max_iter=100),
    "DAC": DAC,
}
AUGMENTATIONS = ["digits", "handwriting"]


def render(log):
    """A row a method, a column an augmentation."""
    lines = ["# Agreement of seeds, by augmentation", ""]
    lines += sorted({f"Measured with {row['setup']}." for row in log.rows})
    lines += [
        "",
        "Mean adjusted Rand index between the labels of three seeds, on digits as",
        "images; no labels of the data take part.",
        "",
        f"| method | {' | '.join(AUGMENTATIONS)} |",
        f"|---|{'---|' * len(AUGMENTATIONS)}",
    ]
    found = {(row["method"], row["augmentation"]): row for row in log.rows}
    for method in METHODS:
        cells = [
            f"{float(found[method, name]['agreement']):.3f}"
            if (method, name) in found
            else ""
            for name in AUGMENTATIONS
        ]
        lines.append(f"| {method} | {' | '.join(cells)} |")
    log.path.with_suffix(".md").write_text("\n".join(lines) + "\n")


def main():
    log = Log("agreement", COLUMNS)
    done = {(row["method"], row["augmentation"]) for row in log.rows}
    X, _, image_shape = quality.load("digits", None)
    for name, method in METHODS.items():
        for augmentation in AUGMENTATIONS:
            if (name, augmentation) in done:
                continue
            model = method(10, image_shape=image_shape, augmentation=augmentation)
            started = time.perf_counter()
            agreement = round(stability_score(model, X, n_resamples=3, share=1), 4)
            seconds = round(time.perf_counter() - started, 1)
            values = ("digits", name, augmentation, agreement, seconds, setup())
            log.add(dict(zip(COLUMNS, values, strict=True)))
    render(log)


if __name__ == "__main__":
    main()
