"""Reading and writing elements, held against numpy, whose rules MXNet's are but for arrays without axes."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from regluon import nd
from regluon.core.errors import ArgumentTypeError, OutOfRangeError, ShapeError

SHAPE = (3, 4, 5)
basic = arrays.basic_indices(SHAPE, allow_newaxis=True, allow_ellipsis=True)
picks = st.integers(1, 3).flatmap(
    lambda count: st.tuples(
        *(
            st.one_of(
                st.lists(st.integers(-size, size - 1), min_size=count, max_size=count),
                st.integers(-size, size - 1),
                st.slices(size),
            )
            for size in SHAPE
        )
    )
)
keys = st.one_of(basic, picks)


def counted(layout="plain"):
    """Make equal arrays here and in numpy; the tensor may lie in memory in another order."""
    values = np.arange(60, dtype="float32").reshape(SHAPE)
    tensor = torch.from_numpy(values.copy())
    if layout == "turned":
        tensor = tensor.permute(2, 0, 1).contiguous().permute(1, 2, 0)
        assert not tensor.is_contiguous()
    return nd.from_torch(tensor), values.copy()


layouts = st.sampled_from(["plain", "turned"])


@given(keys, layouts)
def test_get(key, layout):
    array, values = counted(layout)
    found, expected = array[key], values[key]
    assert found.shape == (expected.shape or (1,))
    assert found.asnumpy().ravel().tolist() == np.ravel(expected).tolist()


@given(basic, layouts)
def test_a_block_in_one_piece_is_a_view_and_another_is_a_copy(key, layout):
    array, values = counted(layout)
    found, expected = array[key], values[key]
    found[:] = -1
    if np.ndim(expected) == 0 or expected.flags.c_contiguous:
        values[key] = -1
    assert array.asnumpy().tolist() == values.tolist()


@given(keys, layouts, st.booleans())
def test_put_a_number(key, layout, is_array):
    array, values = counted(layout)
    array[key] = nd.array([-7]) if is_array else -7
    values[key] = -7
    assert array.asnumpy().tolist() == values.tolist()


@given(keys, layouts, st.data())
def test_put_an_array(key, layout, data):
    array, values = counted(layout)
    target = values[key].shape
    # Of the target's shape, or with an axis less, or one more of size one.
    shape = data.draw(st.sampled_from([target, target[1:], (1, *target)]))
    given_values = -1 - np.arange(np.prod(shape, dtype=int), dtype="float32").reshape(shape)
    array[key] = given_values
    # Which of several values stays at a place written twice is nobody's promise.
    places = np.arange(60).reshape(SHAPE)[key]
    if len(np.unique(places)) == np.size(places):
        values[key] = given_values[0] if shape == (1, *target) else given_values
        assert array.asnumpy().tolist() == values.tolist()


@given(basic, basic)
def test_put_a_part_of_itself(key, other):
    array, values = counted()
    if values[key].shape == values[other].shape:
        array[key] = array[other]
        values[key] = values[other].copy()
        assert array.asnumpy().tolist() == values.tolist()


def test_a_view_of_a_view_writes_through():
    array, values = counted()
    array[1][2:4][1][3] = -1
    values[1, 3, 3] = -1
    assert array.asnumpy().tolist() == values.tolist()


def test_rows_are_views():
    array = nd.zeros((2, 3))
    for row in array:
        row += 1
    assert array.asnumpy().tolist() == [[1] * 3] * 2


def test_the_whole_array_is_itself():
    array, _ = counted()
    assert array[:] is array


@pytest.mark.parametrize(
    "picks",
    [
        pytest.param([2, 0], id="list"),
        pytest.param((2, 0), id="tuple in a tuple"),
        pytest.param(range(2, -1, -2), id="range"),
        pytest.param(np.array([2, 0]), id="numpy"),
        pytest.param(np.array([2.9, 0.2]), id="floats are cut"),
        pytest.param(nd.array([2, 0]), id="NDArray"),
        pytest.param(nd.array([2, 0], dtype="int32"), id="NDArray of ints"),
        pytest.param(torch.tensor([2, 0]), id="tensor"),
    ],
)
def test_kinds_of_picks(picks):
    array, values = counted()
    assert array[picks, 1].asnumpy().tolist() == values[[2, 0], 1].tolist()


@pytest.mark.parametrize(
    ("key", "error", "words"),
    [
        pytest.param(3, OutOfRangeError, r"must be in \[-3, 2\] on axis 0, got 3", id="int"),
        pytest.param((0, -5), OutOfRangeError, r"must be in \[-4, 3\] on axis 1, got -5", id="second axis"),
        pytest.param((..., 5), OutOfRangeError, r"must be in \[-5, 4\] on axis 2, got 5", id="after dots"),
        pytest.param([3], OutOfRangeError, "index 3 is out of bounds", id="list"),
        pytest.param((0, 0, 0, 0), OutOfRangeError, "must be at most one for each of 3 axes, got 4", id="too many"),
        pytest.param(([0], 0, 0, 0), IndexError, "must be at most one for each of 3 axes, got 4", id="too many picks"),
        pytest.param((..., ...), ArgumentTypeError, "must have at most one `...`, got 2", id="dots"),
        pytest.param("a", ArgumentTypeError, "must be ints, slices, `...`, None or arrays of ints, got str", id="text"),
        pytest.param(1.0, ArgumentTypeError, "arrays of ints, got float", id="float"),
        pytest.param(True, ArgumentTypeError, "arrays of ints, got bool", id="bool"),
        pytest.param(slice(0, 1.0), ArgumentTypeError, "a slice must have ints, got float", id="slice"),
        pytest.param(["a"], ArgumentTypeError, r"an array must hold ints, got \['a'\]", id="texts"),
        pytest.param(
            [True, False, True], ArgumentTypeError, "got a mask of bools; use nd.contrib.boolean_mask", id="mask"
        ),
    ],
)
def test_wrong_keys(key, error, words):
    array, _ = counted()
    with pytest.raises(error, match=words):
        array[key]
    with pytest.raises(error, match=words):
        array[key] = 0


@pytest.mark.parametrize(
    ("value", "error", "words"),
    [
        pytest.param(
            np.zeros((2, 5)), ShapeError, r"the value must broadcast to shape \(4, 5\), got \(2, 5\)", id="shape"
        ),
        pytest.param(np.zeros((2, 4, 5)), ShapeError, r"to shape \(4, 5\), got \(2, 4, 5\)", id="axes"),
        pytest.param("a", ArgumentTypeError, "the value must be a number or an array of numbers, got 'a'", id="text"),
        pytest.param(None, ArgumentTypeError, "the value must be a number or an array of numbers, got None", id="None"),
    ],
)
def test_wrong_values(value, error, words):
    array, _ = counted()
    with pytest.raises(error, match=words):
        array[0] = value
    with pytest.raises(error, match=r"must b"):
        array[[0, 0]] = value if error is ArgumentTypeError else np.zeros((3, 4, 5))
