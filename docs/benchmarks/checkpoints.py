"""What checkpoints cost: fits of a large table that save every epoch, and that do not.

    OMP_NUM_THREADS=1 python docs/benchmarks/checkpoints.py [--pairs 5]

fits ``IDEC`` to 70 000 random rows of 784 columns, in turns without and with a folder
for checkpoints, runs what is missing in ``results/checkpoints.csv`` and writes
``results/checkpoints.md``. Every epoch is saved, although fits by themselves save fewer
if saving takes more than a twentieth of the time.
"""

import argparse
import contextlib
import tempfile
import time
import warnings
from unittest import mock

import numpy as np
from harness import Log, setup

from skdeepcluster import IDEC
from skdeepcluster.base import checkpoints
from skdeepcluster.training import checkpoint_folder, run_checkpoint

N_ROWS, N_COLUMNS, N_CLUSTERS, N_EPOCHS = 70_000, 784, 10, 2  # of both stages
COLUMNS = ["pair", "saved", "seconds", "core", "saving", "files", "setup"]

#: What is done for checkpoints: comparing rows, collecting states, writing files.
PARTS = [
    (checkpoints, "identity_of"),
    (run_checkpoint.RunCheckpoint, "_state"),
    (checkpoint_folder.CheckpointFolder, "write"),
]


def timed(function, spent):
    """The function, whose seconds are appended to ``spent``."""

    def wrapped(*args, **kwargs):
        started = time.perf_counter()
        result = function(*args, **kwargs)
        spent.append(time.perf_counter() - started)
        return result

    return wrapped


def fit(X, folder):
    """Seconds of a fit, those of a core, those spent on saving, and files written."""
    model = IDEC(N_CLUSTERS, tol=0, random_state=0, checkpoint=folder)
    model.set_params(pretrain_epochs=N_EPOCHS, max_iter=N_EPOCHS)
    spent = {name: [] for _, name in PARTS}
    with contextlib.ExitStack() as stack:
        stack.enter_context(mock.patch.object(checkpoint_folder, "_SHARE", np.inf))
        for owner, name in PARTS:
            part = timed(getattr(owner, name), spent[name])
            stack.enter_context(mock.patch.object(owner, name, part))
        started = time.perf_counter(), time.process_time()
        model.fit(X)
        ended = time.perf_counter(), time.process_time()
    saving = round(sum(map(sum, spent.values())), 2)
    return *np.subtract(ended, started).round(2), saving, len(spent["write"])


def render(log):
    """Medians of both arms and of the ratios of pairs; seconds with those of saving."""
    arms = [
        [row for row in log.rows if row["saved"] == saved] for saved in ("no", "yes")
    ]
    wall, core, saving = (
        [np.array([float(row[name]) for row in arm]) for arm in arms]
        for name in ("seconds", "core", "saving")
    )
    shares = {
        "seconds": wall[1] / wall[0],
        "seconds of a core": core[1] / core[0],
        "seconds without / with those of saving": wall[1] / (wall[1] - saving[1]),
    }
    medians = [
        [np.median(arm) for arm in wall],
        [np.median(arm) for arm in core],
        [np.median(wall[1] - saving[1]), np.median(wall[1])],
    ]
    lines = ["# Checkpoints", ""]
    lines += sorted({f"Measured with {row['setup']}." for row in log.rows})
    lines += [
        "",
        f"Fits of `IDEC` to {N_ROWS:,} rows of {N_COLUMNS} columns, {N_EPOCHS} epochs",
        "of each stage, in turns without checkpoints and with one after every epoch",
        f"({arms[1][0]['files']} files): medians of {len(arms[0])} pairs. The last",
        "line compares within fits, which other work on the machine disturbs least.",
        "",
        "| | without | with | ratio | ratios |",
        "|---|---|---|---|---|",
    ]
    for (name, ratios), (without, with_files) in zip(
        shares.items(), medians, strict=True
    ):
        lines.append(
            f"| {name} | {without:.1f} | {with_files:.1f} | {np.median(ratios):.3f} | "
            f"{min(ratios):.3f} to {max(ratios):.3f} |"
        )
    log.path.with_suffix(".md").write_text("\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=5)
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    log = Log("checkpoints", COLUMNS)
    done = {(int(row["pair"]), row["saved"]) for row in log.rows}
    X = np.random.RandomState(0).rand(N_ROWS, N_COLUMNS).astype(np.float32)
    fit(X[:1000], None)  # trigger lazy imports
    for pair in range(args.pairs):
        for saved in ("no", "yes"):
            if (pair, saved) in done:
                continue
            with tempfile.TemporaryDirectory() as folder:
                found = fit(X, folder if saved == "yes" else None)
            values = pair, saved, *found, setup()
            log.add(dict(zip(COLUMNS, values, strict=True)))
    render(log)


if __name__ == "__main__":
    main()
