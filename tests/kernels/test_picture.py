"""Pictures of another size: the compiled loop gives the bits of plain torch, and of a slow loop from the definition."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from regluon.kernels import jit
from regluon.kernels import picture as module
from regluon.kernels.picture import DROPPED, EVEN, HALF_UP, resize_whole
from regluon.ops.image import taps

KINDS = {
    "linear": (DROPPED, lambda old, new: taps.linear(old, new, torch.device("cpu"))),
    "cubic": (EVEN, lambda old, new: taps.cubic(old, new, torch.device("cpu"))),
    "lanczos": (HALF_UP, lambda old, new: taps.lanczos(old, new, torch.device("cpu"))),
}
every_kind = pytest.mark.parametrize(("rounding", "table"), KINDS.values(), ids=KINDS)
SHAPES = [(1, 7, 9, 3), (2, 5, 4, 1), (3, 1, 6, 2), (1, 8, 1, 4)]
SIZES = [(3, 2), (11, 5), (5, 12), (1, 1), (9, 9)]


def pictures(*shape: int) -> Tensor:
    return torch.from_numpy(np.random.RandomState(sum(shape)).randint(0, 256, shape).astype(np.uint8))


def arguments(data: Tensor, size: tuple[int, int], rounding: int, table) -> tuple:
    across, down = table(data.shape[2], size[0]), table(data.shape[1], size[1])
    return data, across.index, across.weight, down.index, down.weight, rounding


def defined(data: Tensor, columns, column_weights, rows, row_weights, rounding: int) -> np.ndarray:
    """Do it number by number, in whole numbers without bounds."""
    weights = [np.rint(one.numpy() * np.float32(2048)).astype(int) for one in (column_weights, row_weights)]
    found = np.zeros((data.shape[0], rows.shape[1], columns.shape[1], data.shape[3]), np.uint8)
    for n, y, x, c in np.ndindex(*found.shape):
        lines = [
            sum(int(data[n, row, column, c]) * int(weights[0][k, x]) for k, column in enumerate(columns[:, x].tolist()))
            for row in rows[:, y].tolist()
        ]
        factors = weights[1][:, y].tolist()
        if rounding == DROPPED:
            total = sum((line >> 4) * factor >> 16 for line, factor in zip(lines, factors, strict=True)) + 2 >> 2
        elif rounding == HALF_UP:
            total = sum(line * factor for line, factor in zip(lines, factors, strict=True)) + 2**21 >> 22
        else:
            total = np.float32(0)
            for line, factor in zip(lines, factors, strict=True):
                total += np.float32(line) * (np.float32(factor) * np.float32(2.0**-22))
            total = int(np.rint(total))
        found[n, y, x, c] = min(max(total, 0), 255)
    return found


@every_kind
@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_both_ways_equal_the_definition(shape, size, rounding, table, monkeypatch: pytest.MonkeyPatch):
    given = arguments(pictures(*shape), size, rounding, table)
    expected = defined(*given)
    np.testing.assert_array_equal(resize_whole(*given).numpy(), expected)
    monkeypatch.setattr(module, "_SMALL", 0)
    np.testing.assert_array_equal(resize_whole(*given).numpy(), expected)


@every_kind
def test_large_pictures_by_any_number_of_threads(rounding, table, threads: Callable[[int], None]):
    given = arguments(pictures(3, 60, 50, 3), (70, 40), rounding, table)
    found = []
    for count in (1, 2, 3):
        threads(count)
        found.append(resize_whole(*given))
    assert torch.equal(found[0], found[1])
    assert torch.equal(found[0], found[2])
    np.testing.assert_array_equal(
        found[0][1:2, :3].numpy(), defined(given[0][1:2], *given[1:3], *(one[:, :3] for one in given[3:5]), rounding)
    )


def test_the_extremes_do_not_overflow():
    for kind, (rounding, table) in KINDS.items():
        data = torch.tensor([0, 255], dtype=torch.uint8).repeat(30).reshape(1, 1, 60, 1).expand(1, 60, 60, 1)
        given = arguments(data, (90, 90), rounding, table)
        np.testing.assert_array_equal(
            resize_whole(*given)[:, :5].numpy(),
            defined(*given[:3], *(one[:, :5] for one in given[3:5]), rounding),
            err_msg=kind,
        )


def test_strided_pictures():
    data = pictures(1, 3, 40, 40).permute(0, 2, 3, 1)
    given = arguments(data, (30, 50), *KINDS["linear"])
    assert torch.equal(resize_whole(*given), resize_whole(data.contiguous(), *given[1:]))


def test_without_a_compiler(monkeypatch: pytest.MonkeyPatch):
    given = arguments(pictures(1, 40, 40, 3), (30, 50), *KINDS["cubic"])
    expected = resize_whole(*given)
    monkeypatch.setattr(jit, "available", lambda: False)
    assert torch.equal(resize_whole(*given), expected)


def test_is_a_well_behaved_operator():
    data, *tables, rounding = arguments(pictures(1, 9, 8, 3), (5, 6), *KINDS["lanczos"])
    weights = [(one * 2048).round().int() for one in (tables[1], tables[3])]
    torch.library.opcheck(module._resize, (data, tables[0], weights[0], tables[2], weights[1], rounding))
