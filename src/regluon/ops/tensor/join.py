"""Several arrays into one, and one into several."""

from collections.abc import Sequence
from typing import Annotated

import torch
from torch import Tensor

from regluon.core.errors import ArgumentError, ShapeError
from regluon.ops.attr import Range
from regluon.ops.autocast import widened
from regluon.ops.registry import Attributes, op
from regluon.ops.tensor.shapes import axis_of

__all__ = ["concat", "slice_channel", "split_v2", "stack"]


@op("Concat", "concat")
def concat(*data: Tensor, dim: int = 1) -> Tensor:
    """Join arrays along an axis they have.

    Args:
        data: one or more ``(*A, N, *B)`` that differ in N alone, of one dtype.
        dim: the axis of sizes N.

    Returns:
        ``(*A, sum of N, *B)``, one behind the other.

    Examples:
        >>> concat(torch.zeros(2, 3), torch.ones(2, 1)).shape
        torch.Size([2, 4])
    """
    data = _of_one_type("Concat", data)
    axis = axis_of("Concat", dim, data[0].ndim, "dim")
    rest = data[0].shape[:axis] + data[0].shape[axis + 1 :]
    if any(one.ndim != data[0].ndim or one.shape[:axis] + one.shape[axis + 1 :] != rest for one in data):
        raise ShapeError(f"Concat: data must differ along axis {axis} alone, got {_shapes(data)}")
    return torch.cat(data, axis)


@op("stack")
def stack(*data: Tensor, axis: int = 0) -> Tensor:
    """Join arrays of one shape along a new axis.

    Args:
        data: N arrays ``(*)`` of one dtype.
        axis: where the new axis will be.

    Returns:
        An array with N along the new axis.

    Examples:
        >>> stack(torch.zeros(3), torch.ones(3)).shape
        torch.Size([2, 3])
    """
    data = _of_one_type("stack", data)
    if any(one.shape != data[0].shape for one in data):
        raise ShapeError(f"stack: data must be arrays of one shape, got {_shapes(data)}")
    return torch.stack(data, axis_of("stack", axis, data[0].ndim + 1))


def _parts(attributes: Attributes) -> Sequence[str]:
    return [f"output{place}" for place in range(attributes["num_outputs"])]


@op("SliceChannel", "split", outputs=_parts)
def slice_channel(
    data: Tensor, num_outputs: Annotated[int, Range(1)], axis: int = 1, squeeze_axis: bool = False
) -> Tensor | tuple[Tensor, ...]:
    """Part an array evenly along an axis.

    Args:
        data: ``(*)``.
        num_outputs: number of parts; must divide the axis.
        axis: the axis.
        squeeze_axis: take the axis out of the parts; it must have size ``num_outputs``.

    Returns:
        The parts; the part itself if there is one.

    Examples:
        >>> [part.shape for part in slice_channel(torch.zeros(2, 4), num_outputs=2)]
        [torch.Size([2, 2]), torch.Size([2, 2])]
    """
    axis = axis_of("SliceChannel", axis, data.ndim)
    size = data.shape[axis]
    if size % num_outputs:
        raise ShapeError(f"SliceChannel: num_outputs must divide axis {axis} of size {size}, got {num_outputs}")
    if squeeze_axis and size != num_outputs:
        raise ShapeError(
            f"SliceChannel: num_outputs must be the size {size} of axis {axis} for squeeze_axis, got {num_outputs}"
        )
    parts = data.unbind(axis) if squeeze_axis else data.split(size // num_outputs, axis)
    return parts[0] if num_outputs == 1 else parts


def _sections(attributes: Attributes) -> Sequence[str]:
    return _names(attributes["sections"] or len(attributes["indices"]))


@op("_split_v2", outputs=_sections)
def split_v2(
    data: Tensor, indices: tuple[int, ...], axis: int = 1, squeeze_axis: bool = False, sections: int = 0
) -> Tensor | tuple[Tensor, ...]:
    """Part an array along an axis, evenly or before given places.

    ``nd.split_v2`` and ``sym.split_v2`` are the way to call it. From MXNet's ``_split_v2``.

    Args:
        data: ``(*)``.
        indices: where parts begin, the first at 0; unused with ``sections``.
        axis: the axis.
        squeeze_axis: take the axis out of the parts, which must all have size 1 there.
        sections: if not 0, the number of even parts; the first ones are longer by one where it does not divide the
            axis.

    Returns:
        The parts; the part itself if there is one.

    Examples:
        >>> [part.shape for part in split_v2(torch.zeros(2, 5), indices=(0, 2))]
        [torch.Size([2, 2]), torch.Size([2, 3])]
    """
    axis = axis_of("_split_v2", axis, data.ndim)
    size = data.shape[axis]
    if sections:
        parts = data.tensor_split(sections, axis)
    else:
        if not indices or indices[0] != 0 or list(indices) != sorted(indices) or indices[-1] > size:
            raise ShapeError(f"_split_v2: indices must rise from 0 to at most {size}, got {indices}")
        parts = data.tensor_split(indices[1:], axis)
    if squeeze_axis:
        if any(part.shape[axis] != 1 for part in parts):
            sizes = [part.shape[axis] for part in parts]
            raise ShapeError(f"_split_v2: squeeze_axis must find parts of size 1 along axis {axis}, got {sizes}")
        parts = tuple([part.squeeze(axis) for part in parts])
    return parts[0] if len(parts) == 1 else tuple(parts)


def _names(count: int) -> list[str]:
    return [f"output{place}" for place in range(count)] if count > 1 else ["output"]


def _shapes(data: Sequence[Tensor]) -> list[tuple[int, ...]]:
    return [tuple(one.shape) for one in data]


def _of_one_type(who: str, data: Sequence[Tensor]) -> tuple[Tensor, ...]:
    if not data:
        raise ShapeError(f"{who}: data must be one array or more, got none")
    if all(one.dtype == data[0].dtype for one in data):
        return tuple(data)
    data = widened(data)
    if any(one.dtype != data[0].dtype for one in data):
        raise ArgumentError(f"{who}: data must be of one dtype, got {[one.dtype for one in data]}; cast some of them")
    return tuple(data)
