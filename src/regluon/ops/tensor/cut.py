"""Parts of an array: blocks and diagonals."""

from collections.abc import Sequence

from torch import Tensor

from regluon.core.errors import ArgumentError, ShapeError
from regluon.ops.registry import op
from regluon.ops.tensor.shapes import axis_of

__all__ = ["crop", "diag", "parts_of_block", "slice_axis", "slice_block", "slice_like"]


@op("slice", "crop")
def slice_block(
    data: Tensor,
    begin: tuple[int | None, ...],
    end: tuple[int | None, ...],
    step: tuple[int | None, ...] = (),
) -> Tensor:
    """Cut out what Python's slices ``begin:end:step`` of the first axes mean.

    Args:
        data: ``(*)``.
        begin: one number per axis, None for the start; negative ones count from the end.
        end: as many; None for the end.
        step: none, or as many; negative ones go backwards.

    Returns:
        The block.

    Examples:
        >>> import torch
        >>> slice_block(torch.arange(6.0), begin=(4,), end=(None,), step=(-2,))
        tensor([4., 2., 0.])
    """
    parts, backwards = parts_of_block("slice", data, begin, end, step)
    block = data[parts]
    return block.flip(backwards) if backwards else block


def parts_of_block(
    who: str, data: Tensor, begin: Sequence[int | None], end: Sequence[int | None], step: Sequence[int | None]
) -> tuple[tuple[slice, ...], list[int]]:
    """Return a block's slices, all of them forwards, and the axes along which the block is then reversed.

    Raises:
        ShapeError: there are not as many of one kind as of another, or more than axes.
        ArgumentError: a step is 0.
    """
    steps = step or (None,) * len(begin)
    if not len(begin) == len(end) == len(steps) <= data.ndim:
        raise ShapeError(
            f"{who}: begin, end and step must be of one length, {data.ndim} at most, got {begin}, {end} and {step}"
        )
    if 0 in steps:
        raise ArgumentError(f"{who}: step must be anything but 0, got {step}")
    backwards = []
    parts = []
    for axis, bounds in enumerate(zip(begin, end, steps, strict=True)):
        part = slice(*bounds)
        if (part.step or 1) < 0:
            part = _turned(part, data.shape[axis])
            backwards.append(axis)
        parts.append(part)
    return tuple(parts), backwards


def _turned(part: slice, size: int) -> slice:
    """Write a slice of negative step as one of positive step, whose result is to be reversed."""
    first, last, step = part.indices(size)
    count = max(0, -((last - first) // -step)) if last < first else 0
    return slice(first + (count - 1) * step, first + 1, -step) if count else slice(0, 0)


@op("slice_axis")
def slice_axis(data: Tensor, axis: int, begin: int, end: int | None) -> Tensor:
    """Cut out ``begin:end`` of one axis.

    Args:
        data: ``(*)``.
        axis: the axis.
        begin: first element; a negative number counts from the end.
        end: element to end before; None for the end.

    Returns:
        The block, which has one element along the axis at least.

    Examples:
        >>> import torch
        >>> slice_axis(torch.arange(5.0), axis=0, begin=-3, end=None)
        tensor([2., 3., 4.])
    """
    axis = axis_of("slice_axis", axis, data.ndim)
    size = data.shape[axis]
    low = begin + size * (begin < 0)
    high = size if end is None else end + size * (end < 0)
    if not 0 <= low < high <= size:
        raise ShapeError(
            f"slice_axis: begin and end must enclose elements of axis {axis} of size {size}, got {begin} and {end}"
        )
    return data.narrow(axis, low, high - low)


@op("slice_like")
def slice_like(data: Tensor, shape_like: Tensor, axes: tuple[int, ...] = ()) -> Tensor:
    """Cut an array down to another's size.

    Args:
        data: ``(*)``.
        shape_like: of which only the shape matters; nowhere larger.
        axes: axes to cut; all if none, and both then have equally many.

    Returns:
        The first elements along these axes.

    Examples:
        >>> import torch
        >>> slice_like(torch.zeros(3, 4), torch.zeros(2, 2), axes=(1,)).shape
        torch.Size([3, 2])
    """
    if not axes and data.ndim != shape_like.ndim:
        raise ShapeError(
            f"slice_like: shape_like must have {data.ndim} axes as data does, got shape {tuple(shape_like.shape)}; "
            "axes names some of them"
        )
    for axis in axes or range(data.ndim):
        place = axis_of("slice_like", axis, data.ndim, "axes")
        size = shape_like.shape[axis_of("slice_like", place, shape_like.ndim, "axes")]
        if size > data.shape[place]:
            raise ShapeError(
                f"slice_like: shape_like must not be larger than data along axis {place}, "
                f"got {size} for {data.shape[place]}"
            )
        data = data.narrow(place, 0, size)
    return data


@op("Crop")
def crop(
    *data: Tensor, offset: tuple[int, int] = (0, 0), h_w: tuple[int, int] = (0, 0), center_crop: bool = False
) -> Tensor:
    """Cut a window out of images.

    Args:
        data: images ``(B, C, H, W)``, and perhaps an array ``(..., h, w)`` whose last axes give the window's size.
        offset: top and left of the window.
        h_w: height and width of the window, if no second array gives them.
        center_crop: put the window in the middle instead.

    Returns:
        ``(B, C, h, w)``.

    Examples:
        >>> import torch
        >>> crop(torch.arange(9.0).reshape(1, 1, 3, 3), offset=(1, 1), h_w=(2, 1))
        tensor([[[[4.],
                  [7.]]]])
    """
    if len(data) not in (1, 2) or any(one.ndim != 4 for one in data):
        raise ShapeError(f"Crop: data must be one or two arrays of 4 axes, got {[tuple(one.shape) for one in data]}")
    image = data[0]
    size = tuple(data[1].shape[2:]) if len(data) == 2 else h_w
    room = image.shape[2] - size[0], image.shape[3] - size[1]
    if min(size) < 1 or min(room) < 0:
        raise ShapeError(f"Crop: h_w must be from (1, 1) to {tuple(image.shape[2:])}, got {size}")
    top, left = (room[0] // 2, room[1] // 2) if center_crop else offset
    if not (0 <= top <= room[0] and 0 <= left <= room[1]):
        raise ShapeError(f"Crop: offset must be from (0, 0) to {room} for this window, got {offset}")
    return image[:, :, top : top + size[0], left : left + size[1]]


@op("diag")
def diag(data: Tensor, k: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
    """Take a diagonal out of an array, or make a matrix of one.

    Args:
        data: ``(*)``; of one axis, it is the diagonal to be.
        k: diagonal number, from the main one to the right.
        axis1: first axis of the matrices.
        axis2: second axis.

    Returns:
        The array without the two axes and with the diagonal as its last; or a matrix with zeros elsewhere.

    Examples:
        >>> import torch
        >>> diag(torch.tensor([[1.0, 2.0], [3.0, 4.0]])), diag(torch.tensor([1.0, 2.0]))
        (tensor([1., 4.]), tensor([[1., 0.],
                [0., 2.]]))
    """
    if data.ndim == 1:
        return data.diag_embed(k)
    first, second = _two_axes(data.ndim, (axis1, axis2))
    if not -data.shape[first] <= k <= data.shape[second]:
        raise ShapeError(f"diag: k must be a diagonal of the shape {tuple(data.shape)}, got {k}")
    return data.diagonal(k, first, second)


def _two_axes(rank: int, axes: Sequence[int]) -> tuple[int, int]:
    first, second = (axis_of("diag", axis, rank, f"axis{place}") for place, axis in enumerate(axes, 1))
    if first == second:
        raise ShapeError(f"diag: axis1 and axis2 must differ, got {axes[0]} and {axes[1]}")
    return first, second
