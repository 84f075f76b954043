"""Batch normalisation of levels."""

import torch
from torch import Tensor

from regluon.core.errors import ArgumentError, ShapeError
from regluon.core.mode import Dialect
from regluon.ops.contrib.quantized.dequantize import meaning
from regluon.ops.contrib.quantized.levels import (
    OUTPUTS,
    as_levels,
    calibrated,
    complete_ranges,
    levels,
    number,
    reach,
    to_nearest,
)
from regluon.ops.contrib.quantized.quantize import spread
from regluon.ops.contrib.quantized.types import ranged
from regluon.ops.nn.batch_norm import batch_norm_shapes
from regluon.ops.registry import Attributes, Shapes, op

__all__ = ["quantized_batch_norm"]

# What brings uint8 levels into int8 on oneDNN.
_HALF = 127.0 / 255.0


def _shapes(shapes: Shapes, attributes: Attributes) -> Shapes:
    ranges = {name: shape for name, shape in complete_ranges(shapes, attributes).items() if name.endswith("_data")}
    return {**batch_norm_shapes(shapes, attributes), **ranges}


@op(
    "_contrib_quantized_batch_norm",
    outputs=OUTPUTS,
    mutates=("moving_mean", "moving_var"),
    complete=_shapes,
    types=ranged(torch.int8, **dict.fromkeys(("gamma", "beta", "moving_mean", "moving_var"), torch.float32)),
    differentiable=False,
)
def quantized_batch_norm(
    data: Tensor,
    gamma: Tensor,
    beta: Tensor,
    moving_mean: Tensor,
    moving_var: Tensor,
    min_data: Tensor,
    max_data: Tensor,
    eps: float = 1e-3,
    momentum: float = 0.9,
    fix_gamma: bool = True,
    use_global_stats: bool = False,
    output_mean_var: bool = False,
    axis: int = 1,
    cudnn_off: bool = False,
    min_calib_range: float | None = None,
    max_calib_range: float | None = None,
    dialect: Dialect = "native",
) -> tuple[Tensor, ...]:
    """Bring each channel of levels to mean ``beta`` and deviation ``gamma`` (MXNet, ``quantized_batch_norm``).

    Always with the moving averages, which stay as they are. MXNet has this on oneDNN alone. There, and in the oneDNN
    dialect, gamma counts even if ``fix_gamma``, ``eps`` works on it twice, and uint8 levels lose their last bit. By
    default the numbers that levels stand for are normalised and get levels by the documented formulas.

    Args:
        data: any shape with at least two axes, C of them channels; int8 or uint8.
        gamma: ``(C,)`` deviations.
        beta: ``(C,)`` means.
        moving_mean: ``(C,)`` means of the channels of data.
        moving_var: ``(C,)`` their variances.
        min_data: ``(1,)`` the smallest number that data can stand for.
        max_data: ``(1,)`` the largest.
        eps: added to the variance.
        momentum: without effect.
        fix_gamma: take 1 for gamma.
        use_global_stats: without effect.
        output_mean_var: without effect.
        axis: the axis of channels.
        cudnn_off: without effect.
        min_calib_range: the smallest number the result is to stand for; must be given.
        max_calib_range: the largest; must be given.
        dialect: whose numbers to give.

    Returns:
        int8 levels of the shape of ``data``, and their range, ``(1,)`` each; then the moving averages.

    Examples:
        >>> data, one, zero = torch.tensor([[127], [-127]], dtype=torch.int8), torch.ones(1), torch.zeros(1)
        >>> found = quantized_batch_norm(
        ...     data, one, one, zero, one, -one, one, eps=0.0, min_calib_range=-2.0, max_calib_range=2.0
        ... )
        >>> found[0].flatten()
        tensor([127,   0], dtype=torch.int8)
    """
    who = "quantized_batch_norm"
    data = as_levels(who, "data", data)
    given = calibrated(min_calib_range, max_calib_range, data)
    if given is None:
        raise ArgumentError(
            f"{who}: min_calib_range and max_calib_range must both be given, got {min_calib_range} "
            f"and {max_calib_range}"
        )
    if data.ndim < 2 or not -data.ndim <= axis < data.ndim:
        raise ShapeError(f"{who}: data must have two axes or more, {axis} among them, got shape {tuple(data.shape)}")
    wanted = (data.shape[axis],)
    for name, one in (("gamma", gamma), ("beta", beta), ("moving_mean", moving_mean), ("moving_var", moving_var)):
        if one.shape != wanted:
            raise ShapeError(f"{who}: {name} must have shape {wanted}, got {tuple(one.shape)}")
    shape = [1] * data.ndim
    shape[axis] = -1
    inverse = 1.0 / torch.sqrt(moving_var.detach() + eps)
    low, high = number(who, "min_data", min_data), number(who, "max_data", max_data)
    if dialect == "onednn":
        end, count = reach(*given), levels(torch.int8, dialect)
        slope = gamma.detach() * inverse * reach(low, high) / end / torch.sqrt(torch.full_like(end, 1.0) + eps)
        shift = (beta.detach() - moving_mean * gamma.detach() * inverse) * count / end
        values = (data * _HALF).round_() if data.dtype == torch.uint8 else data
        found = to_nearest(values * slope.reshape(shape) + shift.reshape(shape), torch.int8)
    else:
        slope = inverse if fix_gamma else gamma.detach() * inverse
        shift = beta.detach() - moving_mean * slope
        values = meaning(data, low, high, dialect) * slope.reshape(shape) + shift.reshape(shape)
        found = spread(values, *given, torch.int8, dialect, levels(torch.int8))[0]
    return found, *given, moving_mean, moving_var
