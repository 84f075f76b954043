"""From levels back to real numbers."""

from typing import Literal

import torch
from torch import Tensor

from regluon.core.mode import Dialect
from regluon.kernels.rescaling import as_numbers
from regluon.ops.contrib.quantized.levels import as_levels, complete_ranges, levels, number, per_level, reach
from regluon.ops.contrib.quantized.types import ranged
from regluon.ops.registry import op

__all__ = ["dequantize", "meaning"]


@op("_contrib_dequantize", complete=complete_ranges, types=ranged(torch.float32), differentiable=False)
def dequantize(
    data: Tensor,
    min_range: Tensor,
    max_range: Tensor,
    out_type: Literal["float32"] = "float32",
    dialect: Dialect = "native",
) -> Tensor:
    """Turn levels into the real numbers they stand for (MXNet, ``dequantize``).

    By the documented formulas a uint8 level q is ``q * (max - min) / 255 + min`` (the documentation leaves ``+ min``
    out, the software does not) and an int8 level ``q * reach / 127``. In the oneDNN dialect they are ``q * reach /
    255.5`` and ``q * reach / 127.5``. The reach is the distance of the farther end from 0.

    Args:
        data: any shape, int8 or uint8.
        min_range: ``(1,)`` the smallest number it can stand for.
        max_range: ``(1,)`` the largest.
        out_type: the only one.
        dialect: whose numbers to give.

    Returns:
        The shape of ``data``, float32.

    Examples:
        >>> dequantize(torch.tensor([-127, 0, 127], dtype=torch.int8), torch.tensor([-1.0]), torch.tensor([2.0]))
        tensor([-2.,  0.,  2.])
    """
    data = as_levels("dequantize", "data", data)
    low, high = number("dequantize", "min_range", min_range), number("dequantize", "max_range", max_range)
    return meaning(data, low, high, dialect)


def meaning(data: Tensor, low: Tensor, high: Tensor, dialect: Dialect) -> Tensor:
    """Give the real numbers that levels of a range stand for.

    Args:
        data: any shape, int8 or uint8.
        low: ``(1,)`` one end of the range.
        high: ``(1,)`` the other.
        dialect: whose numbers to give.

    Returns:
        The shape of ``data``, float32.
    """
    if dialect == "native" and data.dtype == torch.uint8:
        return as_numbers(data, per_level(high - low, 255.0), low)
    return as_numbers(data, per_level(reach(low, high), levels(data.dtype, dialect)))
