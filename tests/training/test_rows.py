"""Rows, chunks and batches."""

import numpy as np
import pytest
import torch

from skdeepcluster.training.rows import (
    CHUNK_SIZE,
    Rows,
    is_memory_map,
)

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
    assert rows.array is X
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
