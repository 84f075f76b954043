"""Sharing batches among devices and clipping gradients; MXNet's ``gluon.utils``."""

import math
import warnings
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Any

import torch

from regluon.core.device import Device
from regluon.core.errors import ArgumentError
from regluon.gluon.hooks import HookHandle
from regluon.nd.array import NDArray, array

__all__ = ["HookHandle", "clip_global_norm", "split_and_load", "split_data"]


def split_data(data: NDArray, num_slice: int, batch_axis: int = 0, even_split: bool = True) -> list[NDArray]:
    """Cut an array into slices along an axis.

    Args:
        data: the array.
        num_slice: how many.
        batch_axis: the axis.
        even_split: insist on slices of one size.

    Returns:
        The slices; where they are not of one size, the first are one longer than the last.
    """
    size = data.shape[batch_axis]
    if size < num_slice or (even_split and size % num_slice):
        raise ArgumentError(
            f"split_data: axis {batch_axis} must {'divide into' if even_split else 'have at least'} {num_slice} "
            f"slices, got shape {data.shape}" + ("; even_split=False allows unequal ones" if even_split else "")
        )
    step, longer = divmod(size, num_slice)
    ends = list(accumulate(step + (i < longer) for i in range(num_slice)))
    return [data.slice_axis(axis=batch_axis, begin=begin, end=end) for begin, end in pairwise([0, *ends])]


def split_and_load(
    data: Any, ctx_list: Sequence[Device], batch_axis: int = 0, even_split: bool = True
) -> list[NDArray]:
    """Cut an array into one slice for each device, and put it there.

    Args:
        data: array, numpy array or nested list.
        ctx_list: the devices.
        batch_axis: the axis to cut.
        even_split: insist on slices of one size.

    Examples:
        >>> from regluon import cpu, nd
        >>> [part.shape for part in split_and_load(nd.ones((4, 2)), [cpu(0), cpu(1)])]
        [(2, 2), (2, 2)]
    """
    data = data if isinstance(data, NDArray) else array(data)
    if len(ctx_list) == 1:
        return [data.as_in_context(ctx_list[0])]
    slices = split_data(data, len(ctx_list), batch_axis, even_split)
    return [part.as_in_context(ctx) for part, ctx in zip(slices, ctx_list, strict=True)]


def clip_global_norm(arrays: Sequence[NDArray], max_norm: float, check_isfinite: bool = True) -> Any:
    """Scale arrays in place so that the norm of all together is at most ``max_norm``.

    Args:
        arrays: the arrays, gradients say.
        max_norm: the bound.
        check_isfinite: warn of a norm that is no number, for which one must wait.

    Returns:
        The norm before, as a number; without ``check_isfinite`` as an array ``(1,)``.

    Examples:
        >>> from regluon import nd
        >>> array = nd.array([3, 4])
        >>> clip_global_norm([array], 1.0), array.asnumpy().round(2)
        (5.0, array([0.6, 0.8], dtype=float32))
    """
    if not arrays:
        raise ArgumentError("clip_global_norm: arrays must be at least one, got none")
    with torch.no_grad():
        norms = torch._foreach_norm([one._tensor for one in arrays])
        total = torch.stack([norm.to(norms[0].device) for norm in norms]).norm()
        if check_isfinite and not math.isfinite(total.item()):
            warnings.warn(f"clip_global_norm: the norm is {total.item()}, so the arrays become undefined", stacklevel=2)
        scale = (max_norm / (total + 1e-8)).clamp_max(1.0)
        for one in arrays:
            one._tensor.mul_(scale.to(one._tensor.device, one._tensor.dtype))
    return total.item() if check_isfinite else NDArray(total.reshape(1))
