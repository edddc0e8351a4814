"""Rows, chunks and batches."""

import numpy as np
import pytest
import scipy.sparse
import torch

from skdeepcluster.training import rows as module
from skdeepcluster.training.rows import Rows
from skdeepcluster.training.sources import CHUNK_SIZE, is_memory_map

CPU = torch.device("cpu")


def table(n=7, d=3, dtype=np.float32):
    return np.arange(n * d).reshape(n, d).astype(dtype)


def test_contiguous_float32_is_used_in_place():
    X = table()
    assert Rows(X, CPU)._tensor.data_ptr() == X.ctypes.data


@pytest.mark.parametrize("resident", [True, False])
@pytest.mark.parametrize("dtype", ["float32", "float64", "uint8", "float16"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_rows_are_float32_whatever_comes_in(resident, dtype, order):
    X = np.asarray(table(dtype=dtype), order=order)
    rows = Rows(X, CPU, resident=resident)
    taken = rows.take(torch.tensor([5, 1]))
    assert taken.dtype == torch.float32
    np.testing.assert_array_equal(taken.numpy(), table()[[5, 1]])
    np.testing.assert_array_equal(torch.cat(list(rows.chunks(3))).numpy(), table())


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_memory_map_stays_one(tmp_path, dtype):
    X = np.memmap(tmp_path / "X", dtype, "w+", shape=(7, 3))
    X[:] = table()
    rows = Rows(X, CPU)
    assert rows.source.table is X
    assert is_memory_map(X)
    assert is_memory_map(np.asarray(X)[1:])
    if dtype == "float32":
        assert rows._tensor.data_ptr() == X.ctypes.data
    else:
        assert rows._tensor is None
    assert rows.take(torch.tensor([2]))[0].tolist() == [6, 7, 8]
    assert not is_memory_map(table())


def test_rows_and_columns_that_run_backwards():
    X = table()
    for backwards in (X[3:2:-1], X[:, :1].copy()[:, ::-1], X[::-1]):
        for resident in (True, False):
            rows = Rows(backwards, CPU, resident=resident)
            np.testing.assert_array_equal(torch.cat(list(rows.chunks())), backwards)


def test_map_is_in_order_and_in_equal_chunks():
    rows = Rows(np.ones((2 * CHUNK_SIZE + 50, 1), np.float32), CPU)
    sizes = []

    def double(x):
        sizes.append(len(x))
        return 2 * x[:, 0]

    assert rows.map(double).tolist() == [2.0] * len(rows)
    assert sizes == [CHUNK_SIZE, CHUNK_SIZE, 50]


def test_mean_and_root_mean_square_around_it():
    rows = Rows(np.array([[1e6 + 1], [1e6 - 1], [1e6 + 1], [1e6 - 1]]), CPU)
    assert rows.mean() == pytest.approx(1e6)
    assert rows.root_mean_square(rows.mean()) == pytest.approx(1)
    assert Rows(np.full((3, 2), 7.0), CPU).root_mean_square(7.0) == 1


def test_root_mean_square():
    assert Rows(np.array([[3.0, 4.0]]), CPU).root_mean_square() == pytest.approx(
        np.sqrt(12.5)
    )
    assert Rows(np.zeros((4, 2)), CPU).root_mean_square() == 1
    with pytest.raises(ValueError, match="too large"):
        Rows(np.full((2, 2), 1e39), CPU).root_mean_square()


def test_functions_of_rows_are_not_shown_a_few_rows_only():
    """Matrix libraries would take another path for them, with other last digits."""
    shapes = []

    def double(x):
        shapes.append(len(x))
        return 2 * x

    X = np.arange(3, dtype=np.float32)[:, None]
    mapped = Rows(X, CPU).map(double)
    torch.testing.assert_close(mapped, torch.tensor([[0.0], [2.0], [4.0]]))
    assert shapes == [16]


def test_a_row_gives_the_same_with_and_without_others():
    torch.manual_seed(0)
    layer = torch.nn.Linear(64, 500)
    X = torch.randn(2000, 64).numpy()
    together = Rows(X, CPU).map(layer)
    for piece in (slice(5, 6), slice(7, 10), slice(100, 417)):
        assert torch.equal(Rows(X[piece], CPU).map(layer), together[piece])


def sparse_rows(X, **kwargs):
    return Rows(scipy.sparse.csr_array(X), CPU, **kwargs)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "bool"])
def test_sparse_rows_are_those_of_the_array(dtype):
    X = np.random.RandomState(0).randint(-2, 3, size=(300, 7)).astype(dtype)
    ours, expected = sparse_rows(X), Rows(X, CPU)
    assert len(ours) == 300
    index = torch.tensor([5, 1, 5])
    assert torch.equal(ours.take(index), expected.take(index))
    assert torch.equal(torch.cat([*ours.chunks(64)]), torch.cat([*expected.chunks()]))
    random_state = np.random.RandomState
    sample = ours.subsample(20, random_state(1))
    assert sample.is_sparse
    of_array = expected.sample(20, random_state(1))
    assert torch.equal(torch.cat([*sample.chunks()]), of_array)
    assert ours.n_distinct() == len(np.unique(X, axis=0)) == expected.n_distinct()
    assert ours.mean() == pytest.approx(expected.mean())
    for center in (0, 0.7):
        square = expected.root_mean_square(center)
        assert ours.root_mean_square(center) == pytest.approx(square)


def test_limits_hold_for_sparse_rows():
    X = np.diag([1.0, 2.0, 3.0])
    rows = sparse_rows(X)
    assert rows.table() is rows.source.table
    rows.limits = lambda x: x.clamp(max=2)
    limited = np.minimum(X, 2)
    assert scipy.sparse.issparse(rows.table())
    np.testing.assert_array_equal(rows.table().toarray(), limited)
    part = rows.subset(np.array([2, 0]))
    np.testing.assert_array_equal(torch.cat([*part.chunks()]), limited[[2, 0]])
    assert rows.mean() == pytest.approx(5 / 9)


def test_samples_of_wide_tables_have_fewer_rows(monkeypatch):
    monkeypatch.setattr(module, "_SAMPLE_VALUES", 12)
    rows = sparse_rows(np.ones((9, 5)))
    assert rows.sample(9, np.random.RandomState(0)).shape == (2, 5)


def test_zero_and_negative_zero_are_the_same_row():
    assert Rows(np.array([[0.0], [-0.0], [1.0]]), CPU).n_distinct() == 2
