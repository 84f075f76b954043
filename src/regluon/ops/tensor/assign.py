"""Arrays with a part replaced, as ``x[begin:end] = ...`` writes it into graphs; and pictures made larger or smaller."""

from typing import Annotated, Any

from torch import Tensor

from regluon.core.errors import ShapeError
from regluon.ops.attr import Range
from regluon.ops.image.resize import Interpolation, resized
from regluon.ops.registry import op
from regluon.ops.tensor.cut import parts_of_block
from regluon.ops.types import typed

__all__ = ["imresize", "slice_assign", "slice_assign_scalar"]

Bounds = tuple[int | None, ...]
Size = Annotated[int, Range(1)]


@op("_slice_assign", "_crop_assign")
def slice_assign(lhs: Tensor, rhs: Tensor, begin: Bounds, end: Bounds, step: Bounds = ()) -> Tensor:
    """Replace the block that Python's slices ``begin:end:step`` of the first axes mean (MXNet, ``_slice_assign``).

    Args:
        lhs: ``(*)``; gets the gradient of what was not replaced.
        rhs: the new block, of its shape; gets the gradient of the block.
        begin: one number per axis, None for the start; negative ones count from the end.
        end: as many; None for the end.
        step: none, or as many; negative ones go backwards.

    Returns:
        ``(*)``, a new array.

    Examples:
        >>> import torch
        >>> slice_assign(torch.zeros(2, 3), torch.tensor([[1.0], [2.0]]), begin=(0, 1), end=(2, 2))
        tensor([[0., 1., 0.],
                [0., 2., 0.]])
    """
    parts, backwards = parts_of_block("_slice_assign", lhs, begin, end, step)
    block = lhs[parts]
    if block.shape != rhs.shape:
        raise ShapeError(f"_slice_assign: rhs must have the block's shape {tuple(block.shape)}, got {tuple(rhs.shape)}")
    return _with_block(lhs, parts, rhs.flip(backwards) if backwards else rhs)


@op("_slice_assign_scalar", "_crop_assign_scalar")
def slice_assign_scalar(data: Tensor, begin: Bounds, end: Bounds, scalar: float = 0.0, step: Bounds = ()) -> Tensor:
    """Replace the block that Python's slices ``begin:end:step`` mean by a number (MXNet, ``_slice_assign_scalar``).

    Args:
        data: ``(*)``; gets the gradient of what was not replaced.
        begin: one number per axis, None for the start; negative ones count from the end.
        end: as many; None for the end.
        scalar: the number.
        step: none, or as many; negative ones go backwards.

    Returns:
        ``(*)``, a new array.

    Examples:
        >>> import torch
        >>> slice_assign_scalar(torch.zeros(2, 3), begin=(1,), end=(None,), scalar=5.0)
        tensor([[0., 0., 0.],
                [5., 5., 5.]])
    """
    parts, _ = parts_of_block("_slice_assign_scalar", data, begin, end, step)
    return _with_block(data, parts, scalar)


def _with_block(data: Tensor, parts: tuple[slice, ...], block: Any) -> Tensor:
    result = data.clone()
    result[parts] = block
    return result


@op("_cvimresize", types=typed(), differentiable=False)
def imresize(src: Tensor, w: Size, h: Size, interp: Interpolation = 1) -> Tensor:
    """Resize a picture as OpenCV does (MXNet, ``_cvimresize``).

    Args:
        src: ``(H, W, C)`` uint8 or float.
        w: new width.
        h: new height.
        interp: 0 takes the nearest pixel, 1 is linear, 2 cubic, 3 averages the area that is covered, 4 is Lanczos.

    Returns:
        ``(h, w, C)`` of the same dtype.

    Examples:
        >>> import torch
        >>> imresize(torch.tensor([0, 10, 20, 30], dtype=torch.uint8).reshape(1, 4, 1), w=2, h=1).flatten().tolist()
        [5, 25]
    """
    if src.ndim != 3:
        raise ShapeError(f"_cvimresize: src must be (H, W, C), got shape {tuple(src.shape)}")
    return resized("_cvimresize", src, w, h, interp)
