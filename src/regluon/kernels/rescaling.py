"""Levels of one range in levels of another, and as real numbers."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from regluon.kernels.dispatch import runs_compiled
from regluon.kernels.rescaling_loops import write_levels, write_numbers
from regluon.kernels.threads import over_batch

__all__ = ["as_numbers", "as_numbers_plain", "rescale", "rescale_plain"]

# Rounded to the even neighbour all of a type may come out; away from 0, int8 is as wide to both sides.
_EVEN = {torch.int8: (-128.0, 127.0), torch.uint8: (0.0, 255.0)}
_AWAY = {torch.int8: (-127.0, 127.0), torch.uint8: (0.0, 255.0)}


@torch.library.custom_op("regluon::rescale", mutates_args=())
def rescale(
    arrays: list[Tensor],
    step: Tensor,
    dtype: torch.dtype,
    away: bool,
    dim: int = 0,
    scale: Tensor | None = None,
    shift: Tensor | None = None,
    first: Tensor | None = None,
) -> Tensor:
    """Join arrays of levels along an axis, each as ``((levels * step + shift) - first) * scale``, rounded.

    Reckoned in float32, in this order. On the CPU this is a compiled loop, numbers spread over threads; elsewhere, and
    without numba, plain torch. Both give the same bits.

    Args:
        arrays: n arrays of whole numbers, of shapes that differ on one axis at most.
        step: ``(n,)`` float32, as are those that follow.
        dtype: int8 or uint8, the type of the result; what is beyond it becomes its end.
        away: whether halves are rounded away from 0, and int8 never beyond 127, or to the even neighbour.
        dim: the axis.
        scale: ``(n,)``, 1 if not given.
        shift: ``(n,)``, 0 if not given.
        first: ``(n,)``, 0 if not given.

    Returns:
        The joined levels.

    Examples:
        >>> levels = torch.tensor([3, 5, -300])
        >>> rescale([levels.int()], torch.tensor([0.5]), torch.int8, False)
        tensor([   2,    2, -128], dtype=torch.int8)
        >>> rescale([levels.int()], torch.tensor([0.5]), torch.int8, True)
        tensor([   2,    3, -127], dtype=torch.int8)
    """
    if not runs_compiled(step):
        return rescale_plain(arrays, step, dtype, away, dim, scale, shift, first)
    defaults = zip((step, scale, shift, first), (1.0, 1.0, 0.0, 0.0), strict=True)
    numbers = zip(*([value] * len(arrays) if one is None else one.tolist() for one, value in defaults), strict=True)
    parts = []
    for array, line in zip(arrays, numbers, strict=True):
        same = line == (1.0, 1.0, 0.0, 0.0) and array.dtype == dtype and not away
        parts.append(array if same else _rescaled(array, line, dtype, away))
    return parts[0] if len(parts) == 1 and parts[0] is not arrays[0] else torch.cat(parts, dim)


@rescale.register_fake
def _(
    arrays: list[Tensor],
    step: Tensor,
    dtype: torch.dtype,
    away: bool,
    dim: int = 0,
    scale: Tensor | None = None,
    shift: Tensor | None = None,
    first: Tensor | None = None,
) -> Tensor:
    del step, away, scale, shift, first
    parts = [torch.empty_like(array, dtype=dtype) for array in arrays]
    return parts[0] if len(parts) == 1 else torch.cat(parts, dim)


def rescale_plain(
    arrays: list[Tensor],
    step: Tensor,
    dtype: torch.dtype,
    away: bool,
    dim: int = 0,
    scale: Tensor | None = None,
    shift: Tensor | None = None,
    first: Tensor | None = None,
) -> Tensor:
    """Answer as :func:`rescale` does, in plain torch: for every device, and nothing is copied to the host."""
    low, high = (_AWAY if away else _EVEN)[dtype]
    parts = []
    for place, array in enumerate(arrays):
        values = array.to(torch.float32) * step[place]
        values = values if shift is None else values + shift[place]
        values = values if first is None else values - first[place]
        values = values if scale is None else values * scale[place]
        values = values.abs().add_(0.5).trunc_().copysign_(values) if away else values.round_()
        parts.append(values.clamp_(low, high).to(dtype))
    return parts[0] if len(parts) == 1 else torch.cat(parts, dim)


@torch.library.custom_op("regluon::as_numbers", mutates_args=())
def as_numbers(levels: Tensor, step: Tensor, shift: Tensor | None = None) -> Tensor:
    """Give ``levels * step + shift`` in float32.

    On the CPU this is a compiled loop, numbers spread over threads; elsewhere, and without numba, plain torch. Both
    give the same bits.

    Args:
        levels: any shape, whole numbers.
        step: ``(1,)`` float32.
        shift: ``(1,)`` float32, 0 if not given.

    Returns:
        The shape of ``levels``, float32.

    Examples:
        >>> as_numbers(torch.tensor([2, -4], dtype=torch.int8), torch.tensor([0.25]), torch.tensor([1.0]))
        tensor([1.5000, 0.0000])
    """
    if not runs_compiled(levels):
        return as_numbers_plain(levels, step, shift)
    values, answer = _paired(levels, torch.float32)
    # Less than nothing, or the numbers of level 0 would lose the sign that they have in the product alone.
    line = np.float32(step.item()), np.float32(-0.0 if shift is None else shift.item())
    flat = _flat(values), _flat(answer)
    over_batch(lambda start, stop: write_numbers(flat[0], *line, flat[1], start, stop), values.numel(), values.numel())
    return answer


@as_numbers.register_fake
def _(levels: Tensor, step: Tensor, shift: Tensor | None = None) -> Tensor:
    del step, shift
    return torch.empty_like(levels, dtype=torch.float32)


def as_numbers_plain(levels: Tensor, step: Tensor, shift: Tensor | None = None) -> Tensor:
    """Answer as :func:`as_numbers` does, in plain torch: for every device, and nothing is copied to the host."""
    values = levels.to(torch.float32).mul_(step.reshape(()))
    return values if shift is None else values.add_(shift.reshape(()))


def _rescaled(array: Tensor, line: Sequence[float], dtype: torch.dtype, away: bool) -> Tensor:
    step, scale, shift, first, low, high = (np.float32(one) for one in (*line, *(_AWAY if away else _EVEN)[dtype]))
    values, answer = _paired(array, dtype)
    flat = _flat(values), _flat(answer)
    over_batch(
        lambda start, stop: write_levels(flat[0], step, shift, first, scale, low, high, away, flat[1], start, stop),
        values.numel(),
        values.numel(),
    )
    return answer


def _paired(values: Tensor, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Give numbers without gaps in memory, and a new array in whose memory they lie in the same order."""
    answer = torch.empty_like(values, dtype=dtype)
    if values.stride() == answer.stride():
        return values, answer
    return values.contiguous(), torch.empty_like(values, dtype=dtype, memory_format=torch.contiguous_format)


def _flat(dense: Tensor) -> np.ndarray:
    return dense.as_strided((dense.numel(),), (1,)).numpy()
