"""Values survive the way through JSON, and code does not set out on it."""

import json

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from skdeepcluster.training.plain import (
    NotSerializableError,
    Tensors,
    from_plain,
    to_plain,
)

KEYS = st.text() | st.integers(-(2**63), 2**63 - 1) | st.booleans()
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.slices(10),
    lambda inner: (
        st.lists(inner)
        | st.tuples(inner, inner)
        | st.dictionaries(KEYS, inner, max_size=3)
    ),
    max_leaves=8,
)


def through_json(value):
    tensors = Tensors()
    return from_plain(json.loads(json.dumps(to_plain(value, tensors))), tensors)


@given(VALUES)
def test_values_come_back(value):
    assert through_json(value) == value


@pytest.mark.parametrize(
    "dtype", ["float32", "float64", "int64", "int16", "bool", "complex64"]
)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (4, 2)])
def test_arrays_come_back(dtype, shape):
    array = np.arange(np.prod(shape)).reshape(shape).astype(dtype)
    found = through_json({"columns": [array]})["columns"][0]
    assert found.dtype == array.dtype
    np.testing.assert_array_equal(found, array)


def test_arrays_of_other_layouts_come_back():
    array = np.arange(12.0).reshape(3, 4)
    for other in (array.T, array[::-1], array[:, ::2]):
        np.testing.assert_array_equal(through_json(other), other)


def test_names_come_back():
    names = np.array(["a", "b"], dtype=object)
    assert through_json(names).dtype == object
    assert through_json(names).tolist() == ["a", "b"]


def test_numbers_of_numpy_become_plain():
    for value in (np.int64(3), np.float64(2.5), np.bool_(True), np.str_("a")):
        found = through_json(value)
        assert found == value
        assert type(found) in (int, float, bool, str)


def test_not_a_number_and_infinity_come_back():
    assert np.isnan(through_json(float("nan")))
    assert through_json(float("inf")) == float("inf")


def test_what_becomes_a_list_or_an_array():
    assert through_json(range(2, 8, 3)) == [2, 5]
    assert through_json(pd.Index(["a", "b"])).tolist() == ["a", "b"]
    np.testing.assert_array_equal(through_json(pd.DataFrame({"a": [1, 2]})), [[1], [2]])
    np.testing.assert_array_equal(through_json(torch.ones(2)), [1, 1])


def test_numbers_in_other_formats():
    assert through_json(np.longdouble(0.5)) == 0.5
    for dtype in (">f8", ">i4", np.longdouble):
        np.testing.assert_array_equal(through_json(np.arange(3, dtype=dtype)), range(3))


def test_keys_that_collide_are_refused():
    for key in (2**63, 1.5, (1, 2)):
        with pytest.raises(NotSerializableError, match="is not a supported key"):
            to_plain({key: 0}, Tensors())


def test_device_becomes_its_name():
    assert through_json(torch.device("cpu")) == "cpu"


@pytest.mark.parametrize("value", [len, object(), [print], {"a": {1}}, 1j])
def test_code_and_unknown_things_are_refused(value):
    with pytest.raises(NotSerializableError, match="is not data"):
        to_plain(value, Tensors())
