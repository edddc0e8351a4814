"""Batches cover the table, whatever they are drawn from."""

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from skdeepcluster.training import batches as module
from skdeepcluster.training import sources
from skdeepcluster.training.batches import (
    Batches,
    MappedBatches,
    StratifiedBatches,
    batches_of,
)
from skdeepcluster.training.rows import Rows

CPU = torch.device("cpu")


def table(n=7, d=3, dtype=np.float32):
    return np.arange(n * d).reshape(n, d).astype(dtype)


def check_sizes(sizes, batch_size):
    """Full batches, and no short last one."""
    *full, last = sizes
    assert all(size == batch_size for size in full)
    assert last < 1.25 * batch_size or last == batch_size + 1
    if full:
        assert last >= batch_size / 4
        assert last > 1 or batch_size == 1


@given(st.integers(1, 600), st.integers(1, 300))
@example(9, 4)
@example(3, 2)
@example(3, 1)
@settings(deadline=None)
def test_batches_cover_every_row_once(n, batch_size):
    rows = Rows(np.arange(n, dtype=np.float32)[:, None], CPU)
    batches = Batches(rows, batch_size, torch.Generator(), torch.Generator())
    seen = list(batches)
    assert len(seen) == len(batches)
    index = torch.cat([batch.index for batch in seen])
    assert sorted(index.tolist()) == list(range(n))
    for batch in seen:
        assert batch.x[:, 0].tolist() == batch.index.tolist()
    check_sizes([len(batch.x) for batch in seen], batch_size)


def test_batches_of_the_published_sizes():
    """70 000 rows make 274 batches of 256; a short remainder joins a batch."""
    for n, expected in ((70_000, 274), (1000, 4), (256, 1), (10, 1), (300, 1)):
        rows = Rows(np.zeros((n, 1), np.float32), CPU)
        batches = Batches(rows, 256, torch.Generator(), torch.Generator())
        assert len(batches) == expected


def test_batches_are_reshuffled_by_their_generator():
    rows = Rows(table(50), CPU)

    def orders(seed):
        generator = torch.Generator().manual_seed(seed)
        batches = Batches(rows, 50, generator, torch.Generator())
        return [next(iter(batches)).index.tolist() for _ in range(2)]

    first, second = orders(0)
    assert first != second
    assert [first, second] == orders(0)
    assert first != orders(1)[0]


@given(
    sizes=st.lists(st.integers(1, 60), min_size=1, max_size=4),
    batch_size=st.integers(8, 64),
)
@settings(deadline=None, max_examples=30)
def test_every_batch_holds_rows_of_every_stratum(sizes, batch_size):
    strata = np.repeat(np.arange(len(sizes)), sizes)
    rows = Rows(np.arange(len(strata), dtype=np.float32)[:, None], CPU)
    generators = torch.Generator().manual_seed(0), torch.Generator()
    batches = StratifiedBatches(rows, batch_size, *generators, strata)
    drawn = [batch.index.numpy() for batch in batches]
    assert len(drawn) == len(batches)
    assert set(np.concatenate(drawn)) == set(range(len(strata)))
    for index in drawn:
        assert len(set(index)) == len(index)
        counts = np.bincount(strata[index], minlength=len(sizes))
        for count, size in zip(counts, sizes, strict=True):
            assert count >= min(16, size)
            assert count <= max(16, -(-size // len(batches)))
    for batch in batches:
        assert batch.x[:, 0].tolist() == batch.index.tolist()


def mapped(path, n, d, dtype=np.float32, order="C"):
    X = np.memmap(path, dtype, "w+", shape=(n, d), order=order)
    X[:] = np.arange(n)[:, None]
    return Rows(X, CPU)


@given(
    n=st.integers(2, 400),
    batch_size=st.integers(1, 70),
    held=st.integers(1, 9),
    dtype=st.sampled_from([np.float32, np.float64, np.int16]),
    order=st.sampled_from("CF"),
)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_mapped_batches_cover_every_row_once(
    n, batch_size, held, dtype, order, tmp_path, monkeypatch
):
    monkeypatch.setattr(module, "_WINDOW", held * batch_size * 2 * 4)
    rows = mapped(tmp_path / "X", n, 2, dtype, order)
    generators = torch.Generator().manual_seed(0), torch.Generator()
    batch_size = min(batch_size, n)
    batches = MappedBatches(rows, batch_size, *generators)
    seen = list(batches)
    assert len(seen) == len(batches)
    index = torch.cat([batch.index for batch in seen])
    assert sorted(index.tolist()) == list(range(n))
    for batch in seen:
        assert batch.x.dtype == torch.float32
        assert batch.x[:, 0].tolist() == batch.index.tolist()
    check_sizes([len(batch.x) for batch in seen], batch_size)


def test_mapped_batches_read_blocks_and_shuffle_them(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_WINDOW", 4 * 10 * 2 * 4)  # four blocks of ten rows
    rows = mapped(tmp_path / "X", 200, 2)
    read = []
    cut = rows._cut
    rows._cut = lambda start, stop: read.append((start, stop)) or cut(start, stop)
    batches = MappedBatches(rows, 10, torch.Generator(), torch.Generator())
    first = [batch.index.tolist() for batch in batches]
    assert sorted(read) == [(start, start + 10) for start in range(0, 200, 10)]
    assert read != sorted(read)
    # A batch has rows of several blocks; the next epoch draws others.
    assert np.mean([len({i // 10 for i in index}) for index in first]) > 2
    assert first != [batch.index.tolist() for batch in batches]


def test_kind_of_batches(tmp_path, monkeypatch):
    generators = torch.Generator(), torch.Generator()
    rows = mapped(tmp_path / "X", 100, 2)
    assert type(batches_of(rows, 10, *generators, None)) is Batches
    monkeypatch.setattr(sources, "LARGE_FILE", 100)
    rows = Rows(rows.source.table, CPU)
    assert type(batches_of(rows, 10, *generators, None)) is MappedBatches
    assert type(batches_of(rows, 100, *generators, None)) is Batches
    in_memory = Rows(np.array(rows.source.table), CPU)
    assert type(batches_of(in_memory, 10, *generators, None)) is Batches
    strata = np.arange(100) % 2
    assert type(batches_of(rows, 10, *generators, strata)) is StratifiedBatches


@pytest.mark.parametrize("batch_size", [7, 64])
def test_same_seed_same_mapped_batches(batch_size, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_WINDOW", 4 * batch_size * 2 * 4)
    rows = mapped(tmp_path / "X", 300, 2)
    orders = []
    for seed in (0, 0, 1):
        generator = torch.Generator().manual_seed(seed)
        batches = MappedBatches(rows, batch_size, generator, torch.Generator())
        orders.append([batch.index.tolist() for batch in batches])
    assert orders[0] == orders[1] != orders[2]
