"""Exact products of levels, and the range they get: what convolution and the fully connected layer share."""

import torch
from torch import Tensor

from regluon.core.errors import ArgumentError, ShapeError
from regluon.core.mode import Dialect
from regluon.ops.contrib.quantized.levels import (
    INT32_LEVELS,
    as_levels,
    levels,
    number,
    per_level,
    per_number,
    reach,
    to_int32,
)
from regluon.ops.registry import Attributes

__all__ = ["as_product", "finish", "lowered", "multiply", "without_bias"]

# Processors without these instructions add pairs of products in 16 bits, which is not enough.
_EXACT = torch.cpu._is_vnni_supported()


def without_bias(attributes: Attributes) -> tuple[str, ...]:
    """Name the inputs that are not there if ``no_bias``."""
    return ("bias", "min_bias", "max_bias") if attributes["no_bias"] else ()


def as_product(
    who: str, data: Tensor, weight: Tensor, bias: Tensor | None, no_bias: bool, ends: list[Tensor | None]
) -> tuple[Tensor, Tensor, Tensor | None]:
    """Return data, weight and bias if they are levels, the bias is there if it must, and every range; raise if not."""
    data, weight = as_levels(who, "data", data), as_levels(who, "weight", weight, torch.int8)
    if no_bias is (bias is not None):
        rule = "left out, as no_bias is true" if no_bias else "given, unless no_bias is true"
        raise ArgumentError(f"{who}: bias must be {rule}, got {None if bias is None else tuple(bias.shape)}")
    if bias is not None and bias.shape != weight.shape[:1]:
        raise ShapeError(f"{who}: bias must have shape {tuple(weight.shape[:1])}, got {tuple(bias.shape)}")
    count = 4 if no_bias else 6
    missing = sum(end is None for end in ends[:count])
    if missing:
        raise ArgumentError(f"{who}: min and max of data, weight and bias must be given, got {count - missing}")
    return data, weight, None if bias is None else as_levels(who, "bias", bias, torch.int8)


def lowered(unsigned: Tensor) -> Tensor:
    """Take 128 off uint8 levels, which makes them int8."""
    return torch.bitwise_xor(unsigned, 128).view(torch.int8)


def multiply(rows: Tensor, weight: Tensor, was_lowered: bool = False) -> Tensor:
    """Multiply levels by the transpose of a weight, exactly.

    Args:
        rows: ``(N, K)`` int8 or uint8.
        weight: ``(M, K)`` int8.
        was_lowered: whether the product is to be that of ``rows`` with 128 more each.

    Returns:
        ``(N, M)`` int32.
    """
    if rows.dtype == torch.uint8:
        rows, was_lowered = lowered(rows), True
    product = _multiply_signed(rows, weight)
    if not was_lowered:
        return product
    # Twice 64, as 128 is no int8. A product sums up several times faster than torch's sum.
    return product.add_(_multiply_signed(rows.new_full((1, rows.shape[1]), 64), weight), alpha=2)


def _multiply_signed(rows: Tensor, weight: Tensor) -> Tensor:
    # Of one column torch takes the transpose for a matrix that it is not.
    if _EXACT and rows.device.type == "cpu" and rows.shape[1] > 1:
        return torch._int_mm(_row_by_row(rows), _row_by_row(weight).mT)
    return (rows.to(torch.float64) @ weight.to(torch.float64).mT).to(torch.int32)


def _row_by_row(matrix: Tensor) -> Tensor:
    # Torch's product is wrong for rows that share memory, as windows do, and for odd steps along an axis of one place.
    height, width = matrix.shape
    if matrix.stride() == (width, 1) or (height > 1 and matrix.stride() == (1, height)):
        return matrix
    return matrix.clone(memory_format=torch.contiguous_format)


def finish(
    who: str, product: Tensor, data: Tensor, bias: Tensor | None, ends: list[Tensor | None], axis: int, dialect: Dialect
) -> tuple[Tensor, Tensor, Tensor]:
    """Add the bias to a product of levels, and give the range of the sum.

    A level of the product stands for ``reach of data / 127 * reach of weight / 127``, or 255 in place of one of these
    for uint8 data. The bias is brought to such levels, fractions cut off.

    Args:
        who: the operator, for errors.
        product: int32, any shape.
        data: what was multiplied; its type matters.
        bias: ``(M,)`` int8.
        ends: minimum and maximum of data, weight and bias, ``(1,)`` each.
        axis: the axis of ``product`` that has M places.
        dialect: whose numbers to give.

    Returns:
        int32 levels and their range.
    """
    names = ("min_data", "max_data", "min_weight", "max_weight", "min_bias", "max_bias")
    given = [number(who, name, end) for name, end in zip(names, ends, strict=True) if end is not None]
    of_data, of_weight = reach(given[0], given[1]), reach(given[2], given[3])
    step = per_level(of_data, 127.0) * per_level(of_weight, levels(data.dtype))
    end = step * INT32_LEVELS
    if bias is not None:
        of_bias = reach(given[4], given[5])
        shape = [-1 if place == axis % product.ndim else 1 for place in range(product.ndim)]
        if dialect == "onednn":
            scale = per_number(levels(data.dtype, dialect), of_data) * per_number(127.5, of_weight)
            added = to_int32(bias * per_level(scale * of_bias, 127.5))
            # This build adds in float32, so that large sums lose their last digits.
            product = to_int32((product.to(torch.float32) + added.to(torch.float32).reshape(shape)).round())
        else:
            added = to_int32(bias * per_level(of_bias, 127.0) * per_number(1.0, step))
            product = to_int32(product.to(torch.int64) + added.reshape(shape))
    return product, -end, end
