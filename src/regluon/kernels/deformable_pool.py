"""Deformable position-sensitive pooling: the cells of a region are moved by learned shifts.

(Dai et al., Deformable Convolutional Networks, 2017, section 2.2.)
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from regluon.kernels.deformable_pool_loops import add_to_planes, memory_for, write_cells, write_shifts
from regluon.kernels.dispatch import runs_compiled
from regluon.kernels.regions import computing_type, image_of, round_half_away
from regluon.kernels.threads import over_batch

__all__ = ["deformable_pool", "deformable_pool_plain"]

# Channels that a loop sums together: as many as fill a few registers, but so few that all threads have some.
_SMALLEST_BLOCK, _LARGEST_BLOCK, _UNITS = 8, 64, 16


def deformable_pool(
    data: Tensor, rois: Tensor, shifts: Tensor, side: int, group: int, samples: int, spatial_scale: float
) -> Tensor:
    """Average samples over the moved cells of regions (MXNet 1.9.1, ``DeformablePSROIPooling``).

    Coordinates are rounded, halves away from zero, before they are scaled. Samples begin at the left and upper edge of
    a cell. Those more than half a pixel outside of the image do not count; a cell without samples gives 0, and so do
    regions whose index says no image, and those that are not finite. Half precision is computed in float32. On the CPU
    these are compiled loops, spread over threads; elsewhere, and without numba, plain torch. Regions get no gradient.

    Args:
        data: ``(B, c * group * group, H, W)``.
        rois: ``(R, 5)`` rows of image, x, y, x, y.
        shifts: ``(R, classes, 2, part, part)`` in x and y, as parts of a region's width and height; c is a multiple of
            classes, and each class moves its channels.
        side: cells of a region along each axis.
        group: groups of cells along each axis; each reads channels of its own.
        samples: samples along each axis of a cell.
        spatial_scale: what coordinates of regions are multiplied by.

    Returns:
        ``(R, c, side, side)`` in the type of ``data``.

    Examples:
        >>> data, shifts = torch.arange(1.0, 65).reshape(1, 4, 4, 4), torch.zeros(1, 1, 2, 2, 2)
        >>> deformable_pool(data, torch.tensor([[0.0, 0, 0, 3, 3]]), shifts, 2, 2, 2, 1.0)
        tensor([[[[ 2.2500, 20.0000],
                  [41.2500, 59.0000]]]])
    """
    kind = computing_type(data, rois)
    boxes = rois.detach().to(kind)
    start = round_half_away(boxes[:, 1:3]) * spatial_scale - 0.5
    size = (round_half_away(boxes[:, 3:5]) + 1) * spatial_scale - 0.5 - start
    frames = torch.cat([start, size.clamp(min=0.1)], 1)
    known = frames.isfinite().all(1)
    images = torch.where(known, image_of(boxes, data.shape[0]), -1)
    # As MXNet finds the place of a cell among the shifts, its rounding included.
    parts = (torch.arange(side, device=data.device, dtype=kind) / side * shifts.shape[-1]).long()
    form = _compiled if runs_compiled(data) else deformable_pool_plain
    found = form(data.to(kind), images, frames.nan_to_num(0, 0, 0), shifts.to(kind), parts, group, samples)
    return found.to(data.dtype)


def deformable_pool_plain(
    data: Tensor, images: Tensor, frames: Tensor, shifts: Tensor, parts: Tensor, group: int, samples: int
) -> Tensor:
    """Pool as :func:`deformable_pool` does, in plain torch, which autograd differentiates: for every device.

    Args:
        data: ``(B, c * group * group, H, W)``.
        images: ``(R,)`` integers, the image of each region, negative for none.
        frames: ``(R, 4)``: first x and y, width and height of each region.
        shifts: ``(R, classes, 2, part, part)`` in x and y, as parts of a region's width and height.
        parts: ``(side,)`` integers: along an axis, whose shift a cell takes.
        group: groups of cells along each axis; each reads channels of its own.
        samples: samples along each axis of a cell.

    Returns:
        ``(R, c, side, side)``.
    """
    _, channels, height, width = data.shape
    side, regions, per_class = len(parts), len(images), channels // (group * group * shifts.shape[1])
    x, y, wide, high = frames.reshape(-1, 4, 1, 1, 1).unbind(1)
    moved = shifts[:, :, :, parts.unsqueeze(1), parts]
    cell = torch.arange(side, device=data.device, dtype=data.dtype)
    first_x = cell * (wide / side) + x + moved[:, :, 0] * wide
    first_y = cell.reshape(-1, 1) * (high / side) + y + moved[:, :, 1] * high
    unit = torch.arange(side, device=data.device) * group // side
    channel = torch.arange(0, channels, group * group, device=data.device).reshape(1, -1, per_class, 1, 1)
    channel = channel + unit.reshape(-1, 1) * group + unit
    plane = (images.clamp(min=0).reshape(-1, 1, 1, 1, 1) * channels + channel) * (height * width)
    total, count = data.new_zeros(()), data.new_zeros(())
    for row in range(samples):
        top, bottom, lower, inside_y = _neighbours(first_y + row * (high / side / samples), height)
        for column in range(samples):
            left, right, nearer, inside_x = _neighbours(first_x + column * (wide / side / samples), width)
            inside = (inside_y & inside_x).unsqueeze(2)
            value = data.new_zeros(())
            for line, line_weight in ((top, 1 - lower), (bottom, lower)):
                for place, place_weight in ((left, 1 - nearer), (right, nearer)):
                    found = data.take(plane + (line * width + place).unsqueeze(2))
                    value = value + found * (line_weight * place_weight).unsqueeze(2)
            total = total + torch.where(inside, value, 0)
            count = count + inside
    counts = (count > 0) & (images >= 0).reshape(-1, 1, 1, 1, 1)
    return torch.where(counts, total / count.clamp(min=1), 0).reshape(regions, channels // (group * group), side, side)


def _neighbours(place: Tensor, size: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    # Two neighbours, the same on a pixel, the weight of the second, and whether the place is inside.
    inside = (place >= -0.5) & (place <= size - 0.5)
    place = torch.where(inside, place, 0).clamp(0, size - 1)
    low = place.detach().floor()
    return low.long(), place.detach().ceil().long(), place - low, inside


@torch.library.custom_op("regluon::deformable_pool", mutates_args=())
def _compiled(
    data: Tensor, images: Tensor, frames: Tensor, shifts: Tensor, parts: Tensor, group: int, samples: int
) -> Tensor:
    side = len(parts)
    answer = data.new_empty(len(images), data.shape[1] // (group * group), side, side)
    answer[images < 0] = 0
    arrays = _arrays(data, images, frames, shifts, parts, answer)
    channels, groups = answer.shape[1], group * group
    block = min(_LARGEST_BLOCK, max(_SMALLEST_BLOCK, channels * groups // _UNITS))
    planes = arrays[0]

    def work(start: int, stop: int) -> None:
        pixels, total = np.empty((planes[0, 0].size, block), planes.dtype), np.empty(block, planes.dtype)
        write_cells(*arrays, memory_for(planes, samples), pixels, total, start, stop, group, samples, block)

    over_batch(
        work,
        groups * -(-channels // block),
        answer.numel() * samples,
    )
    return answer


@_compiled.register_fake
def _(data: Tensor, images: Tensor, frames: Tensor, shifts: Tensor, parts: Tensor, group: int, samples: int) -> Tensor:
    del frames, shifts, samples
    side = parts.shape[0]
    return data.new_empty(images.shape[0], data.shape[1] // (group * group), side, side)


@torch.library.custom_op("regluon::deformable_pool_backward", mutates_args=())
def _compiled_backward(
    gradient: Tensor,
    data: Tensor,
    images: Tensor,
    frames: Tensor,
    shifts: Tensor,
    parts: Tensor,
    group: int,
    samples: int,
    wanted: Sequence[bool],
) -> tuple[Tensor, Tensor]:
    # Gradients of data and shifts; what is not wanted is empty.
    of_data = data.new_zeros(data.shape if wanted[0] else 0)
    of_shifts = data.new_zeros(shifts.shape if wanted[1] else 0)
    if wanted[0]:
        sums = _arrays(of_data, images, frames, shifts, parts, gradient)
        over_batch(
            lambda start, stop: add_to_planes(*sums, memory_for(sums[0], samples), start, stop, group, samples),
            gradient.shape[1] * group * group,
            gradient.numel() * samples,
        )
    if wanted[1]:
        slopes = (*_arrays(data, images, frames, shifts, parts, gradient), of_shifts.numpy())
        over_batch(
            lambda start, stop: write_shifts(*slopes, memory_for(slopes[0], samples), start, stop, group, samples),
            len(images),
            gradient.numel() * samples,
        )
    return of_data, of_shifts


@_compiled_backward.register_fake
def _(
    gradient: Tensor, data: Tensor, images: Tensor, frames: Tensor, shifts: Tensor, *rest: Any, **__: object
) -> tuple[Tensor, Tensor]:
    del images, frames
    wanted = rest[-1]
    return gradient.new_empty(data.shape if wanted[0] else 0), gradient.new_empty(shifts.shape if wanted[1] else 0)


def _remember(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    del output
    ctx.save_for_backward(*inputs[:5])
    ctx.rule = inputs[5:]


def _send_back(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
    wanted = [ctx.needs_input_grad[0], ctx.needs_input_grad[3]]
    of_data, of_shifts = _compiled_backward(gradient, *ctx.saved_tensors, *ctx.rule, wanted)
    return of_data if wanted[0] else None, None, None, of_shifts if wanted[1] else None, None, None, None


_compiled.register_autograd(_send_back, setup_context=_remember)


def _arrays(*tensors: Tensor) -> list[np.ndarray]:
    return [one.detach().contiguous().numpy() for one in tensors]
