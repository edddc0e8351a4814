"""What only a GPU can show. Skipped where there is none."""

import os
import pickle
import subprocess
import sys
import warnings

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.metrics import adjusted_rand_score
from skorch.callbacks import Callback

import skdeepcluster
from skdeepcluster import ContrastiveClustering
from skdeepcluster.training import Rows, transfer
from tests.instances import CHEAP, CHEAP_CLUSTERERS, name_of
from tests.training.launched import launch
from tests.training.together import main

pytestmark = pytest.mark.skipif(
    not torch.cuda.is_available(), reason="needs a CUDA device"
)

OPEN = """
import pickle, sys
import numpy as np
fitted = pickle.load(open(sys.argv[1], "rb"))
np.save(sys.argv[2], fitted.transform(np.load(sys.argv[3])))
"""


def on(device, estimator, **params):
    known = estimator.get_params()
    own = {name: value for name, value in params.items() if name in known}
    own |= {"n_clusters": 3} if "n_clusters" in known else {}
    return clone(estimator).set_params(device=device, random_state=0, **own)


@pytest.mark.parametrize("estimator", CHEAP_CLUSTERERS, ids=name_of)
@pytest.mark.parametrize("precision", ["float32", "auto"])
def test_clusters_are_found_and_kept(estimator, precision, blobs):
    X, y = blobs
    fitted = on("cuda", estimator, precision=precision).fit(X)
    assert next(fitted.module_.parameters()).is_cuda
    assert adjusted_rand_score(y, fitted.labels_) > 0.4
    np.testing.assert_array_equal(fitted.predict(X), fitted.labels_)


@pytest.mark.parametrize("estimator", CHEAP, ids=name_of)
@pytest.mark.filterwarnings("ignore:.*clusters are empty")  # few epochs
def test_the_processor_gives_the_same_embedding(estimator, blobs):
    X, _ = blobs
    fitted = on("cuda", estimator, max_iter=2, pretrain_epochs=2).fit(X)
    there = fitted.transform(X)
    fitted.module_.cpu()
    np.testing.assert_allclose(fitted.transform(X), there, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("estimator", CHEAP, ids=name_of)
@pytest.mark.filterwarnings("ignore:.*clusters are empty")  # few epochs
def test_one_seed_gives_one_result(estimator, blobs):
    X, _ = blobs
    state = torch.cuda.get_rng_state()
    first, second = (
        on("cuda", estimator, max_iter=3, pretrain_epochs=3).fit(X).transform(X)
        for _ in range(2)
    )
    np.testing.assert_allclose(first, second, rtol=1e-3, atol=1e-3)
    assert torch.equal(torch.cuda.get_rng_state(), state)


@pytest.mark.parametrize("estimator", CHEAP, ids=name_of)
def test_a_pickle_opens_without_a_gpu(estimator, blobs, tmp_path):
    X, _ = blobs
    fitted = on("cuda", estimator, max_iter=1, pretrain_epochs=1).fit(X)
    paths = [tmp_path / name for name in ("model.pkl", "z.npy", "X.npy")]
    paths[0].write_bytes(pickle.dumps(fitted))
    np.save(paths[2], X)
    subprocess.run(
        [sys.executable, "-c", OPEN, *map(str, paths)],
        env={**os.environ, "CUDA_VISIBLE_DEVICES": ""},
        check=True,
    )
    expected = fitted.transform(X)
    np.testing.assert_allclose(np.load(paths[1]), expected, rtol=1e-3, atol=1e-3)


def test_a_saved_file_opens_on_the_processor(blobs, tmp_path):
    pytest.importorskip("safetensors")
    X, _ = blobs
    fitted = on("cuda", ContrastiveClustering(max_iter=1)).fit(X)
    skdeepcluster.save(fitted, tmp_path / "model.safetensors")
    opened = skdeepcluster.load(tmp_path / "model.safetensors")
    np.testing.assert_allclose(
        opened.transform(X), fitted.transform(X), rtol=1e-3, atol=1e-3
    )


@pytest.mark.parametrize("estimator", CHEAP, ids=name_of)
def test_a_table_that_does_not_fit_is_sent_in_batches(estimator, monkeypatch):
    X = np.random.RandomState(0).normal(size=(2_000, 6)).astype(np.float32)
    model = on("cuda", estimator, max_iter=2, pretrain_epochs=2, precision="float32")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # noise has no clusters
        whole = model.fit(X).history_
        monkeypatch.setattr(transfer, "_SHARE", 0.0)
        sent = clone(model).fit(X).history_
    for one, other in zip(whole, sent, strict=True):
        assert other["loss"] == pytest.approx(one["loss"], rel=1e-2, abs=1e-4)


def test_pieces_arrive_whole_while_the_gpu_is_busy(monkeypatch):
    X = np.random.RandomState(0).normal(size=(8_192, 2_000)).astype(np.float32)
    monkeypatch.setattr(transfer, "_SHARE", 0.0)
    device = torch.device("cuda", 0)
    rows = Rows(X, device)
    assert rows.storage_device.type == "cpu"
    expected = torch.from_numpy(X).to(device)
    load = torch.randn(4_096, 4_096, device=device)
    orders = torch.randperm(len(X)).split(1_024)
    for pieces, indices in (
        (rows.take_each(orders), orders),
        (rows.chunks(1_024), torch.arange(len(X)).split(1_024)),
    ):
        alike = []
        for piece, index in zip(pieces, indices, strict=True):
            load = load @ load / 64
            alike.append((piece == expected[index.to(device)]).all())
        assert torch.stack(alike).all()


@pytest.fixture
def sync_mode():
    yield
    torch.cuda.set_sync_debug_mode("default")


class Waits(Callback):
    """Counts how often the processor waits for the GPU in an epoch."""

    def __init__(self):
        self.counts = []

    def on_epoch_begin(self, net, **kwargs):
        self.caught = warnings.catch_warnings(record=True)
        self.found = self.caught.__enter__()
        warnings.simplefilter("always")
        torch.cuda.set_sync_debug_mode("warn")

    def on_epoch_end(self, net, **kwargs):
        torch.cuda.set_sync_debug_mode("default")
        self.caught.__exit__(None, None, None)
        waits = [w for w in self.found if "synchronizing" in str(w.message)]
        self.counts.append(len(waits))


@pytest.mark.parametrize("estimator", CHEAP, ids=name_of)
@pytest.mark.usefixtures("sync_mode")
def test_no_batch_waits(estimator):
    """An epoch of many batches waits as often as one of few.

    DM2C has to know how many rows of a batch have which view, and the decompositions in
    DCCA's loss tell the processor whether they have converged.
    """
    if name_of(estimator) in ("DM2C", "DCCA"):
        pytest.skip("batches of this method wait")
    counts = []
    for n in (512, 4_096):
        X = np.random.RandomState(0).normal(size=(n, 6)).astype(np.float32)
        waits = Waits()
        model = on("cuda", estimator, max_iter=3, pretrain_epochs=3)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.set_params(callbacks=[waits], batch_size=128).fit(X)
        counts.append(np.median(waits.counts))
    assert counts[1] <= counts[0] + 2


def test_all_memory_is_given_back(blobs):
    X, _ = blobs
    on("cuda", ContrastiveClustering(max_iter=1)).fit(X)  # libraries take theirs
    before = torch.cuda.memory_allocated()
    fitted = on("cuda", ContrastiveClustering(max_iter=1)).fit(X)
    size = sum(p.nbytes for p in fitted.module_.parameters())
    assert torch.cuda.memory_allocated() - before < 4 * size + 2**20


SHARED = """
import os, sys
import numpy as np
import torch, torch.distributed as dist
from skdeepcluster.base import estimator
from skdeepcluster.training import Processes
from tests.training.together import main

torch.cuda.set_device(0)
dist.init_process_group(sys.argv[1])
estimator.find_processes = lambda distributed: Processes()  # even if there is one
main(*sys.argv[2:])
dist.destroy_process_group()
"""


@pytest.mark.parametrize(("backend", "size"), [("nccl", 1), ("gloo", 2)])
def test_processes_share_a_fit_on_a_gpu(backend, size, tmp_path, monkeypatch):
    """NCCL takes one process per GPU, gloo several."""
    names = ["IDEC", "NeighborClustering", "DAC", "EAMC", "DM2C"]
    script = "-c", SHARED, backend, str(tmp_path), *names
    for output, code in launch(*script, size=size):
        assert code == 0, output
    monkeypatch.setenv("RANK", "alone")
    main(str(tmp_path), *names)
    first, alone = (np.load(tmp_path / f"{rank}.npz") for rank in (0, "alone"))
    for name in names:
        labels = first[f"{name} labels"], alone[f"{name} labels"]
        assert adjusted_rand_score(*labels) > 0.9, name
    np.testing.assert_allclose(first["IDEC"], alone["IDEC"], atol=1e-2)
