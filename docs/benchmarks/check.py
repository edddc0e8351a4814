"""Check that nothing has become slower, in under three minutes.

    python docs/benchmarks/check.py [--update]

measures small epochs, fits and predictions relative to their bare loops, and the loops
relative to a fixed amount of matrix products, because they share our losses, networks
and augmentations. Fails if a ratio is more than 25 % above that of
``results/check.csv``, or is not in that file. A ratio is measured again before it
counts. ``--update`` rewrites the file.
"""

import argparse
import csv
import sys
import warnings

from harness import RESULTS, setup
from speed import epochs, inference, small_fits

PATH = RESULTS / "check.csv"
TOLERANCE = 1.25
ROUNDS = 3
EPOCHS = {
    "IDEC": (2_000, 64),
    "DSSEC": (2_000, 64),
    "ContrastiveClustering": (8_000, 64),
    "DAC": (8_000, 64),
    "EAMC": (6_000, 64),
    "DM2C": (6_000, 64),
}
SHARED = ["IDEC", "ContrastiveClustering", "DAC", "EAMC", "DM2C"]


def tasks():
    """Generators of result rows, one for each task."""
    for method, size in EPOCHS.items():
        yield lambda m=method, s=size: epochs(
            "cpu", ROUNDS, {m: s}, ["float32"], floor=True
        )
    for method in SHARED:
        yield lambda m=method: small_fits("cpu", 2, [(1_000, 20)], [m])
        yield lambda m=method: inference("cpu", 2 * ROUNDS, 30_000, 64, [m])


def ratios(rows):
    """Task and arm -> ratio to its reference."""
    rows = list(rows)
    seconds = {row["arm"]: row["seconds"] for row in rows}
    measured = {}
    for row in rows:
        key = row["task"], row["arm"]
        if row["arm"] == "predict":
            bare = seconds["bare assignment, chunks of 2048"]
            measured[key] = round(row["seconds"] / bare, 3)
        elif row["arm"] == "matrix products only":
            measured[row["task"], "bare loop"] = round(1 / row["ratio"], 3)
        elif not row["arm"].startswith("bare"):
            measured[key] = row["ratio"]
    return measured


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--update", action="store_true")
    args = parser.parse_args()
    warnings.simplefilter("ignore")  # random rows have no clusters to match
    before = {}
    if PATH.exists() and not args.update:
        with PATH.open(newline="") as file:
            for row in csv.DictReader(file):
                before[row["task"], row["arm"]] = float(row["ratio"])
    measured, slower = {}, []
    for task in tasks():
        now = ratios(task())
        if is_slower(now, before):
            again = ratios(task())
            now = {key: min(now[key], again[key]) for key in now}
        for key, ratio in now.items():
            print(f"{ratio:6.3f}  was {before.get(key, ratio):6.3f}  {': '.join(key)}")
        slower += is_slower(now, before)
        measured |= now
    if args.update:
        with PATH.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["task", "arm", "ratio", "setup"])
            writer.writerows([*key, ratio, setup()] for key, ratio in measured.items())
    if not args.update and measured.keys() != before.keys():
        changed = sorted(", ".join(key) for key in measured.keys() ^ before.keys())
        sys.exit(f"Not in both, measure with --update: {changed}")
    if slower:
        sys.exit("Slower than before: " + "; ".join(": ".join(key) for key in slower))


def is_slower(now, before):
    return [k for k in now if k in before and now[k] > TOLERANCE * before[k]]


if __name__ == "__main__":
    main()
