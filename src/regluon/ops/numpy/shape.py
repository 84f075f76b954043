"""Other shapes, orders and places for the same elements, with numpy's rules. From MXNet's ``_npi_*`` operators."""

from collections.abc import Sequence

import torch
from torch import Tensor

from regluon.core.errors import ShapeError
from regluon.ops.registry import op
from regluon.ops.tensor.shapes import axes_of, axis_of

__all__ = [
    "broadcast_to", "copy", "expand_dims", "moveaxis", "numpy_reshape", "reshape", "rollaxis", "squeeze", "swapaxes",
    "transpose",
]  # fmt: skip

Sizes = tuple[int, ...]


@op("_npi_copy", "_np_copy")
def copy(a: Tensor) -> Tensor:
    """Copy an array.

    Args:
        a: ``(*)``.

    Returns:
        ``(*)``.

    Examples:
        >>> copy(torch.ones(2))
        tensor([1., 1.])
    """
    return a.clone()


@op("_np_reshape", "_npi_reshape")
def numpy_reshape(a: Tensor, newshape: Sizes, order: str = "C", reverse: bool = False) -> Tensor:
    """Give an array another shape as numpy does: -1 once, for what remains.

    Args:
        a: ``(*)``.
        newshape: the sizes.
        order: only ``C``, the last axis fastest.
        reverse: ignored.

    Returns:
        ``(*newshape)``.

    Examples:
        >>> numpy_reshape(torch.zeros(2, 3), newshape=(3, -1)).shape
        torch.Size([3, 2])
    """
    return _shaped("reshape", a, newshape, newshape, order)


def _shaped(who: str, data: Tensor, sizes: Sequence[int], asked: Sequence[int], order: str) -> Tensor:
    if order != "C":
        raise ShapeError(f"{who}: order must be 'C', got {order!r}")
    try:
        return data.reshape(tuple(sizes))
    except RuntimeError:
        raise ShapeError(
            f"{who}: newshape must fit the {data.numel()} elements of shape {tuple(data.shape)}, got {tuple(asked)}"
        ) from None


@op("_npx_reshape")
def reshape(a: Tensor, newshape: Sizes, reverse: bool = False, order: str = "C") -> Tensor:
    """Give an array another shape, by sizes and codes.

    The source axes are used up from the left, one by each size, as follows.

    - -1 takes what remains; once only.
    - -2 keeps the axis that stands here in the source.
    - -3 drops the axis that stands here, which must have size 1.
    - -4 copies all remaining axes.
    - -5 joins the next two axes into one.
    - -6 parts the next axis into the two sizes that follow it, one of which may be -1.

    Args:
        a: ``(*)``.
        newshape: sizes and codes.
        reverse: read shape and source from the right.
        order: only ``C``, the last axis fastest.

    Returns:
        The elements in their order in the new shape.

    Examples:
        >>> reshape(torch.zeros(2, 3, 4), newshape=(-2, -5)).shape
        torch.Size([2, 12])
        >>> reshape(torch.zeros(2, 3, 4), newshape=(-6, 1, -1, -4)).shape
        torch.Size([1, 2, 3, 4])
    """
    source = list(a.shape)
    found = _decode(source[::-1], newshape[::-1])[::-1] if reverse else _decode(source, newshape)
    return _shaped("npx.reshape", a, found, newshape, order)


def _decode(source: list[int], codes: Sequence[int]) -> list[int]:
    """Turn sizes and codes into sizes, with at most one -1."""
    rest = list(source)
    found: list[int] = []
    todo = list(codes)

    def take() -> int:
        if not rest:
            raise ShapeError(
                f"npx.reshape: newshape must use up at most the axes of {tuple(source)}, got {tuple(codes)}"
            )
        return rest.pop(0)

    while todo:
        code = todo.pop(0)
        if code == -2:
            found.append(take())
        elif code == -3:
            size = take()
            if size != 1:
                raise ShapeError(f"npx.reshape: -3 in newshape must stand at an axis of size 1, got size {size}")
        elif code == -4:
            found += rest
            rest = []
        elif code == -5:
            found.append(take() * take())
        elif code == -6:
            size = take()
            if len(todo) < 2:
                raise ShapeError(f"npx.reshape: -6 in newshape must be followed by 2 sizes, got {tuple(codes)}")
            first, second = todo.pop(0), todo.pop(0)
            first = size // second if first == -1 else first
            second = size // first if second == -1 else second
            if first * second != size:
                raise ShapeError(f"npx.reshape: -6 in newshape must part an axis of size {size}, got {first}, {second}")
            found += [first, second]
        else:
            found.append(code)
            rest = rest[1:]
    return found


@op("_npi_transpose", "_np_transpose")
def transpose(a: Tensor, axes: Sizes | None = None) -> Tensor:
    """Put the axes into another order.

    Args:
        a: ``(*)``.
        axes: the old axis at each new place; in reverse order if None.

    Returns:
        The array with its axes so.

    Examples:
        >>> transpose(torch.zeros(2, 3)).shape
        torch.Size([3, 2])
    """
    if axes is None or (not axes and a.ndim):
        return a.permute(*range(a.ndim - 1, -1, -1)) if a.ndim else a.clone()
    if len(axes) != a.ndim:
        raise ShapeError(f"transpose: axes must be one for each of {a.ndim} axes, got {axes}")
    return a.permute(axes_of("transpose", axes, a.ndim, "axes"))


@op("_npi_swapaxes")
def swapaxes(data: Tensor, dim1: int = 0, dim2: int = 0) -> Tensor:
    """Exchange two axes.

    Args:
        data: ``(*)``.
        dim1: the one.
        dim2: the other.

    Returns:
        ``(*)`` with the two exchanged.

    Examples:
        >>> swapaxes(torch.zeros(2, 3), 0, 1).shape
        torch.Size([3, 2])
    """
    return data.transpose(axis_of("swapaxes", dim1, data.ndim, "dim1"), axis_of("swapaxes", dim2, data.ndim, "dim2"))


@op("_npi_moveaxis", "_np_moveaxis")
def moveaxis(a: Tensor, source: Sizes, destination: Sizes) -> Tensor:
    """Move axes to other places; the others keep their order.

    Args:
        a: ``(*)``.
        source: the axes.
        destination: where each goes.

    Returns:
        ``(*)`` with the axes moved.

    Examples:
        >>> moveaxis(torch.zeros(2, 3, 4), (0,), (-1,)).shape
        torch.Size([3, 4, 2])
    """
    if len(source) != len(destination):
        raise ShapeError(f"moveaxis: source and destination must be as many, got {source} and {destination}")
    old = axes_of("moveaxis", source, a.ndim, "source")
    return torch.movedim(a, old, axes_of("moveaxis", destination, a.ndim, "destination"))


@op("_npi_rollaxis")
def rollaxis(data: Tensor, axis: int, start: int = 0) -> Tensor:
    """Move an axis back until it lies before another.

    Args:
        data: ``(*)``.
        axis: the axis.
        start: before which axis it goes.

    Returns:
        ``(*)`` with the axis moved.

    Examples:
        >>> rollaxis(torch.zeros(2, 3, 4), 2).shape
        torch.Size([4, 2, 3])
    """
    axis = axis_of("rollaxis", axis, data.ndim)
    start = start + data.ndim if start < 0 else start
    if not 0 <= start <= data.ndim:
        raise ShapeError(f"rollaxis: start must be in [{-data.ndim}, {data.ndim}], got {start}")
    return torch.movedim(data, axis, start - 1 if axis < start else start)


@op("_npi_expand_dims")
def expand_dims(data: Tensor, axis: int) -> Tensor:
    """Put in an axis of size 1.

    Args:
        data: ``(*)``.
        axis: its place in the result.

    Returns:
        ``(*)`` with the axis.

    Examples:
        >>> expand_dims(torch.zeros(2), -1).shape
        torch.Size([2, 1])
    """
    return data.unsqueeze(axis_of("expand_dims", axis, data.ndim + 1))


@op("_npi_squeeze", "_np_squeeze")
def squeeze(a: Tensor, axis: int | Sizes | None = None) -> Tensor:
    """Take out axes of size 1.

    Args:
        a: ``(*)``.
        axis: which; all if None.

    Returns:
        ``(*)`` without them.

    Examples:
        >>> squeeze(torch.zeros(1, 2, 1)).shape
        torch.Size([2])
    """
    if axis is None:
        return a.squeeze()
    axes = axes_of("squeeze", (axis,) if isinstance(axis, int) else axis, a.ndim)
    for one in axes:
        if a.shape[one] != 1:
            raise ShapeError(f"squeeze: axis must name axes of size 1, got axis {one} of shape {tuple(a.shape)}")
    for one in sorted(axes, reverse=True):
        a = a.squeeze(one)
    return a


@op("_npi_broadcast_to")
def broadcast_to(array: Tensor, shape: Sizes = ()) -> Tensor:
    """Repeat axes of size 1, and put new axes in front, until the array has a shape.

    Args:
        array: ``(*)``.
        shape: the sizes; -2 keeps that of the array.

    Returns:
        ``(*shape)``.

    Examples:
        >>> broadcast_to(torch.tensor([1.0, 2.0]), (2, 2))
        tensor([[1., 2.],
                [1., 2.]])
    """
    extra = len(shape) - array.ndim
    sizes = [array.shape[i - extra] if one == -2 and i >= extra else one for i, one in enumerate(shape)]
    pairs = zip(reversed(sizes), reversed(array.shape), strict=False)
    if extra < 0 or any(old != new and old != 1 for new, old in pairs):
        raise ShapeError(f"broadcast_to: shape must be one that {tuple(array.shape)} broadcasts to, got {shape}")
    return array.expand(sizes)
