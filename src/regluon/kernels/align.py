"""Region align: each cell of a region is the average of samples read between the pixels, so nothing is rounded.

Upright regions are those of He et al., Mask R-CNN, 2017; turned ones those of Ma et al., Arbitrary-Oriented Scene Text
Detection via Rotation Proposals, 2018.
"""

import math
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

import torch
from torch import Tensor

from regluon.core.errors import ArgumentError
from regluon.kernels.align_loops import (
    MOST,
    add_to_pixels,
    add_turned_to_pixels,
    go_through_planes,
    write_cells_of_pixels,
    write_turned_cells,
)
from regluon.kernels.dispatch import runs_compiled
from regluon.kernels.regions import computing_type, image_of
from regluon.kernels.threads import over_batch

__all__ = ["align_backward_plain", "align_plain", "align_regions"]

# Channels whose gradient one thread adds up at a time.
_BLOCK = 32

# Pixels a cell reads, roughly, where only the values of the regions would tell.
_TAPS = 16


@torch.library.custom_op("regluon::align_regions", mutates_args=())
def align_regions(
    data: Tensor,
    rois: Tensor,
    height: int,
    width: int,
    spatial_scale: float,
    sample_ratio: int,
    position_sensitive: bool,
    aligned: bool,
) -> Tensor:
    """Average bilinear samples of images over the cells of regions (MXNet 1.9.1, ``ROIAlign`` and ``RROIAlign``).

    A sample more than a pixel outside of the image reads 0, and counts. Regions whose index says no image give zeros,
    and so do those that are not finite. Half precision is computed in float32. On the CPU this is a compiled loop,
    regions spread over threads; elsewhere, and without numba, plain torch. Data get a gradient, regions none.

    Args:
        data: ``(B, C, H, W)``.
        rois: ``(R, 5)`` rows of image, x, y, x, y, or ``(R, 6)`` of image, middle x and y, width, height and degrees.
        height: cells of a region along y.
        width: cells of a region along x.
        spatial_scale: what coordinates of regions are multiplied by.
        sample_ratio: samples along each side of a cell; not positive for as many as it has pixels.
        position_sensitive: whether cell i of channel c reads channel ``c * height * width + i``.
        aligned: whether pixels are squares whose middle lies at a half, else upright regions have sides of at least 1.

    Returns:
        ``(R, channels, height, width)`` in the type of ``data``.

    Raises:
        ArgumentError: ``aligned``, and a region of an image is not wider and higher than 0; MXNet ends the program.

    Examples:
        >>> data, rois = torch.arange(16.0).reshape(1, 1, 4, 4), torch.tensor([[0.0, 0.0, 0.0, 2.0, 2.0]])
        >>> align_regions(data, rois, 1, 1, 1.0, 2, False, False)
        tensor([[[[5.]]]])
    """
    kind = computing_type(data, rois)
    values, regions = data.detach().to(kind), rois.detach().to(kind)
    rule = _rule(spatial_scale, aligned, sample_ratio)
    if aligned:
        _check_sizes(regions, len(data))
    if not _compiles(data, rois, position_sensitive):
        return align_plain(values, regions, height, width, position_sensitive, *rule).to(data.dtype)
    channels = data.shape[1] // (height * width if position_sensitive else 1)
    answer = values.new_empty(len(rois), channels, height, width)
    boxes = (image_of(regions, len(data)).numpy(), regions.contiguous().numpy())
    answer[torch.from_numpy(boxes[0]) < 0] = 0
    cells, numbers = answer.numpy(), _typed(answer, *rule)
    turned = _is_turned(rois)
    many = _is_channels_last(values) or _many(data.shape, cells.size // max(1, channels))
    if turned or (many and not position_sensitive):
        loop = write_turned_cells if turned else write_cells_of_pixels
        pixels = values.permute(0, 2, 3, 1).contiguous().numpy()
        over_batch(
            lambda start, stop: loop(pixels, *boxes, cells, start, stop, numbers),
            len(rois),
            cells.size,
        )
    else:
        planes, flags = values.contiguous().numpy(), (position_sensitive, False)
        over_batch(
            lambda start, stop: go_through_planes(planes, *boxes, cells, (start, stop, 0, channels), *flags, numbers),
            len(rois),
            cells.size,
        )
    return answer.to(data.dtype)


@align_regions.register_fake
def _(
    data: Tensor,
    rois: Tensor,
    height: int,
    width: int,
    spatial_scale: float,
    sample_ratio: int,
    position_sensitive: bool,
    aligned: bool,
) -> Tensor:
    del spatial_scale, sample_ratio, aligned
    channels = data.shape[1] // (height * width if position_sensitive else 1)
    return data.new_empty(rois.shape[0], channels, height, width)


@torch.library.custom_op("regluon::align_regions_backward", mutates_args=())
def _align_backward(
    gradient: Tensor,
    rois: Tensor,
    shape: Sequence[int],
    spatial_scale: float,
    sample_ratio: int,
    position_sensitive: bool,
    aligned: bool,
) -> Tensor:
    kind = computing_type(gradient, rois)
    heads, regions = gradient.to(kind), rois.to(kind)
    rule = _rule(spatial_scale, aligned, sample_ratio)
    if not _compiles(gradient, rois, position_sensitive):
        return align_backward_plain(heads, regions, shape, position_sensitive, *rule).to(gradient.dtype)
    images, channels, *size = shape
    boxes, numbers = (image_of(regions, images).numpy(), regions.contiguous().numpy()), _typed(heads, *rule)
    turned = _is_turned(rois)
    if turned or (not position_sensitive and _many(shape, heads.numel() // max(1, channels))):
        loop = add_turned_to_pixels if turned else add_to_pixels
        answer = heads.new_zeros(images, *size, channels)
        pixels, cells = answer.numpy(), heads.permute(0, 2, 3, 1).contiguous().numpy()
        over_batch(
            lambda start, stop: loop(pixels, *boxes, cells, start, stop, _BLOCK, numbers),
            images * -(-channels // _BLOCK),
            cells.size,
        )
        answer = answer.permute(0, 3, 1, 2).contiguous()
    else:
        answer = heads.new_zeros(shape)
        planes, cells, flags = answer.numpy(), heads.contiguous().numpy(), (position_sensitive, True)
        over_batch(
            lambda start, stop: go_through_planes(planes, *boxes, cells, (0, len(rois), start, stop), *flags, numbers),
            heads.shape[1],
            cells.size,
        )
    return answer.to(gradient.dtype)


@_align_backward.register_fake
def _(gradient: Tensor, rois: Tensor, shape: Sequence[int], *_: object, **__: object) -> Tensor:
    del rois
    return gradient.new_empty(shape)


def _remember(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    del output
    data, rois, _, _, *rule = inputs
    ctx.save_for_backward(rois)
    ctx.shape, ctx.rule = data.shape, rule


def _send_back(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
    (rois,) = ctx.saved_tensors
    return _align_backward(gradient, rois, ctx.shape, *ctx.rule), *(None for _ in range(7))


align_regions.register_autograd(_send_back, setup_context=_remember)


def align_plain(
    data: Tensor,
    rois: Tensor,
    height: int,
    width: int,
    position_sensitive: bool,
    scale: float,
    shift: float,
    sample_ratio: int,
) -> Tensor:
    """Answer as :func:`align_regions` does, in plain torch: for every device, one sample of all cells after another.

    Args:
        data: ``(B, C, H, W)``.
        rois: ``(R, 5)`` or ``(R, 6)``, of the type of ``data``.
        height: cells of a region along y.
        width: cells of a region along x.
        position_sensitive: whether each cell reads a channel of its own.
        scale: what coordinates of regions are multiplied by.
        shift: what is taken from the coordinates of upright regions; if 0, these have sides of at least 1.
        sample_ratio: samples along each side of a cell; not positive for as many as it has pixels.

    Returns:
        ``(R, channels, height, width)``.
    """
    place = _places(data.shape, rois, height * width, position_sensitive)
    answer = data.new_zeros(place.shape)
    for pixel, weight in _taps(rois, data.shape[2:], (height, width), (scale, shift, sample_ratio)):
        answer += data.take(place + pixel) * weight
    there = (image_of(rois, len(data)) >= 0).reshape(-1, 1, 1)
    return torch.where(there, answer, 0).reshape(*answer.shape[:2], height, width)


def align_backward_plain(
    gradient: Tensor,
    rois: Tensor,
    shape: Sequence[int],
    position_sensitive: bool,
    scale: float,
    shift: float,
    sample_ratio: int,
) -> Tensor:
    """Send the gradient of :func:`align_plain` back to its data.

    Args:
        gradient: ``(R, channels, height, width)``.
        rois: ``(R, 5)`` or ``(R, 6)``, of the type of ``gradient``.
        shape: that of the data.
        position_sensitive: whether each cell reads a channel of its own.
        scale: what coordinates of regions are multiplied by.
        shift: what is taken from the coordinates of upright regions; if 0, these have sides of at least 1.
        sample_ratio: samples along each side of a cell; not positive for as many as it has pixels.

    Returns:
        The gradient of the data.
    """
    grid = (gradient.shape[2], gradient.shape[3])
    place = _places(shape, rois, grid[0] * grid[1], position_sensitive)
    there = (image_of(rois, shape[0]) >= 0).reshape(-1, 1, 1)
    answer, heads = gradient.new_zeros(math.prod(shape)), torch.where(there, gradient.flatten(2), 0)
    for pixel, weight in _taps(rois, shape[2:], grid, (scale, shift, sample_ratio)):
        answer.index_add_(0, (place + pixel).flatten(), (heads * weight).flatten())
    return answer.reshape(tuple(shape))


def _places(shape: Sequence[int], rois: Tensor, cells: int, position_sensitive: bool) -> Tensor:
    # (R, channels, cells) or with a 1 for cells: where in the data the plane begins that a cell reads.
    images, channels, height, width = shape
    image = image_of(rois, images).clamp(min=0).reshape(-1, 1, 1)
    plane = torch.arange(channels, device=rois.device).reshape(1, -1, cells if position_sensitive else 1)
    return ((image * channels + plane) * (height * width)).expand(-1, -1, cells)


def _taps(
    rois: Tensor, size: Sequence[int], grid: tuple[int, int], rule: tuple[float, float, int]
) -> Iterator[tuple[Tensor, Tensor]]:
    # Of one sample after the other the four pixels that each cell reads and their weights, all (R, 1, cells).
    scale, shift, wanted = rule
    cell = torch.arange(grid[0] * grid[1], device=rois.device)
    row, column = (cell // grid[1]).to(rois.dtype), (cell % grid[1]).to(rois.dtype)
    first, second, third, fourth = (rois[:, 1:5] * scale - shift).unsqueeze(-1).unbind(1)
    angle = rois[:, 5:] * (math.pi / 180)
    turned = _is_turned(rois)
    x, y, wide, high = first, second, third, fourth
    if not turned:
        wide, high = third - first, fourth - second
    if turned or shift == 0:
        wide, high = wide.clamp(min=1), high.clamp(min=1)
    begin_y, begin_x = (-high / 2, -wide / 2) if turned else (y, x)
    step_y, step_x = high / grid[0], wide / grid[1]
    count_y, count_x = _count(step_y, wanted), _count(step_x, wanted)
    most_y, most_x = (int(count.max()) if len(rois) else 0 for count in (count_y, count_x))
    for across_y, across_x in product(range(most_y), range(most_x)):
        at_y = begin_y + row * step_y + (across_y + 0.5) * step_y / count_y
        at_x = begin_x + column * step_x + (across_x + 0.5) * step_x / count_x
        if turned:
            at_y, at_x = at_y * angle.cos() - at_x * angle.sin() + y, at_x * angle.cos() + at_y * angle.sin() + x
        top, bottom, lower, in_y = _neighbours(at_y, size[0])
        left, right, nearer, in_x = _neighbours(at_x, size[1])
        counts = in_y & in_x & (across_y < count_y) & (across_x < count_x)
        share = torch.where(counts, 1 / (count_y * count_x), 0)
        for line, part in ((top, 1 - lower), (bottom, lower)):
            for pixel, weight in ((left, 1 - nearer), (right, nearer)):
                yield (line * size[1] + pixel).unsqueeze(1), (part * weight * share).unsqueeze(1)


def _neighbours(place: Tensor, size: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    # Two neighbours, the weight of the second, and whether the place is not too far outside.
    inside = (place >= -1) & (place <= size)
    place = torch.where(inside, place, 0).clamp(min=0)
    low = place.floor()
    part = torch.where(low >= size - 1, 0, place - low)
    low = low.long().clamp(max=size - 1)
    return low, (low + 1).clamp(max=size - 1), part, inside


def _count(side: Tensor, wanted: int) -> Tensor:
    # Samples along a side of a cell: as many as it has pixels, if not told.
    if wanted > 0:
        return torch.full_like(side, wanted)
    return torch.where((side > 0) & (side <= MOST), side.ceil(), 0)


def _check_sizes(rois: Tensor, images: int) -> None:
    flat = ((rois[:, 3:5] - rois[:, 1:3]) <= 0).any(1) & (image_of(rois, images) >= 0)
    if flat.any():
        raise ArgumentError(
            f"ROIAlign: rois must be wider and higher than 0 if aligned is true, got {rois[flat][0].tolist()}"
        )


def _rule(spatial_scale: float, aligned: bool, sample_ratio: int) -> tuple[float, float, int]:
    return spatial_scale, 0.5 if aligned else 0.0, sample_ratio


def _typed(data: Tensor, scale: float, shift: float, sample_ratio: int) -> tuple[Any, Any, int]:
    number = data.numpy().dtype.type
    return number(scale), number(shift), sample_ratio


def _compiles(data: Tensor, rois: Tensor, position_sensitive: bool) -> bool:
    # No operator asks for turned regions whose cells have channels of their own, so no loop is made for them.
    return runs_compiled(data) and not (position_sensitive and _is_turned(rois))


def _is_turned(rois: Tensor) -> bool:
    return rois.shape[1] == 6


def _is_channels_last(data: Tensor) -> bool:
    return data.is_contiguous(memory_format=torch.channels_last) and not data.is_contiguous()


def _many(shape: Sequence[int], cells: int) -> bool:
    # Whether enough is read to pay for putting the channels last, which then makes the reading many times faster.
    return cells * _TAPS > shape[0] * shape[2] * shape[3]
