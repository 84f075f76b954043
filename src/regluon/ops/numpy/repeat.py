"""Repeating elements and moving them round, with numpy's rules. From MXNet's ``_npi_*`` operators."""

import torch
from torch import Tensor

from regluon.core.errors import ShapeError
from regluon.ops.registry import op, twin
from regluon.ops.tensor.shapes import axes_of, axis_of

__all__ = ["repeat", "repeats", "roll", "rot90", "tile"]

Sizes = tuple[int, ...]

twin("reverse", "_npi_flip")


@op("_npi_tile")
def tile(data: Tensor, reps: Sizes) -> Tensor:
    """Repeat the whole array along axes.

    Args:
        data: ``(*)``.
        reps: how often along each axis, the last ones if they are fewer.

    Returns:
        The array, repeated.

    Examples:
        >>> tile(torch.tensor([1, 2]), (2,))
        tensor([1, 2, 1, 2])
    """
    return torch.tile(data, reps) if reps else data.clone()


@op("_npi_repeat", "_np_repeat")
def repeat(data: Tensor, repeats: int, axis: int | None = None) -> Tensor:
    """Repeat each element.

    It has a gradient, where MXNet sends zeros.

    Args:
        data: ``(*)``.
        repeats: how often.
        axis: the axis along which; if None, through the whole array, as one row.

    Returns:
        The array with that axis longer.

    Examples:
        >>> repeat(torch.tensor([1, 2]), 2)
        tensor([1, 1, 2, 2])
    """
    data, axis = (data.reshape(-1), 0) if axis is None else (data, axis_of("repeat", axis, data.ndim))
    return data.repeat_interleave(repeats, axis)


@op("_npi_repeats")
def repeats(data: Tensor, repeats: Sizes, axis: int | None = None) -> Tensor:
    """Repeat each element its own number of times.

    It has a gradient, where MXNet sends zeros.

    Args:
        data: ``(*)``.
        repeats: how often, one for each element of the axis.
        axis: the axis along which; if None, through the whole array, as one row.

    Returns:
        The array with that axis longer.

    Examples:
        >>> repeats(torch.tensor([1, 2]), (1, 2))
        tensor([1, 2, 2])
    """
    data, axis = (data.reshape(-1), 0) if axis is None else (data, axis_of("repeat", axis, data.ndim))
    counts = repeats * data.shape[axis] if len(repeats) == 1 else repeats
    if len(counts) != data.shape[axis]:
        raise ShapeError(f"repeat: repeats must be one for each of {data.shape[axis]} elements, got {repeats}")
    places = [place for place, count in enumerate(counts) for _ in range(count)]
    return data.index_select(axis, torch.tensor(places, dtype=torch.int64, device=data.device))


@op("_npi_roll", "_np_roll")
def roll(data: Tensor, shift: int | Sizes | None = None, axis: int | Sizes | None = None) -> Tensor:
    """Move elements along axes; those that fall off the end come in at the beginning.

    Args:
        data: ``(*)``.
        shift: how far, one for each axis or one for all.
        axis: the axes; if None, through the whole array, as one row.

    Returns:
        ``(*)``.

    Examples:
        >>> roll(torch.tensor([1, 2, 3]), 1)
        tensor([3, 1, 2])
    """
    shifts = (0,) if shift is None else (shift,) if isinstance(shift, int) else shift
    if axis is None:
        return torch.roll(data.reshape(-1), sum(shifts)).reshape(data.shape)
    axes = [axis_of("roll", one, data.ndim) for one in ((axis,) if isinstance(axis, int) else axis)]
    shifts = shifts * len(axes) if len(shifts) == 1 else shifts
    axes = axes * len(shifts) if len(axes) == 1 else axes
    if len(shifts) != len(axes):
        raise ShapeError(f"roll: shift and axis must be as many, got {shift} and {axis}")
    return torch.roll(data, shifts, axes)


@op("_npi_rot90")
def rot90(data: Tensor, k: int = 1, axes: Sizes = (0, 1)) -> Tensor:
    """Turn an array in the plane of two axes by right angles.

    The gradient is turned back, where MXNet turns it on.

    Args:
        data: ``(*)``.
        k: how many, from the first axis towards the second.
        axes: the two axes.

    Returns:
        The array, turned.

    Examples:
        >>> rot90(torch.tensor([[1, 2], [3, 4]]))
        tensor([[2, 4],
                [1, 3]])
    """
    if len(axes) != 2:
        raise ShapeError(f"rot90: axes must be 2, got {axes}")
    return torch.rot90(data, k, axes_of("rot90", axes, data.ndim, "axes"))
