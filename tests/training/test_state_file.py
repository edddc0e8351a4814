"""States come back as they were, with the types they had."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from skdeepcluster.training.state_file import read_state, storable, write_state

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.builds(torch.tensor, st.lists(st.floats(width=32, allow_nan=False)))
    | st.builds(np.array, st.lists(st.integers(-9, 9)))
)
STATES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.builds(tuple, st.lists(inner, max_size=3))
        | st.dictionaries(st.text() | st.integers(0, 9), inner, max_size=3)
    ),
    max_leaves=8,
)


def assert_same(a, b):
    assert type(a) is type(b)
    if isinstance(a, torch.Tensor | np.ndarray):
        assert (a.shape, a.dtype) == (b.shape, b.dtype)
        assert (a == b).all()
    elif isinstance(a, dict):
        assert a.keys() == b.keys()
        for name in a:
            assert_same(a[name], b[name])
    elif isinstance(a, list | tuple):
        assert len(a) == len(b)
        for x, y in zip(a, b, strict=True):
            assert_same(x, y)
    else:
        assert a == b


@given(state=STATES)
def test_round_trip(state, tmp_path_factory):
    path = tmp_path_factory.mktemp("state") / "state"
    write_state(path, {"state": state})
    assert_same(read_state(path), {"state": state})


@pytest.mark.parametrize(
    "tensor",
    [
        torch.tensor(3.5),
        torch.zeros(0, 2),
        torch.arange(6).reshape(2, 3).T,
        torch.tensor([True, False]),
        torch.tensor([float("inf"), float("-inf")]),
    ],
)
def test_tensors(tensor, tmp_path):
    write_state(tmp_path / "state", {"t": tensor})
    assert_same(read_state(tmp_path / "state")["t"], tensor)


def test_numbers_that_the_format_lacks(tmp_path):
    with pytest.raises(TypeError, match="complex128 cannot be saved .* complex64"):
        write_state(tmp_path / "state", {"t": torch.ones(3, dtype=torch.complex128)})
    assert not any(tmp_path.iterdir())


def test_what_cannot_be_stored_is_left_out():
    state = {
        "a": 1,
        "set": {1},
        "code": print,
        "inside": [torch.ones(2), {"x": object()}],
        "weights": {"w": torch.ones(2)},
    }
    assert storable(state).keys() == {"a", "weights"}


@pytest.mark.parametrize("share", [0, 0.01, 0.5, 0.99])
def test_torn_file_is_refused(share, tmp_path):
    path = tmp_path / "state"
    write_state(path, {"a": list(range(50)), "t": torch.ones(30)})
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(ValueError, match="is damaged"):
        read_state(path)


@pytest.mark.slow
def test_file_torn_anywhere_is_refused(tmp_path):
    path = tmp_path / "state"
    write_state(path, {"a": 1, "t": torch.ones(3)})
    content = path.read_bytes()
    for length in range(len(content)):
        path.write_bytes(content[:length])
        with pytest.raises(ValueError, match="is damaged"):
            read_state(path)
