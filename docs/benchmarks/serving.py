"""Milliseconds of a prediction, by the number of rows and by what predicts.

    OMP_NUM_THREADS=1 python docs/benchmarks/serving.py

writes ``results/serving.md``. Arms take turns; each figure is the least of its rounds.
The model has 64 columns, as digits have; what it was trained on does not matter.
"""

import tempfile
import time
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from harness import RESULTS, setup
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdeepcluster import NeighborClustering, export
from skdeepcluster.compose import table_encoder
from skdeepcluster.datasets import make_mixed_table

SIZES = [1, 100, 10_000]
ROUNDS = {1: 200, 100: 100, 10_000: 7}
N_COLUMNS = 64


def arms(folder):
    """Name -> a function of rows."""
    X = np.random.RandomState(0).normal(size=(500, N_COLUMNS)).astype(np.float32)
    model = NeighborClustering(10, max_iter=1, random_state=0)
    pipe = make_pipeline(StandardScaler(), model).fit(X)
    export(pipe, folder / "model.pt2")
    export(pipe, folder / "model.onnx", "onnx")
    program = torch.export.load(folder / "model.pt2").module()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    session = onnxruntime.InferenceSession(folder / "model.onnx", options)

    def graph(rows):
        with torch.inference_mode():
            return program(torch.from_numpy(rows))

    return {
        "`pipe.predict`, a frame through `table_encoder`": frame_arm(),
        "`pipe.predict`, an array through `StandardScaler`": pipe.predict,
        "`pipe[-1].predict`": pipe[-1].predict,
        "`export`, torch": graph,
        "`export`, ONNX": lambda rows: session.run(None, {"rows": rows}),
    }


def frame_arm():
    """A function that predicts as many rows of a frame of 20 columns."""
    frame, _ = make_mixed_table(max(SIZES), random_state=0)
    model = NeighborClustering(5, max_iter=1, random_state=0)
    pipe = make_pipeline(table_encoder(), model).fit(frame[:500])
    return lambda rows: pipe.predict(frame[: len(rows)])


def milliseconds(functions, n_rows):
    """The least of several rounds, for each function."""
    rows = np.random.RandomState(1).normal(size=(n_rows, N_COLUMNS)).astype(np.float32)
    best = dict.fromkeys(functions, np.inf)
    for _ in range(ROUNDS[n_rows]):
        for name, function in functions.items():
            start = time.perf_counter()
            function(rows)
            best[name] = min(best[name], 1000 * (time.perf_counter() - start))
    return best


def main():
    with tempfile.TemporaryDirectory() as folder:
        functions = arms(Path(folder))
        columns = [milliseconds(functions, size) for size in SIZES]
    lines = [
        "# Serving",
        "",
        f"Milliseconds of a call; NeighborClustering on {N_COLUMNS} columns. "
        f"Measured with {setup()}, onnxruntime {onnxruntime.__version__}.",
        "",
        "| | 1 row | 100 rows | 10 000 rows |",
        "|---|---|---|---|",
    ]
    for name in functions:
        cells = " | ".join(f"{column[name]:.3g}" for column in columns)
        lines.append(f"| {name} | {cells} |")
    (RESULTS / "serving.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
