"""Operators that move elements: against slow loops, numpy's own and each other."""

import itertools
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from regluon.ops.registry import find
from regluon.ops.tensor.shapes import all_alike


def count_up(*shape: int) -> torch.Tensor:
    return torch.arange(float(np.prod(shape))).reshape(shape)


def shape_of(data: torch.Tensor, shape: tuple[int, ...], **attributes: Any) -> tuple[int, ...]:
    return tuple(find("Reshape")(data, shape=shape, **attributes).shape)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        pytest.param((4, 0, 2), (4, 3, 2), id="0 keeps"),
        pytest.param((0, -1), (2, 12), id="-1 takes the rest"),
        pytest.param((-2, 1), (2, 3, 4, 1), id="-2 copies the rest"),
        pytest.param((2, -2), (2, 3, 4), id="-2 copies what is left"),
        pytest.param((-3, 0), (6, 4), id="-3 joins two"),
        pytest.param((0, -3), (2, 12), id="-3 joins the last two"),
        pytest.param((0, 0, -4, -1, 2), (2, 3, 2, 2), id="-4 parts one"),
        pytest.param((-4, 1, 2, -3), (1, 2, 12), id="-4 and -3"),
    ],
)
def test_reshape_codes(shape: tuple[int, ...], expected: tuple[int, ...]) -> None:
    assert shape_of(torch.zeros(2, 3, 4), shape) == expected


CODES = st.lists(st.sampled_from([0, -1, -3, 2, 3, 4, 6, 12]), min_size=1, max_size=4).map(tuple)


@given(CODES)
def test_reading_from_the_right_mirrors_reading_from_the_left(shape: tuple[int, ...]) -> None:
    def outcome(data: torch.Tensor, shape: tuple[int, ...], reverse: bool) -> Any:
        try:
            return shape_of(data, shape, reverse=reverse)
        except ValueError:
            return "refused"

    data = torch.zeros(2, 3, 4)
    left = outcome(data.permute(2, 1, 0), shape[::-1], reverse=False)
    right = outcome(data, shape, reverse=True)
    assert right == (left if left == "refused" else left[::-1])


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"target_shape": (0, 12)}, (2, 12)),
        ({"target_shape": (2, 0)}, (2, 12)),
        ({"target_shape": (7, 0), "keep_highest": True}, (2, 12)),
    ],
)
def test_reshape_in_its_older_form(attributes: dict[str, Any], expected: tuple[int, ...]) -> None:
    assert tuple(find("Reshape")(torch.zeros(2, 3, 4), **attributes).shape) == expected


def test_reshape_like_replaces_some_axes() -> None:
    found = find("reshape_like")(torch.zeros(2, 3, 4), torch.zeros(5, 12, 7), lhs_begin=-2, rhs_begin=1, rhs_end=-1)
    assert tuple(found.shape) == (2, 12)


def test_squeeze_leaves_one_axis() -> None:
    assert tuple(find("squeeze")(torch.zeros(1, 1)).shape) == (1,)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=4), st.integers(-2, 1))
def test_parts_joined_are_the_whole(sizes: list[int], axis: int) -> None:
    whole = count_up(*(sum(sizes) or 1, sum(sizes) or 1))
    places = tuple(itertools.accumulate([0, *sizes[:-1]]))
    parts = find("_split_v2")(whole, indices=places, axis=axis)
    parts = [parts] if isinstance(parts, torch.Tensor) else list(parts)
    torch.testing.assert_close(find("Concat")(*parts, dim=axis), whole)


def test_uneven_sections_are_longer_at_first() -> None:
    parts = find("_split_v2")(count_up(2, 5), indices=(), sections=3)
    assert [part.shape[1] for part in parts] == [2, 2, 1]


def test_stacked_channels_come_apart() -> None:
    arrays = [count_up(2, 3) + place for place in range(3)]
    whole = find("stack")(*arrays, axis=1)
    for one, other in zip(find("SliceChannel")(whole, num_outputs=3, squeeze_axis=True), arrays, strict=True):
        torch.testing.assert_close(one, other)
    assert isinstance(find("SliceChannel")(whole, num_outputs=1), torch.Tensor)


BOUNDS = st.none() | st.integers(-7, 7)


@given(BOUNDS, BOUNDS, st.none() | st.sampled_from([-3, -2, -1, 1, 2, 3]))
def test_slice_means_what_python_means(begin: int | None, end: int | None, step: int | None) -> None:
    data = count_up(5, 2)
    found = find("slice")(data, begin=(begin,), end=(end,), step=(step,))
    np.testing.assert_array_equal(found, data.numpy()[slice(begin, end, step)])


def test_slices_that_go_backwards_have_gradients() -> None:
    data = count_up(3, 4).requires_grad_()
    find("slice")(data, begin=(2, None), end=(0, 2), step=(-1, None)).sum().backward()
    np.testing.assert_array_equal(data.grad, [[0, 0, 0, 0], [1, 1, 0, 0], [1, 1, 0, 0]])


def test_slice_like_cuts_the_named_axes() -> None:
    data = count_up(3, 4)
    found = find("slice_like")(data, torch.zeros(9, 2), axes=(-1,))
    np.testing.assert_array_equal(found, data[:, :2])


@pytest.mark.parametrize("k", range(-3, 5))
def test_diag_takes_and_makes_what_numpy_does(k: int) -> None:
    matrix, line = count_up(3, 4), count_up(3) + 1
    np.testing.assert_array_equal(find("diag")(matrix, k=k), np.diagonal(matrix, k))
    np.testing.assert_array_equal(find("diag")(line, k=k), np.diag(line, k))


def test_diag_of_two_axes_of_three() -> None:
    data = count_up(2, 3, 4)
    np.testing.assert_array_equal(find("diag")(data, k=1, axis1=0, axis2=-1), np.diagonal(data, 1, 0, 2))


@given(st.lists(st.integers(1, 3), max_size=4).map(tuple))
def test_tile_is_numpys(reps: tuple[int, ...]) -> None:
    data = count_up(2, 3)
    np.testing.assert_array_equal(find("tile")(data, reps=reps), np.tile(data, reps))


@pytest.mark.parametrize("axis", [None, 0, 1, -1])
def test_repeat_is_numpys(axis: int | None) -> None:
    data = count_up(2, 3)
    np.testing.assert_array_equal(find("repeat")(data, repeats=2, axis=axis), np.repeat(data.numpy(), 2, axis))


def test_an_axis_reversed_twice_is_as_it_was() -> None:
    data = count_up(2, 3)
    np.testing.assert_array_equal(find("reverse")(data, axis=(0, 0)), data)
    np.testing.assert_array_equal(find("reverse")(data, axis=(0, 1)), data.numpy()[::-1, ::-1])


@pytest.mark.parametrize("rank", [4, 5])
@pytest.mark.parametrize("mode", ["constant", "edge", "reflect"])
def test_pad_is_numpys(mode: Any, rank: int) -> None:
    data = count_up(*[1, 2, 3, 4, 3][:rank])
    widths = [(0, 0), (0, 0), (1, 2), (2, 1), (0, 2)][:rank]
    flat = tuple(width for pair in widths for width in pair)
    extra = {"constant_value": 9.0} if mode == "constant" else {}
    numpy_extra = {"constant_values": 9} if mode == "constant" else {}
    found = find("Pad")(data, mode=mode, pad_width=flat, **extra)
    np.testing.assert_array_equal(found, np.pad(data, widths, mode, **numpy_extra))


def test_broadcasts_add_their_gradients_up() -> None:
    for name, inputs, attributes in (
        ("broadcast_to", (), {"shape": (4, 0)}),
        ("broadcast_axis", (), {"axis": 0, "size": 4}),
        ("broadcast_like", (torch.zeros(4, 3),), {}),
    ):
        data = count_up(1, 3).requires_grad_()
        found = find(name)(data, *inputs, **attributes)
        np.testing.assert_array_equal(found.detach(), np.tile([0, 1, 2], (4, 1)))
        found.sum().backward()
        assert data.grad.tolist() == [[4, 4, 4]]  # type: ignore[union-attr]


def test_depth_to_space_equals_the_definition() -> None:
    data, side = count_up(2, 12, 2, 3), 2
    found = find("depth_to_space")(data, block_size=side)
    for b, c, y, x in np.ndindex(*found.shape):
        channel = ((y % side) * side + x % side) * found.shape[1] + c
        assert found[b, c, y, x] == data[b, channel, y // side, x // side]
    torch.testing.assert_close(find("space_to_depth")(found, block_size=side), data)


@pytest.mark.parametrize("scale", [1, 2, 3, 7])
def test_nearest_pixels_are_repeated(scale: int) -> None:
    data = count_up(1, 2, 3, 5)
    found = find("UpSampling")(data, scale=scale, sample_type="nearest")
    np.testing.assert_array_equal(found, data.numpy().repeat(scale, 2).repeat(scale, 3))


def test_large_factors_do_not_slip() -> None:
    found = find("UpSampling")(count_up(1, 1, 1, 97), scale=49, sample_type="nearest")
    np.testing.assert_array_equal(found[0, 0, 0], np.arange(97).repeat(49))


@pytest.mark.parametrize(("mode", "channels"), [("concat", 2), ("sum", 1)])
def test_several_images_become_as_large_as_the_first(mode: Any, channels: int) -> None:
    small, large = count_up(1, 1, 2, 2), count_up(1, 1, 4, 4)
    found = find("UpSampling")(small, large, scale=4, sample_type="nearest", multi_input_mode=mode)
    one, other = (find("UpSampling")(x, scale=k, sample_type="nearest") for x, k in ((small, 4), (large, 2)))
    torch.testing.assert_close(found, torch.cat([one, other], 1) if channels == 2 else one + other)


def test_bilinear_weights_keep_a_plane() -> None:
    side, scale = 4, 2
    ramp = 1 - (torch.arange(side) - 1.5).abs() / scale
    weight = (ramp.unsqueeze(0) * ramp.unsqueeze(1)).reshape(1, 1, side, side)
    found = find("UpSampling")(torch.ones(1, 1, 5, 5), weight, scale=scale, sample_type="bilinear", num_filter=1)
    torch.testing.assert_close(found[:, :, 1:-1, 1:-1], torch.ones(1, 1, 8, 8))


@pytest.mark.parametrize(
    ("attributes", "top", "left"),
    [({"offset": (1, 2)}, 1, 2), ({"center_crop": True}, 1, 1), ({"center_crop": True, "offset": (0, 0)}, 1, 1)],
)
def test_crop_takes_a_window(attributes: dict[str, Any], top: int, left: int) -> None:
    image = count_up(1, 2, 5, 6)
    expected = image[:, :, top : top + 2, left : left + 3]
    torch.testing.assert_close(find("Crop")(image, h_w=(2, 3), **attributes), expected)
    torch.testing.assert_close(find("Crop")(image, torch.zeros(1, 1, 2, 3), **attributes), expected)


def test_every_input_gets_the_one_shape_known() -> None:
    assert all_alike({"lhs": None, "rhs": (2, 3)}, {}) == {"lhs": (2, 3), "rhs": (2, 3)}
    assert all_alike({"lhs": None}, {}) == {"lhs": None}


@pytest.mark.parametrize(
    ("name", "attributes", "count"),
    [
        ("SliceChannel", {"num_outputs": 3}, 3),
        ("SliceChannel", {"num_outputs": 1}, 1),
        ("_split_v2", {"sections": 2, "indices": ()}, 2),
        ("_split_v2", {"sections": 0, "indices": (0, 1, 4)}, 3),
    ],
)
def test_every_part_has_a_name(name: str, attributes: dict[str, Any], count: int) -> None:
    names = find(name).outputs(attributes)
    assert len(set(names)) == count
