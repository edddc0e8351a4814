"""A file of several times the memory that a process may take is fitted all the same."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

PROGRAM = """
import resource, sys, warnings
import numpy as np
from skdeepcluster import {name}

path, limit = sys.argv[1], int(sys.argv[2])
params = dict(hidden_layer_sizes=(8,), n_components=8, max_iter=1, random_state=0)
model = {name}(3, **params)
if "pretrain_epochs" in model.get_params():
    model.set_params(pretrain_epochs=1)
if "views" in model.get_params():  # the votes of views are kept in memory
    model.set_params(pretrain="reconstruction")
warnings.simplefilter("ignore")  # an epoch finds no clusters
X = np.load(path, mmap_mode="r")
assert isinstance(X, np.memmap)
model.fit(np.array(X[:300]))  # what is loaded at first use
lines = open("/proc/self/status").read().splitlines()
used = next(int(l.split()[1]) * 1024 for l in lines if l.startswith("VmData"))
resource.setrlimit(resource.RLIMIT_DATA, (used + limit, used + limit))
model.fit(X)
assert len(model.transform(X)) == len(model.labels_) == len(X)
try:
    np.array(X)
except MemoryError:
    print("beyond memory")
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux")
@pytest.mark.parametrize(
    ("name", "dtype", "order"),
    [
        ("IDEC", "float32", "C"),
        ("ContrastiveClustering", "float64", "F"),
        ("EAMC", "float32", "C"),
    ],
)
def test_fit_beyond_memory(name, dtype, order, tmp_path):
    limit, n_columns = 200 * 2**20, 500
    path = tmp_path / "X.npy"
    n_rows = 2 * limit // (n_columns * np.dtype(dtype).itemsize)
    X = np.lib.format.open_memmap(
        path, "w+", dtype, (n_rows, n_columns), fortran_order=order == "F"
    )
    random = np.random.RandomState(0)
    for start in range(0, n_rows, 20_000):
        block = X[start : start + 20_000]
        block[:] = random.rand(*block.shape)
        if name == "EAMC":  # every other row lacks a view
            block[::2, : n_columns // 2] = np.nan
    X.flush()
    del X
    program = [sys.executable, "-c", PROGRAM.format(name=name), str(path), str(limit)]
    printed = subprocess.check_output(program, text=True, cwd=Path(__file__).parents[1])
    assert printed.split() == ["beyond", "memory"]


SPARSE = """
import resource, sys, warnings
import numpy as np
from scipy.sparse import random_array
from skdeepcluster import NeighborClustering

model = NeighborClustering(5, metric="cosine", max_iter=1, random_state=0)
warnings.simplefilter("ignore")  # an epoch finds no clusters
generator = np.random.default_rng(0)
X = random_array((20_000, 50_000), density=0.002, format="csr", random_state=generator)
model.fit(X[:300])  # what is loaded at first use
lines = open("/proc/self/status").read().splitlines()
used = next(int(l.split()[1]) * 1024 for l in lines if l.startswith("VmData"))
limit = used + int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
model.fit(X)
assert len(model.labels_) == X.shape[0]
try:
    X.toarray()
except MemoryError:
    print("beyond memory")
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux")
def test_sparse_rows_are_never_dense_as_a_whole():
    program = [sys.executable, "-c", SPARSE, str(900 * 2**20)]
    printed = subprocess.check_output(program, text=True, cwd=Path(__file__).parents[1])
    assert printed.split() == ["beyond", "memory"]


MANY_VIEWS = """
import resource, warnings
import numpy as np
from skdeepcluster import EAMC

warnings.simplefilter("ignore")  # an epoch finds no clusters
X = np.random.RandomState(0).normal(size=(400, 2000)).astype(np.float32)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # mostly of torch
EAMC(4, views=200, pretrain_epochs=1, max_iter=1, random_state=0).fit(X)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux")
def test_memory_of_many_views():
    """Mostly of weights and their optimisers: few views have kernels in a step."""
    program = [sys.executable, "-c", MANY_VIEWS]
    printed = subprocess.check_output(program, text=True, cwd=Path(__file__).parents[1])
    assert int(printed) < 750_000  # kB; beside torch, this is a gigabyte
