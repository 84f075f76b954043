"""The fully connected layer on levels."""

from typing import Annotated

import torch
from torch import Tensor

from regluon.core.errors import ShapeError
from regluon.core.mode import Dialect
from regluon.ops.attr import Range
from regluon.ops.contrib.quantized.levels import OUTPUTS, complete_ranges
from regluon.ops.contrib.quantized.product import as_product, finish, multiply, without_bias
from regluon.ops.contrib.quantized.types import ranged
from regluon.ops.registry import Attributes, Shapes, op

__all__ = ["quantized_fully_connected"]


def _shapes(shapes: Shapes, attributes: Attributes) -> Shapes:
    data, hidden, width = shapes["data"], attributes["num_hidden"], 1
    if data is None:
        return complete_ranges(shapes, attributes)
    for size in data[1:] if attributes["flatten"] else data[-1:]:
        width *= size
    return {**complete_ranges(shapes, attributes), "weight": (hidden, width), "bias": (hidden,)}


@op(
    "_contrib_quantized_fully_connected",
    outputs=OUTPUTS,
    complete=_shapes,
    types=ranged(torch.int32, weight=torch.int8, bias=torch.int8),
    omit=without_bias,
    differentiable=False,
)
def quantized_fully_connected(
    data: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    min_data: Tensor | None = None,
    max_data: Tensor | None = None,
    min_weight: Tensor | None = None,
    max_weight: Tensor | None = None,
    min_bias: Tensor | None = None,
    max_bias: Tensor | None = None,
    *,
    num_hidden: Annotated[int, Range(1)],
    no_bias: bool = False,
    flatten: bool = True,
    dialect: Dialect = "native",
) -> tuple[Tensor, Tensor, Tensor]:
    """Multiply levels by a weight and add a bias (MXNet, ``quantized_fully_connected``).

    Given by position, the ranges of data and weight follow the weight if ``no_bias``, else the bias. A uint8 level is
    taken to stand for a share of the range's reach: the range should begin at 0. In the oneDNN dialect the bias is
    scaled by its half levels and added in float32. What does not fit int32 becomes its end; MXNet turns the sign.

    Args:
        data: ``(N, *X)``, int8 or uint8.
        weight: ``(num_hidden, K)``, int8, where K is the size of all of X, or of its last axis without ``flatten``.
        bias: ``(num_hidden,)``, int8, left out if ``no_bias``.
        min_data: ``(1,)`` the smallest number that data can stand for.
        max_data: ``(1,)`` the largest.
        min_weight: ``(1,)`` the same of weight.
        max_weight: ``(1,)``
        min_bias: ``(1,)`` the same of bias, left out if ``no_bias``.
        max_bias: ``(1,)``
        num_hidden: number of outputs.
        no_bias: whether there is no bias.
        flatten: whether all axes but the first are one, or the last axis is multiplied and the others stay.
        dialect: whose numbers to give.

    Returns:
        int32 levels ``(N, num_hidden)``, or ``(N, *X[:-1], num_hidden)`` without ``flatten``, and their range.

    Examples:
        >>> data, weight = torch.tensor([[1, 2, 3]], dtype=torch.int8), torch.tensor([[1, 2, -3]], dtype=torch.int8)
        >>> ends = [torch.tensor([end]) for end in (-1.0, 2.0, -1.0, 1.0)]
        >>> quantized_fully_connected(data, weight, None, *ends, num_hidden=1, no_bias=True)
        (tensor([[-4]], dtype=torch.int32), tensor([-266288.5000]), tensor([266288.5000]))
    """
    who = "quantized_fully_connected"
    ends = [min_data, max_data, min_weight, max_weight, min_bias, max_bias]
    data, weight, bias = as_product(who, data, weight, bias, no_bias, ends)
    if flatten:
        data = torch.flatten(data, 1) if data.ndim > 1 else data.unsqueeze(1)
    if weight.shape != (num_hidden, data.shape[-1]):
        raise ShapeError(
            f"{who}: weight must have shape (num_hidden, K) = {(num_hidden, data.shape[-1])} for data of shape "
            f"{tuple(data.shape)}, got {tuple(weight.shape)}"
        )
    product = multiply(data.reshape(-1, data.shape[-1]), weight).reshape(*data.shape[:-1], num_hidden)
    return finish(who, product, data, bias, ends, -1, dialect)
