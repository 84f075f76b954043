"""Elements by index, in order, and in sequences: slow loops from the definitions."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from regluon.ops.registry import find

DATA = torch.arange(24.0).reshape(2, 3, 4)


def within(index: float, size: int, mode: str) -> int:
    whole = int(index)
    return whole % size if mode == "wrap" else min(max(whole, 0), size - 1)


@pytest.mark.parametrize("mode", ["clip", "wrap"])
@pytest.mark.parametrize("axis", [0, 1, -1])
def test_pick_equals_a_loop(axis: int, mode: Any) -> None:
    rest = [size for place, size in enumerate(DATA.shape) if place != axis % 3]
    index = torch.randint(-6, 9, rest) + 0.5
    found = find("pick")(DATA, index, axis=axis, mode=mode)
    for place in np.ndindex(*rest):
        whole = list(place)
        whole.insert(axis % 3, within(index[place], DATA.shape[axis], mode))
        assert found[place] == DATA[tuple(whole)]
    assert find("pick")(DATA, index, axis=axis, mode=mode, keepdims=True).ndim == 3


def test_pick_out_of_one_axis_has_an_axis() -> None:
    assert find("pick")(torch.tensor([1.0, 2.0]), torch.tensor([1.0]), axis=0).tolist() == [2]


@pytest.mark.parametrize("mode", ["clip", "wrap"])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_take_equals_a_loop(axis: int, mode: Any) -> None:
    indices = torch.tensor([[-1.0, 5.0], [1.9, 0.0]])
    found = find("take")(DATA, indices, axis=axis, mode=mode)
    places = np.array([[within(x, DATA.shape[axis], mode) for x in row] for row in indices.tolist()])
    np.testing.assert_array_equal(found, np.take(DATA.numpy(), places, axis))


@pytest.mark.parametrize("index", [-1, 2])
def test_take_may_raise(index: int) -> None:
    with pytest.raises(IndexError, match="index out of range"):
        find("take")(DATA, torch.tensor([index]), mode="raise")


def test_what_is_taken_twice_has_twice_the_gradient() -> None:
    data = torch.arange(3.0).requires_grad_()
    find("take")(data, torch.tensor([2, 0, 2, 9])).sum().backward()
    assert data.grad.tolist() == [1, 0, 3]  # type: ignore[union-attr]


def test_batch_take_clips() -> None:
    found = find("batch_take")(DATA, torch.tensor([[0, 3, 9], [-1, 1, 2]]))
    assert found.tolist() == [[0, 7, 11], [12, 17, 22]]


def test_gather_and_scatter_are_inverse() -> None:
    indices = torch.tensor([[0, 1, 1], [2, 0, 1]])
    found = find("gather_nd")(DATA, indices)
    np.testing.assert_array_equal(found, DATA[indices[0], indices[1]])
    back = find("scatter_nd")(found, indices, shape=(2, 3, 4))
    np.testing.assert_array_equal(back, np.where(np.isin(DATA, found) & (back != 0).numpy(), DATA, 0))
    torch.testing.assert_close(find("gather_nd")(back, indices), found)


def test_gather_counts_negative_indices_from_the_end() -> None:
    assert find("gather_nd")(DATA[0], torch.tensor([[-1.0], [-0.5]])).tolist() == [11]


def test_gather_refuses_what_lies_outside() -> None:
    with pytest.raises(IndexError, match=r"out of (bounds|range)"):
        find("gather_nd")(DATA, torch.tensor([[2], [0]]))


def test_the_last_of_several_is_scattered() -> None:
    found = find("scatter_nd")(torch.tensor([5.0, 6.0]), torch.tensor([[1, 1]]), shape=(2,))
    assert found.tolist() == [0, 6]


def test_one_hot_is_a_comparison() -> None:
    found = find("one_hot")(torch.tensor([[0, 2.9], [-1, 3]]), depth=3, on_value=5, off_value=-1, dtype="int32")
    assert found.dtype == torch.int32
    assert found.tolist() == [[[5, -1, -1], [-1, -1, 5]], [[-1, -1, -1], [-1, -1, -1]]]


def test_where_chooses_elements_or_rows() -> None:
    x, y = torch.ones(2, 2), torch.zeros(2, 2)
    assert find("where")(torch.tensor([[1, 0], [np.nan, -2]]), x, y).tolist() == [[1, 0], [1, 1]]
    assert find("where")(torch.tensor([0, 1]), x, y).tolist() == [[0, 0], [1, 1]]


def test_where_sends_gradients_to_what_was_chosen() -> None:
    x, y = torch.tensor([1.0, np.inf], requires_grad=True), torch.tensor([np.nan, 1.0], requires_grad=True)
    find("where")(torch.tensor([1, 0]), x, y).sum().backward()
    assert (x.grad.tolist(), y.grad.tolist()) == ([1, 0], [0, 1])  # type: ignore[union-attr]


def test_what_is_chosen_from_has_one_shape() -> None:
    complete = find("where").complete
    assert complete is not None
    found = complete({"condition": None, "x": None, "y": (2, 3)}, {})
    assert found == {"condition": None, "x": (2, 3), "y": (2, 3)}


def test_rows_are_looked_up_and_updated() -> None:
    weight = torch.arange(6.0).reshape(3, 2).requires_grad_()
    found = find("Embedding")(torch.tensor([[1.7, -4], [9, 1]]), weight, input_dim=3, output_dim=2)
    assert found.tolist() == [[[2, 3], [0, 1]], [[4, 5], [2, 3]]]
    found.sum().backward()
    assert weight.grad.tolist() == [[1, 1], [2, 2], [1, 1]]  # type: ignore[union-attr]


def test_the_table_of_an_embedding_follows_from_its_attributes() -> None:
    complete = find("Embedding").complete
    assert complete is not None
    found = complete({"data": None, "weight": None}, {"input_dim": 3, "output_dim": 2})
    assert found == {"data": None, "weight": (3, 2)}


@given(st.lists(st.integers(1, 4), min_size=1, max_size=3).map(tuple))
def test_numbers_and_indices_are_numpys(shape: tuple[int, ...]) -> None:
    numbers = torch.arange(float(np.prod(shape)))
    indices = find("_unravel_index")(numbers, shape=shape)
    np.testing.assert_array_equal(indices, np.unravel_index(np.arange(np.prod(shape)), shape))
    torch.testing.assert_close(find("_ravel_multi_index")(indices, shape=shape), numbers)
    torch.testing.assert_close(find("_ravel_multi_index")(indices, shape=(-1, *shape[1:])), numbers)


# Order

TIES = st.lists(st.integers(0, 3), min_size=1, max_size=40)


@given(TIES, st.booleans())
def test_equal_elements_keep_their_order(values: list[int], ascend: bool) -> None:
    data = torch.tensor(values, dtype=torch.float32)
    expected = sorted(range(len(values)), key=lambda place: values[place] * (1 if ascend else -1))
    assert find("argsort")(data, is_ascend=ascend).tolist() == expected
    assert find("sort")(data, is_ascend=ascend).tolist() == [values[place] for place in expected]
    k = (len(values) + 1) // 2
    assert find("topk")(data, k=k, is_ascend=ascend).tolist() == expected[:k]


@pytest.mark.parametrize("axis", [0, 1, None])
def test_all_results_of_topk_agree(axis: int | None) -> None:
    data = torch.tensor([[3.0, 1, 2, 3], [0, 5, -1, 5]])
    values, indices = find("topk")(data, k=2, axis=axis, ret_typ="both")
    torch.testing.assert_close(find("topk")(data, k=2, axis=axis, ret_typ="value"), values)
    torch.testing.assert_close(find("topk")(data, k=2, axis=axis), indices)
    source = data.flatten() if axis is None else data
    torch.testing.assert_close(source.gather(axis or 0, indices.long()), values)
    mask = find("topk")(data, k=2, axis=axis, ret_typ="mask")
    assert mask.shape == data.shape
    np.testing.assert_array_equal(mask.bool(), np.isin(data, values) & mask.numpy().astype(bool))
    assert mask.sum() == values.numel()


def test_without_k_all_are_in_order() -> None:
    assert find("topk")(torch.tensor([1.0, 3, 2]), k=0, dtype="int32").tolist() == [1, 2, 0]


@pytest.mark.parametrize(("ret_typ", "names"), [("both", 2), ("value", 1), ("indices", 1), ("mask", 1)])
def test_topk_names_its_outputs(ret_typ: str, names: int) -> None:
    assert len(find("topk").outputs({"ret_typ": ret_typ})) == names


def test_ordered_elements_send_their_gradients_back() -> None:
    data = torch.tensor([3.0, 1, 2], requires_grad=True)
    find("sort")(data).backward(torch.tensor([10.0, 20, 30]))
    assert data.grad.tolist() == [30, 10, 20]  # type: ignore[union-attr]


# Sequences

LENGTHS = [3.0, 0.0, 2.9]


def sequences(axis: int) -> torch.Tensor:
    data = torch.arange(24.0).reshape(4, 3, 2)
    return data.transpose(0, 1) if axis else data


@pytest.mark.parametrize("axis", [0, 1])
def test_sequence_mask_equals_a_loop(axis: Any) -> None:
    data = sequences(axis)
    found = find("SequenceMask")(data, torch.tensor(LENGTHS), use_sequence_length=True, value=-1, axis=axis)
    for step, one in np.ndindex(4, 3):
        place = (one, step) if axis else (step, one)
        expected = data[place].tolist() if step < int(LENGTHS[one]) else [-1, -1]
        assert found[place].tolist() == expected
    torch.testing.assert_close(find("SequenceMask")(data, axis=axis), data)


@pytest.mark.parametrize("axis", [0, 1])
def test_sequence_last_equals_a_loop(axis: Any) -> None:
    data = sequences(axis)
    found = find("SequenceLast")(data, torch.tensor(LENGTHS), use_sequence_length=True, axis=axis)
    steps = data.transpose(0, 1) if axis else data
    for one, length in enumerate(LENGTHS):
        assert found[one].tolist() == steps[max(int(length) - 1, 0), one].tolist()
    torch.testing.assert_close(find("SequenceLast")(data, axis=axis), steps[3])


def test_sequence_reverse_equals_a_loop() -> None:
    data = sequences(0)
    found = find("SequenceReverse")(data, torch.tensor(LENGTHS), use_sequence_length=True)
    for one, length in enumerate(map(int, LENGTHS)):
        order = [*reversed(range(length)), *range(length, 4)]
        torch.testing.assert_close(found[:, one], data[order, one])
    torch.testing.assert_close(find("SequenceReverse")(data), data.flip(0))


@pytest.mark.parametrize("name", ["SequenceMask", "SequenceLast", "SequenceReverse"])
def test_lengths_are_only_there_when_used(name: str) -> None:
    operator = find(name)
    assert list(operator.omit({"use_sequence_length": False})) == ["sequence_length"]
    assert not list(operator.omit({"use_sequence_length": True}))
    assert operator.complete is not None
    shapes = {"data": (4, 3, 2), "sequence_length": None}
    assert operator.complete(shapes, {"axis": 0})["sequence_length"] == (3,)
    assert operator.complete({"data": None}, {"axis": 0}) == {"data": None}
