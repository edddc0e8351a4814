"""How far seeds agree on a clustering, by setting: choices without labels.

    python docs/benchmarks/agreement.py

fits with three seeds (ContrastiveClustering for 100 epochs), runs what is missing in
``results/agreement.csv`` and writes ``results/agreement.md``. Where rows are changed
too little, or learn from their own errors, it is left to chance which differences make
a cluster, and each seed finds others.
"""

import time
from functools import partial

import quality
from harness import Log, setup

from skdeepcluster import DAC, ContrastiveClustering
from skdeepcluster.model_selection import stability_score

COLUMNS = ["set", "method", "setting", "agreement", "seconds", "setup"]
METHODS = {
    "ContrastiveClustering": partial(ContrastiveClustering, max_iter=100),
    "DAC": DAC,
}
IMAGES = "digits as images"

#: Set, method, and the settings between which it is chosen.
CHOICES = [
    (
        IMAGES,
        "ContrastiveClustering",
        [{"augmentation": "digits"}, {"augmentation": "handwriting"}],
    ),
    (
        IMAGES,
        "DAC",
        [
            {"augment_pairs": pairs, "augmentation": name}
            for pairs in (False, True)
            for name in ("digits", "handwriting")
        ],
    ),
    *(
        (name, "DAC", [{"augment_pairs": False}, {"augment_pairs": True}])
        for name in quality.OWN_SETS
    ),
]


def describe(setting):
    """Parameters as they are written in code."""
    return ", ".join(f"{name}={value!r}" for name, value in setting.items())


def render(log):
    """A row a setting."""
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
    found = {(row["set"], row["method"], row["setting"]): row for row in log.rows}
    for name, method, settings in CHOICES:
        for setting in map(describe, settings):
            if (name, method, setting) in found:
                agreement = float(found[name, method, setting]["agreement"])
                lines.append(f"| {name} | {method} | `{setting}` | {agreement:.3f} |")
    log.path.with_suffix(".md").write_text("\n".join(lines) + "\n")


def main():
    log = Log("agreement", COLUMNS)
    done = {(row["set"], row["method"], row["setting"]) for row in log.rows}
    for name, method, settings in CHOICES:
        X, y, image_shape = quality.load(name.removesuffix(" as images"), None)
        for setting in settings:
            if (name, method, describe(setting)) in done:
                continue
            model = METHODS[method](len(set(y)), **setting)
            if name == IMAGES:
                model.set_params(image_shape=image_shape)
            started = time.perf_counter()
            agreement = round(stability_score(model, X, n_resamples=3, share=1), 4)
            seconds = round(time.perf_counter() - started, 1)
            values = (name, method, describe(setting), agreement, seconds, setup())
            log.add(dict(zip(COLUMNS, values, strict=True)))
    render(log)


if __name__ == "__main__":
    main()
