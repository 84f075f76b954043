"""Position-sensitive average pooling: each cell of a region averages what it covers in a channel of its own.

(Dai et al., R-FCN: Object Detection via Region-based Fully Convolutional Networks, 2016.)
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from regluon.kernels.dispatch import runs_compiled
from regluon.kernels.position_pool_loops import add_to_planes, write_cells, write_edges
from regluon.kernels.regions import computing_type, image_of, round_half_away
from regluon.kernels.threads import over_batch

__all__ = ["position_pool", "position_pool_plain"]

# Channels that a loop sums together: as many as fill a few registers, but so few that all threads have some.
_SMALLEST_BLOCK, _LARGEST_BLOCK, _UNITS = 8, 64, 16


def position_pool(data: Tensor, rois: Tensor, side: int, group: int, spatial_scale: float) -> Tensor:
    """Average images over the cells of regions, each in a channel of its own (MXNet 1.9.1, ``PSROIPooling``).

    Coordinates are rounded, halves away from zero, before they are scaled; cells cover whole pixels and may overlap; a
    cell that covers none gives 0, and so do regions whose index says no image. Half precision is computed in float32.
    On the CPU this is a compiled loop, channels spread over threads; elsewhere, and without numba, plain torch. Regions
    get no gradient.

    Args:
        data: ``(B, c * group * group, H, W)``.
        rois: ``(R, 5)`` rows of image, x, y, x, y.
        side: cells of a region along each axis.
        group: groups of cells along each axis; each reads a channel of its own.
        spatial_scale: what coordinates of regions are multiplied by.

    Returns:
        ``(R, c, side, side)`` in the type of ``data``.

    Examples:
        >>> data = torch.arange(1.0, 65).reshape(1, 4, 4, 4)
        >>> position_pool(data, torch.tensor([[0.0, 0, 0, 3, 3]]), 2, 2, 1.0)
        tensor([[[[ 3.5000, 21.5000],
                  [43.5000, 61.5000]]]])
    """
    kind = computing_type(data, rois)
    form = _compiled if runs_compiled(data) else position_pool_plain
    return form(data.to(kind), rois.detach().to(kind), side, group, spatial_scale).to(data.dtype)


def position_pool_plain(data: Tensor, rois: Tensor, side: int, group: int, spatial_scale: float) -> Tensor:
    """Answer as :func:`position_pool` does, in plain torch, which autograd differentiates: for every device.

    Sums come from running sums in float64, so a pixel that is not finite spoils cells beside it too.

    Args:
        data: ``(B, c * group * group, H, W)``.
        rois: ``(R, 5)``, of the type of ``data``.
        side: cells of a region along each axis.
        group: groups of cells along each axis; each reads a channel of its own.
        spatial_scale: what coordinates of regions are multiplied by.

    Returns:
        ``(R, c, side, side)``.
    """
    _, channels, height, width = data.shape
    running = torch.nn.functional.pad(data.double(), (1, 0, 1, 0)).cumsum(2).cumsum(3)
    start = round_half_away(rois[:, 1:3]) * spatial_scale
    stop = (round_half_away(rois[:, 3:5]) + 1) * spatial_scale
    step = (stop - start).clamp(min=0.1) / side
    cell = torch.arange(side, device=data.device, dtype=rois.dtype)
    left, top = (cell * step.unsqueeze(-1) + start.unsqueeze(-1)).floor().nan_to_num().unbind(1)
    right, bottom = ((cell + 1) * step.unsqueeze(-1) + start.unsqueeze(-1)).ceil().nan_to_num().unbind(1)
    # (R, 1, side, 1) and (R, 1, 1, side)
    top, bottom = (edge.clamp(0, height).long().reshape(-1, 1, side, 1) for edge in (top, bottom))
    left, right = (edge.clamp(0, width).long().reshape(-1, 1, 1, side) for edge in (left, right))
    image = image_of(rois, len(data)).reshape(-1, 1, 1, 1)
    plane = _channels(data, side, group) + image.clamp(min=0) * channels

    def up_to(row: Tensor, column: Tensor) -> Tensor:
        return running.take((plane * (height + 1) + row) * (width + 1) + column)

    total = up_to(bottom, right) - up_to(top, right) - up_to(bottom, left) + up_to(top, left)
    area = (bottom - top) * (right - left)
    counts = (bottom > top) & (right > left) & (image >= 0)
    return torch.where(counts, total / area.clamp(min=1), 0).to(data.dtype)


def _channels(data: Tensor, side: int, group: int) -> Tensor:
    # (1, c, side, side): the channel that each cell reads.
    which = torch.arange(side, device=data.device) * group // side
    first = torch.arange(0, data.shape[1], group * group, device=data.device)
    return first.reshape(1, -1, 1, 1) + which.reshape(-1, 1) * group + which


@torch.library.custom_op("regluon::position_pool", mutates_args=())
def _compiled(data: Tensor, rois: Tensor, side: int, group: int, spatial_scale: float) -> Tensor:
    channels, groups = data.shape[1] // (group * group), group * group
    answer = data.new_empty(len(rois), channels, side, side)
    planes = data.detach().flatten(2).contiguous().numpy()
    images, edges = _frames(rois, data.shape, side, spatial_scale)
    answer[torch.from_numpy(images) < 0] = 0
    cells = answer.numpy()
    block = min(_LARGEST_BLOCK, max(_SMALLEST_BLOCK, channels * groups // _UNITS))

    def work(start: int, stop: int) -> None:
        pixels, total = np.empty((planes.shape[2], block), planes.dtype), np.empty(block, planes.dtype)
        write_cells(planes, images, edges, cells, pixels, total, start, stop, group, data.shape[3], block)

    over_batch(
        work,
        groups * -(-channels // block),
        cells.size,
    )
    return answer


@_compiled.register_fake
def _(data: Tensor, rois: Tensor, side: int, group: int, spatial_scale: float) -> Tensor:
    del spatial_scale
    return data.new_empty(rois.shape[0], data.shape[1] // (group * group), side, side)


@torch.library.custom_op("regluon::position_pool_backward", mutates_args=())
def _compiled_backward(
    gradient: Tensor, rois: Tensor, shape: Sequence[int], group: int, spatial_scale: float
) -> Tensor:
    answer = gradient.new_zeros(shape)
    planes, cells = answer.flatten(2).numpy(), gradient.contiguous().numpy()
    images, edges = _frames(rois, shape, cells.shape[2], spatial_scale)
    over_batch(
        lambda start, stop: add_to_planes(planes, images, edges, cells, start, stop, group, shape[3]),
        shape[1],
        cells.size,
    )
    return answer


@_compiled_backward.register_fake
def _(gradient: Tensor, rois: Tensor, shape: Sequence[int], group: int, spatial_scale: float) -> Tensor:
    del rois, group, spatial_scale
    return gradient.new_empty(shape)


def _remember(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    del output
    data, rois, _, *ctx.rule = inputs
    ctx.save_for_backward(rois)
    ctx.shape = data.shape


def _send_back(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
    (rois,) = ctx.saved_tensors
    return _compiled_backward(gradient, rois, ctx.shape, *ctx.rule), None, None, None, None


_compiled.register_autograd(_send_back, setup_context=_remember)


def _frames(rois: Tensor, shape: Sequence[int], side: int, spatial_scale: float) -> tuple[np.ndarray, np.ndarray]:
    # The image of each region, and which rows and columns its cells cover.
    boxes = rois.detach().contiguous().numpy()
    edges = np.empty((4, side, len(boxes)), np.uint64)
    write_edges(boxes, edges, tuple(shape[2:]), boxes.dtype.type(spatial_scale))
    return image_of(rois, shape[0]).numpy(), edges
