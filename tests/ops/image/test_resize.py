"""Resizing: refusals, gradients, and what holds for every way to interpolate. The numbers are in test_recorded.py."""

import pytest
import torch

from regluon import th
from regluon.core.errors import ArgumentError, NotSupportedError, ShapeError


@pytest.mark.parametrize("interp", range(5))
@pytest.mark.parametrize("size", [(3, 2), (11, 9), (4, 12)], ids=str)
class TestEveryWay:
    def test_one_colour_stays(self, interp: int, size: tuple[int, int]):
        for value, dtype in ((200, torch.uint8), (0.3, torch.float64)):
            found = th.image.resize(torch.full((5, 7, 3), value, dtype=dtype), size=size, interp=interp)
            assert found.shape == (size[1], size[0], 3)
            torch.testing.assert_close(found, torch.full_like(found, value))

    def test_pictures_of_a_batch_do_not_meet(self, interp: int, size: tuple[int, int]):
        data = torch.randint(0, 256, (2, 5, 7, 3), dtype=torch.uint8)
        both = th.image.resize(data, size=size, interp=interp)
        for one, found in zip(data, both, strict=True):
            assert torch.equal(th.image.resize(one, size=size, interp=interp), found)

    def test_gradients_are_those_of_a_linear_map(self, interp: int, size: tuple[int, int]):
        data = torch.rand(5, 7, 1, dtype=torch.float64, requires_grad=True)
        head, other = torch.rand(size[1], size[0], 1), torch.rand(5, 7, 1, dtype=torch.float64)
        th.image.resize(data, size=size, interp=interp).backward(head.double())
        sent = (th.image.resize(other, size=size, interp=interp) * head).sum()
        torch.testing.assert_close((data.grad * other).sum(), sent)


def test_area_is_the_mean_of_what_is_covered():
    data = torch.arange(15.0).reshape(1, 15, 1)
    found = th.image.resize(data, size=(4, 1), interp=3).flatten()
    # Each output covers 3.75 inputs.
    expected = [(0 + 1 + 2 + 0.75 * 3) / 3.75, (0.25 * 3 + 4 + 5 + 6 + 0.5 * 7) / 3.75]
    torch.testing.assert_close(found[:2], torch.tensor(expected))


def test_nothing_is_shared_where_nothing_is_to_do():
    data = torch.zeros(2, 3, 1)
    th.image.resize(data, size=(3, 2)).add_(1)
    assert data.sum() == 0


@pytest.mark.parametrize(
    ("shape", "attributes", "error", "words"),
    [
        pytest.param((4, 4), {"size": 2}, ShapeError, r"data must be \(H, W, C\) or", id="no channels"),
        pytest.param((4, 4, 3), {}, ArgumentError, r"size must be 1 or 2 ints >= 1, got \(\)", id="no size"),
        pytest.param((4, 4, 3), {"size": (1, 2, 3)}, ArgumentError, "size must be 1 or 2 ints", id="long size"),
        pytest.param((4, 4, 3), {"size": (0, 2)}, ArgumentError, r"size must be .*, got \(0, 2\)", id="zero"),
        pytest.param((0, 4, 3), {"size": 2}, ShapeError, "data must have pixels", id="no pixels"),
        pytest.param((4, 4, 3), {"size": 2, "interp": 9}, ArgumentError, "interp must be one of 0, 1, 2, 3, 4", id="9"),
    ],
)
def test_refusals(shape: tuple[int, ...], attributes: dict, error: type, words: str):
    with pytest.raises(error, match=f"_image_resize: {words}"):
        th.image.resize(torch.zeros(shape), **attributes)


def test_other_dtypes_are_refused():
    for dtype in (torch.float16, torch.int32):
        with pytest.raises(NotSupportedError, match="data must be uint8, float32 or float64 to be resized, got torch"):
            th.image.resize(torch.zeros(2, 2, 3, dtype=dtype), size=3)
