"""Arrays of indices, and rows chosen by them."""

import torch
from torch import Tensor

from regluon.core.errors import ArgumentError, ShapeError
from regluon.ops.attr import Place, Shape
from regluon.ops.registry import op
from regluon.ops.types import typed

__all__ = ["arange_like", "boolean_mask", "index_array", "index_copy"]


@op("_contrib_arange_like", differentiable=False)
def arange_like(
    data: Tensor,
    start: float = 0.0,
    step: float = 1.0,
    repeat: int = 1,
    ctx: Place | None = None,
    axis: int | None = None,
) -> Tensor:
    """Count from a start in steps, as many numbers as there are data (MXNet, ``arange_like``).

    Args:
        data: ``(*X)``; only shape and type matter.
        start: the first number.
        step: from one number to the next.
        repeat: how often each number comes.
        ctx: without effect; the result is where ``data`` are.
        axis: count along this axis only.

    Returns:
        The shape of ``data``, or ``(size of the axis,)``.

    Examples:
        >>> arange_like(torch.zeros(2, 3)), arange_like(torch.zeros(2, 3), start=5.0, repeat=2, axis=1)
        (tensor([[0., 1., 2.],
                [3., 4., 5.]]), tensor([5., 5., 6.]))
    """
    if repeat < 1:
        raise ArgumentError(f"arange_like: repeat must be >= 1, got {repeat}")
    if axis is not None and not -data.ndim <= axis < data.ndim:
        raise ArgumentError(f"arange_like: axis must be an axis of data of shape {tuple(data.shape)}, got {axis}")
    shape = data.shape if axis is None else (data.shape[axis],)
    count = torch.arange(data.numel() if axis is None else data.shape[axis], device=data.device)
    if repeat > 1:
        count = count // repeat
    if data.is_floating_point():
        count = count.to(torch.promote_types(data.dtype, torch.float32)) * step + start
    else:
        count = count * int(step) + int(start)
    return count.to(data.dtype).reshape(shape)


@op("_contrib_index_array", types=typed(output=torch.int64), differentiable=False)
def index_array(data: Tensor, axes: Shape | None = None) -> Tensor:
    """Give each place of an array its own index (MXNet, ``index_array``).

    Args:
        data: ``(*X)``; only the shape matters.
        axes: the axes whose indices are wanted; all if not given.

    Returns:
        ``(*shape of data, number of axes)``, int64.

    Examples:
        >>> index_array(torch.zeros(2, 2), axes=(1, 0))
        tensor([[[0, 0],
                 [1, 0]],
        <BLANKLINE>
                [[0, 1],
                 [1, 1]]])
    """
    axes = tuple(range(data.ndim)) if axes is None else axes
    if not all(-data.ndim <= axis < data.ndim for axis in axes):
        raise ArgumentError(f"index_array: axes must be axes of data of shape {tuple(data.shape)}, got {axes}")
    if not axes:
        return torch.zeros(*data.shape, 0, dtype=torch.int64, device=data.device)
    counts = [
        torch.arange(data.shape[axis], device=data.device).reshape(-1, *[1] * (data.ndim - 1 - axis % data.ndim))
        for axis in axes
    ]
    return torch.stack([count.expand(data.shape) for count in counts], -1)


@op("_contrib_boolean_mask")
def boolean_mask(data: Tensor, index: Tensor, axis: int = 0) -> Tensor:
    """Keep the rows where a mask is not 0 (MXNet, ``boolean_mask``).

    The number of rows depends on values, so shapes cannot be inferred ahead.

    Args:
        data: ``(N, *X)``.
        index: ``(N,)`` mask; gets no gradient.
        axis: the axis of rows; in MXNet 0 alone.

    Returns:
        ``(number of rows kept, *X)``.

    Examples:
        >>> boolean_mask(torch.tensor([[1.0], [2.0], [3.0]]), torch.tensor([1, 0, 1]))
        tensor([[1.],
                [3.]])
    """
    if not -data.ndim <= axis < data.ndim:
        raise ArgumentError(f"boolean_mask: axis must be an axis of data of shape {tuple(data.shape)}, got {axis}")
    if index.shape != (data.shape[axis],):
        raise ShapeError(
            f"boolean_mask: index must have shape ({data.shape[axis]},) for data of shape {tuple(data.shape)} and "
            f"axis={axis}, got {tuple(index.shape)}"
        )
    return data.index_select(axis, index.detach().nonzero().squeeze(1))


@op("_contrib_index_copy")
def index_copy(old_tensor: Tensor, index_vector: Tensor, new_tensor: Tensor) -> Tensor:
    """Copy an array, some of its rows replaced (MXNet, ``index_copy``).

    Args:
        old_tensor: ``(N, *X)``.
        index_vector: ``(M,)`` numbers of the rows to replace; of equal ones the last counts.
        new_tensor: ``(M, *X)`` rows to put there.

    Returns:
        The shape of ``old_tensor``.

    Examples:
        >>> index_copy(torch.zeros(3), torch.tensor([2, 0]), torch.tensor([7.0, 8.0]))
        tensor([8., 0., 7.])
    """
    if index_vector.ndim != 1 or old_tensor.ndim < 1:
        raise ShapeError(
            f"index_copy: index_vector must be (M,) and old_tensor (N, ...), got shapes {tuple(index_vector.shape)} "
            f"and {tuple(old_tensor.shape)}"
        )
    expected = (*index_vector.shape, *old_tensor.shape[1:])
    if new_tensor.shape != expected:
        raise ShapeError(
            f"index_copy: new_tensor must have shape {expected} for old_tensor of shape {tuple(old_tensor.shape)} and "
            f"index_vector of shape {tuple(index_vector.shape)}, got {tuple(new_tensor.shape)}"
        )
    return old_tensor.index_copy(0, index_vector.detach().to(torch.int64), new_tensor)
