"""Elements repeated, mirrored and broadcast."""

from collections.abc import Sequence
from typing import Annotated, Literal

import torch
from torch import Tensor

from regluon.core.errors import ArgumentError, ShapeError
from regluon.ops.attr import Range
from regluon.ops.registry import op
from regluon.ops.tensor.shapes import axes_of, axis_of

__all__ = ["broadcast_axis", "broadcast_like", "broadcast_to", "pad", "repeat", "reverse", "tile"]

MODES = {"constant": "constant", "edge": "replicate", "reflect": "reflect"}


@op("tile")
def tile(data: Tensor, reps: tuple[int, ...]) -> Tensor:
    """Repeat an array as a whole.

    Args:
        data: ``(*)``.
        reps: how often along each axis, counted from the last; the shorter of axes and numbers is filled up with ones
            in front.

    Returns:
        The array, with as many axes as the longer.

    Examples:
        >>> tile(torch.tensor([1.0, 2.0]), reps=(2, 2))
        tensor([[1., 2., 1., 2.],
                [1., 2., 1., 2.]])
    """
    if any(count < 1 for count in reps):
        raise ArgumentError(f"tile: reps must be ints >= 1, got {reps}")
    return torch.tile(data, reps)


@op("repeat")
def repeat(data: Tensor, repeats: Annotated[int, Range(0)], axis: int | None = None) -> Tensor:
    """Repeat every element.

    Args:
        data: ``(*)``.
        repeats: how often.
        axis: along which axis; None means the elements in their order.

    Returns:
        The array with this axis longer, or of one axis.

    Examples:
        >>> repeat(torch.tensor([1.0, 2.0]), repeats=2)
        tensor([1., 1., 2., 2.])
    """
    if axis is None:
        data, axis = data.reshape(-1), 0
    return data.repeat_interleave(repeats, axis_of("repeat", axis, data.ndim))


@op("reverse", "flip")
def reverse(data: Tensor, axis: tuple[int, ...]) -> Tensor:
    """Turn the order of elements round.

    Args:
        data: ``(*)``.
        axis: along which axes; one named twice is turned back (MXNet takes no negative numbers here).

    Returns:
        ``(*)``.

    Examples:
        >>> reverse(torch.tensor([[1.0, 2.0], [3.0, 4.0]]), axis=(1,))
        tensor([[2., 1.],
                [4., 3.]])
    """
    named = [axis_of("reverse", one, data.ndim) for one in axis]
    return data.flip([one for one in set(named) if named.count(one) % 2])


@op("Pad", "pad")
def pad(
    data: Tensor,
    mode: Literal["constant", "edge", "reflect"],
    pad_width: tuple[int, ...],
    constant_value: float = 0.0,
) -> Tensor:
    """Put elements around images or volumes.

    Args:
        data: ``(B, C, H, W)`` or ``(B, C, D, H, W)`` floats.
        mode: what is put there: a constant, the nearest element, or the elements mirrored at the outermost.
        pad_width: how many before and after, axis by axis; the first four are 0. Negative ones cut off.
        constant_value: the constant.

    Returns:
        The larger array.

    Examples:
        >>> pad(torch.ones(1, 1, 1, 2), mode="constant", pad_width=(0, 0, 0, 0, 0, 0, 1, 0))
        tensor([[[[0., 1., 1.]]]])
    """
    if data.ndim not in (4, 5) or not data.is_floating_point():
        raise ShapeError(f"Pad: data must be floats of 4 or 5 axes, got {data.dtype} of shape {tuple(data.shape)}")
    if len(pad_width) != 2 * data.ndim or any(pad_width[:4]):
        raise ArgumentError(f"Pad: pad_width must be {2 * data.ndim} ints, the first four 0, got {pad_width}")
    widths = [width for axis in range(data.ndim - 1, 1, -1) for width in pad_width[2 * axis : 2 * axis + 2]]
    if mode == "reflect" and any(
        width >= size for axis, size in enumerate(data.shape) for width in pad_width[2 * axis : 2 * axis + 2]
    ):
        raise ArgumentError(
            f"Pad: pad_width must be less than the sizes {tuple(data.shape)} to reflect them, got {pad_width}"
        )
    return torch.nn.functional.pad(data, widths, MODES[mode], constant_value if mode == "constant" else None)


@op("broadcast_axis", "broadcast_axes")
def broadcast_axis(data: Tensor, axis: tuple[int, ...] = (), size: tuple[int, ...] = ()) -> Tensor:
    """Repeat an array along axes of size 1.

    Args:
        data: ``(*)``.
        axis: the axes.
        size: their new sizes.

    Returns:
        The larger array.

    Examples:
        >>> broadcast_axis(torch.zeros(1, 2), axis=(0,), size=(3,)).shape
        torch.Size([3, 2])
    """
    if len(axis) != len(size):
        raise ArgumentError(f"broadcast_axis: size must be one number for each axis, got {size} for {axis}")
    target = list(data.shape)
    for place, new in zip(axes_of("broadcast_axis", axis, data.ndim), size, strict=True):
        if target[place] != 1:
            raise ShapeError(f"broadcast_axis: axis must name axes of size 1, got {axis} for shape {tuple(data.shape)}")
        target[place] = new
    return data.expand(target)


@op("broadcast_to")
def broadcast_to(data: Tensor, shape: tuple[int, ...] = ()) -> Tensor:
    """Repeat an array to a shape.

    Args:
        data: ``(*A)`` with as many axes as ``shape``; they fit or have size 1.
        shape: the sizes; 0 keeps one.

    Returns:
        ``(*shape)``.

    Examples:
        >>> broadcast_to(torch.zeros(1, 2), shape=(3, 0)).shape
        torch.Size([3, 2])
    """
    target = [old if new == 0 else new for old, new in zip(data.shape, shape, strict=False)]
    return _expand("broadcast_to", data, target if len(shape) == data.ndim else shape)


@op("broadcast_like")
def broadcast_like(
    lhs: Tensor, rhs: Tensor, lhs_axes: tuple[int, ...] | None = None, rhs_axes: tuple[int, ...] | None = None
) -> Tensor:
    """Repeat an array to another's shape, or to its sizes along some axes.

    Args:
        lhs: ``(*A)``, the array.
        rhs: ``(*B)``, of which only the shape matters.
        lhs_axes: axes to repeat along; needs ``rhs_axes``.
        rhs_axes: axes of ``rhs`` that give their sizes.

    Returns:
        ``lhs``, larger.

    Examples:
        >>> broadcast_like(torch.zeros(1, 2), torch.zeros(5, 4), lhs_axes=(0,), rhs_axes=(1,)).shape
        torch.Size([4, 2])
    """
    if lhs_axes is None or rhs_axes is None:
        return _expand("broadcast_like", lhs, rhs.shape)
    if not lhs_axes or len(lhs_axes) != len(rhs_axes):
        raise ArgumentError(f"broadcast_like: lhs_axes and rhs_axes must pair up, got {lhs_axes} and {rhs_axes}")
    target = list(lhs.shape)
    for one, other in zip(lhs_axes, rhs_axes, strict=True):
        place = axis_of("broadcast_like", one, lhs.ndim, "lhs_axes")
        target[place] = rhs.shape[axis_of("broadcast_like", other, rhs.ndim, "rhs_axes")]
    return _expand("broadcast_like", lhs, target)


def _expand(who: str, data: Tensor, target: Sequence[int]) -> Tensor:
    if len(target) != data.ndim or any(
        old not in (1, new) or new < 1 for old, new in zip(data.shape, target, strict=True)
    ):
        raise ShapeError(f"{who}: data of shape {tuple(data.shape)} must fit or have size 1, got {tuple(target)}")
    return data.expand(target)
