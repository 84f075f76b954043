"""Activation on levels."""

from typing import Literal

import torch
from torch import Tensor

from regluon.core.errors import ArgumentError
from regluon.ops.contrib.quantized.levels import OUTPUTS, as_levels, complete_ranges, number
from regluon.ops.contrib.quantized.types import like_data, ranged
from regluon.ops.registry import op

__all__ = ["quantized_act"]


@op("_contrib_quantized_act", outputs=OUTPUTS, complete=complete_ranges, types=ranged(like_data), differentiable=False)
def quantized_act(
    data: Tensor,
    min_data: Tensor,
    max_data: Tensor,
    act_type: Literal["relu", "sigmoid", "softrelu", "softsign", "tanh"],
) -> tuple[Tensor, Tensor, Tensor]:
    """Make negative levels 0 (MXNet, ``quantized_act``).

    uint8 levels pass as they are; MXNet gives their bits back as int8.

    Args:
        data: any shape, int8 or uint8.
        min_data: ``(1,)`` the smallest number that data can stand for.
        max_data: ``(1,)`` the largest.
        act_type: ``relu``; MXNet's other activations are not there for levels.

    Returns:
        The shape and type of ``data``, and the given range.

    Examples:
        >>> quantized_act(torch.tensor([-3, 5], dtype=torch.int8), torch.tensor([-1.0]), torch.tensor([1.0]), "relu")[0]
        tensor([0, 5], dtype=torch.int8)
    """
    data = as_levels("quantized_act", "data", data)
    if act_type != "relu":
        raise ArgumentError(f"quantized_act: act_type must be 'relu', got {act_type!r}")
    low, high = number("quantized_act", "min_data", min_data), number("quantized_act", "max_data", max_data)
    return torch.relu(data), low, high
