"""Rows of levels looked up in a table."""

from typing import Annotated

import torch
from torch import Tensor

from regluon.core.errors import ShapeError
from regluon.ops.attr import FLOAT32, DType, Range
from regluon.ops.contrib.quantized.levels import OUTPUTS, as_levels, complete_ranges, number
from regluon.ops.contrib.quantized.types import ranged
from regluon.ops.registry import Attributes, Shapes, op

__all__ = ["quantized_embedding"]

Count = Annotated[int, Range(1)]


def _shapes(shapes: Shapes, attributes: Attributes) -> Shapes:
    return {**complete_ranges(shapes, attributes), "weight": (attributes["input_dim"], attributes["output_dim"])}


@op(
    "_contrib_quantized_embedding",
    outputs=OUTPUTS,
    complete=_shapes,
    types=ranged(torch.int8, weight=torch.int8),
    differentiable=False,
)
def quantized_embedding(
    data: Tensor,
    weight: Tensor,
    min_weight: Tensor,
    max_weight: Tensor,
    input_dim: Count,
    output_dim: Count,
    dtype: DType = FLOAT32,
    sparse_grad: bool = False,
) -> tuple[Tensor, Tensor, Tensor]:
    """Look rows of levels up in a table (MXNet, ``quantized_embedding``).

    Args:
        data: any shape, indices; fractions are cut off, and what lies outside the table becomes its end.
        weight: ``(input_dim, output_dim)``, int8.
        min_weight: ``(1,)`` the smallest number that weight can stand for.
        max_weight: ``(1,)`` the largest.
        input_dim: number of rows.
        output_dim: size of a row.
        dtype: without effect.
        sparse_grad: without effect.

    Returns:
        ``(*data, output_dim)``, int8, and the given range.

    Examples:
        >>> weight, end = torch.tensor([[1, 2], [3, 4]], dtype=torch.int8), torch.tensor([1.0])
        >>> quantized_embedding(torch.tensor([1.0]), weight, -end, end, 2, 2)[0]
        tensor([[3, 4]], dtype=torch.int8)
    """
    who = "quantized_embedding"
    weight = as_levels(who, "weight", weight, torch.int8)
    if weight.shape != (input_dim, output_dim):
        raise ShapeError(f"{who}: weight must have shape {(input_dim, output_dim)}, got {tuple(weight.shape)}")
    index = data.detach().to(torch.int64).clamp(0, input_dim - 1)
    rows = weight.index_select(0, index.flatten()).reshape(*index.shape, output_dim)
    return rows, number(who, "min_weight", min_weight), number(who, "max_weight", max_weight)
