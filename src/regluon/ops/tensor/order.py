"""Elements put in order.

Of equal elements the one with the lower index comes first (MXNet's own order of them is left open on long axes), and
NaN counts as the largest.
"""

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor

from regluon.core.dtype import torch_dtype
from regluon.core.errors import ArgumentError
from regluon.ops.attr import FLOAT32, DType
from regluon.ops.registry import Attributes, Types, op
from regluon.ops.tensor.shapes import axis_of
from regluon.ops.types import common_type

__all__ = ["argsort", "sort", "topk"]


def _outputs(attributes: Attributes) -> Sequence[str]:
    return {"both": ("output0", "output1"), "value": ("output0",)}.get(attributes["ret_typ"], ("output",))


def _types(known: Types, attributes: Attributes) -> Types:
    """Places have a type of their own; elements, and a mask of them, that of the data."""
    places = {"both": "output1", "indices": "output"}.get(attributes["ret_typ"])
    return {
        **dict.fromkeys(known, common_type(known)),
        **({places: torch_dtype(attributes["dtype"])} if places else {}),
    }


# Numbers that are float32 without loss; of how many times as many elements the first ones are found without sorting.
_PACKED = (torch.float32, torch.float16, torch.bfloat16)
_FEW = 8
_LAST = 0xFFFFFFFF


@op("topk", outputs=_outputs, types=_types, hidden=lambda attributes: int(attributes["ret_typ"] == "value"))
def topk(
    data: Tensor,
    axis: int | None = -1,
    k: int = 1,
    ret_typ: Literal["value", "indices", "mask", "both"] = "indices",
    is_ascend: bool = False,
    dtype: DType = FLOAT32,
) -> Tensor | tuple[Tensor, Tensor]:
    """Find the largest elements along an axis.

    Args:
        data: ``(*)``.
        axis: the axis; None means all elements in their order.
        k: how many; all if below 1.
        ret_typ: give the elements (``value``), where they are (``indices``), ``both``, or an array of ones at them and
            zeros elsewhere (``mask``).
        is_ascend: find the smallest instead.
        dtype: dtype of the indices.

    Returns:
        The axis has size k, except for a mask, which is ``(*)``. Values and mask have the dtype of ``data``.

    Examples:
        >>> topk(torch.tensor([[3.0, 1.0, 2.0]]), k=2, ret_typ="both")
        (tensor([[3., 2.]]), tensor([[0., 2.]]))
    """
    source, place = _along("topk", data, axis)
    count = source.shape[place] if k < 1 else k
    if count > source.shape[place]:
        raise ArgumentError(f"topk: k must be at most {source.shape[place]}, the size of the axis, got {k}")
    if source.dtype in _PACKED and _FEW * count <= source.shape[place]:
        order = _best(source, place, count, is_ascend)
        values = source.gather(place, order)
    else:
        values, order = torch.sort(source, dim=place, descending=not is_ascend, stable=True)
        values, order = values.narrow(place, 0, count), order.narrow(place, 0, count)
    if ret_typ == "mask":
        return torch.zeros_like(source).scatter(place, order, 1).reshape(data.shape)
    indices = order.to(torch_dtype(dtype))
    if ret_typ == "indices":
        return indices
    return (values, indices) if ret_typ == "both" else values


def _best(source: Tensor, place: int, count: int, is_ascend: bool) -> Tensor:
    """Say where the first elements in order are, equal ones in their order, without sorting all.

    Bits of a float32, turned where it is negative, are in the order of the numbers. Beside the place, counted
    backwards, in one whole number they are never equal.
    """
    values = source.detach().to(torch.float32) + 0.0  # -0 ties with 0
    bits = torch.where(values.isnan(), torch.nan, values).view(torch.int32)
    ranks = bits ^ ((bits >> 31) & 0x7FFFFFFF)
    ranks = (~ranks if is_ascend else ranks).to(torch.int64) << 32
    shape = [-1 if axis == place else 1 for axis in range(source.ndim)]
    places = torch.arange(source.shape[place], device=source.device).reshape(shape)
    keys = (ranks | (_LAST - places)).topk(count, place).values
    return _LAST - (keys & _LAST)


@op("sort", outputs=("output0",), hidden=1)
def sort(data: Tensor, axis: int | None = -1, is_ascend: bool = True) -> Tensor:
    """Put elements along an axis in order.

    Args:
        data: ``(*)``.
        axis: the axis; None means all elements.
        is_ascend: the smallest first.

    Returns:
        ``(*)``, or one axis if ``axis`` is None.

    Examples:
        >>> sort(torch.tensor([3.0, 1.0, 2.0]))
        tensor([1., 2., 3.])
    """
    source, place = _along("sort", data, axis)
    return torch.sort(source, dim=place, descending=not is_ascend, stable=True).values


@op("argsort", differentiable=False)
def argsort(data: Tensor, axis: int | None = -1, is_ascend: bool = True, dtype: DType = FLOAT32) -> Tensor:
    """Say which element comes first along an axis, which second, and so on.

    Args:
        data: ``(*)``.
        axis: the axis; None means all elements in their order.
        is_ascend: the smallest first.
        dtype: dtype of the indices.

    Returns:
        ``(*)`` indices, or one axis if ``axis`` is None.

    Examples:
        >>> argsort(torch.tensor([3.0, 1.0, 2.0]))
        tensor([1., 2., 0.])
    """
    source, place = _along("argsort", data, axis)
    return torch.sort(source, dim=place, descending=not is_ascend, stable=True).indices.to(torch_dtype(dtype))


def _along(who: str, data: Tensor, axis: int | None) -> tuple[Tensor, int]:
    """Give the array and the axis to order along."""
    return (data.reshape(-1), 0) if axis is None else (data, axis_of(who, axis, data.ndim))
