"""Pooling on levels."""

from math import prod
from typing import Literal

import torch
from torch import Tensor

from regluon.core.errors import ArgumentError
from regluon.ops.attr import Shape
from regluon.ops.contrib.quantized.levels import OUTPUTS, as_levels, complete_ranges, number, to_nearest
from regluon.ops.contrib.quantized.types import like_data, ranged
from regluon.ops.nn.pooling import Convention, pooling
from regluon.ops.nn.spatial import Layout
from regluon.ops.registry import op

__all__ = ["quantized_pooling"]


@op(
    "_contrib_quantized_pooling",
    outputs=OUTPUTS,
    complete=complete_ranges,
    types=ranged(like_data),
    differentiable=False,
)
def quantized_pooling(
    data: Tensor,
    min_data: Tensor,
    max_data: Tensor,
    kernel: Shape = (),
    pool_type: Literal["max", "avg", "sum", "lp"] = "max",
    global_pool: bool = False,
    cudnn_off: bool = False,
    pooling_convention: Convention = "valid",
    stride: Shape = (),
    pad: Shape = (),
    p_value: int | None = None,
    count_include_pad: bool | None = None,
    layout: Layout | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Make one level of each window (MXNet, ``quantized_pooling``).

    Windows lie as in ``Pooling``. Averages are rounded, halves to the even neighbour; if padding counts they are over
    the whole of each window, even where it reaches behind the padding, unlike those of ``Pooling``.

    Args:
        data: ``(N, C, *X)``, int8 or uint8, or ``(N, *X, C)`` in a layout with channels last.
        min_data: ``(1,)`` the smallest number that data can stand for.
        max_data: ``(1,)`` the largest.
        kernel: size of the window, one number per axis.
        pool_type: ``max`` or ``avg``.
        global_pool: whether there is one window, the whole of X; ``kernel``, ``stride`` and ``pad`` are then ignored.
        cudnn_off: without effect.
        pooling_convention: as in ``Pooling``.
        stride: steps of the window, 1 if not given.
        pad: how far the first window begins before the data, 0 if not given.
        p_value: without effect.
        count_include_pad: whether ``avg`` divides by the places in data and ``pad`` (true if not given) or by those in
            data alone.
        layout: order of the axes of data; channels first if not given.

    Returns:
        ``(N, C, *Y)``, or ``(N, *Y, C)``, in the type of ``data``, and the given range.

    Examples:
        >>> data = torch.tensor([[[1, 4, 2]]], dtype=torch.int8)
        >>> quantized_pooling(data, torch.tensor([-1.0]), torch.tensor([1.0]), (2,), "avg")[0]
        tensor([[[2, 3]]], dtype=torch.int8)
    """
    who = "quantized_pooling"
    data = as_levels(who, "data", data)
    if pool_type not in ("max", "avg"):
        raise ArgumentError(f"{who}: pool_type must be 'max' or 'avg', got {pool_type!r}")
    # float32 may just miss a half, and whole windows count, even what of them lies behind the padding.
    whole = pool_type == "avg" and count_include_pad is not False and not global_pool
    pooled = pooling(
        data.to(torch.float64 if pool_type == "avg" else torch.float32),
        kernel,
        "sum" if whole else pool_type,
        global_pool,
        cudnn_off,
        pooling_convention,
        stride,
        pad,
        None,
        count_include_pad,
        layout,
    )
    if whole:
        pooled = pooled / prod(kernel)
    return to_nearest(pooled, data.dtype), number(who, "min_data", min_data), number(who, "max_data", max_data)
