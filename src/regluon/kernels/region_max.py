"""Region max: where the largest pixel of each cell of a region is.

(Girshick, Fast R-CNN, 2015.)
"""

import numpy as np
import torch
from torch import Tensor

from regluon.kernels.dispatch import runs_compiled
from regluon.kernels.region_max_loops import write_largest
from regluon.kernels.regions import computing_type, image_of, round_half_away
from regluon.kernels.threads import over_batch

__all__ = ["largest_in_cells", "largest_in_cells_plain"]


@torch.library.custom_op("regluon::largest_in_cells", mutates_args=())
def largest_in_cells(data: Tensor, rois: Tensor, height: int, width: int, spatial_scale: float) -> Tensor:
    """Find the largest pixel of each cell of each region (MXNet 1.9.1, ``ROIPooling``).

    Coordinates are scaled, then rounded, halves away from zero; the last pixel belongs to the region. Cells cover whole
    pixels and may overlap. Of equal pixels the first counts, NaN never. On the CPU this is a compiled loop, channels
    spread over threads; elsewhere, and without numba, plain torch.

    Args:
        data: ``(B, C, H, W)``.
        rois: ``(R, 5)`` rows of image, x, y, x, y.
        height: cells of a region along y.
        width: cells of a region along x.
        spatial_scale: what coordinates of regions are multiplied by.

    Returns:
        ``(R, C, height, width)`` int64, where in the flattened data the pixel stands; -1 where a cell covers none, and
        for regions whose index says no image.

    Examples:
        >>> data = torch.arange(16.0).reshape(1, 1, 4, 4)
        >>> largest_in_cells(data, torch.tensor([[0.0, 0, 0, 3, 3]]), 2, 2, 1.0)
        tensor([[[[ 5,  7],
                  [13, 15]]]])
    """
    kind = computing_type(data, rois)
    values, boxes = data.detach().to(kind), rois.detach().to(kind)
    images = image_of(boxes, len(data))
    rows = _edges(boxes[:, 2], boxes[:, 4], height, data.shape[2], spatial_scale)
    columns = _edges(boxes[:, 1], boxes[:, 3], width, data.shape[3], spatial_scale)
    if not runs_compiled(data):
        return largest_in_cells_plain(values, images, rows, columns)
    answer = torch.empty(len(rois), data.shape[1], height, width, dtype=torch.int64)
    planes, found = values.flatten(2).contiguous().numpy(), answer.numpy()
    index = (images.numpy(), *(edges.numpy().view("uint64") for edges in (rows, columns)))
    rule = (data.shape[3], np.finfo(planes.dtype).min)
    over_batch(lambda start, stop: write_largest(planes, *index, found, start, stop, *rule), data.shape[1], found.size)
    return answer


@largest_in_cells.register_fake
def _(data: Tensor, rois: Tensor, height: int, width: int, spatial_scale: float) -> Tensor:
    del spatial_scale
    return data.new_empty(rois.shape[0], data.shape[1], height, width, dtype=torch.int64)


def largest_in_cells_plain(data: Tensor, images: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Answer as :func:`largest_in_cells` does, in plain torch: for every device, one pixel of all cells after another.

    Args:
        data: ``(B, C, H, W)``.
        images: ``(R,)`` integers, the image of each region, negative for none.
        rows: ``(2, R, height)`` integers: of each cell its first row and the one after its last.
        columns: ``(2, R, width)`` integers, likewise.

    Returns:
        ``(R, C, height, width)`` int64.
    """
    _, channels, height, width = data.shape
    image = images.reshape(-1, 1, 1, 1)
    plane = (
        (image.clamp(min=0) * channels + torch.arange(channels, device=data.device).reshape(-1, 1, 1)) * height * width
    )
    top, bottom = rows[:, :, None, :, None]
    left, right = columns[:, :, None, None, :]
    answer = torch.full(torch.broadcast_shapes(plane.shape, top.shape, left.shape), -1, device=data.device)
    largest = torch.full_like(answer, torch.finfo(data.dtype).min, dtype=data.dtype)
    if not answer.numel():
        return answer
    for i in range(int((bottom - top).max())):
        for j in range(int((right - left).max())):
            row, column = top + i, left + j
            counts = (image >= 0) & (row < bottom) & (column < right)
            pixel = plane + torch.where(counts, row * width + column, 0)
            value = data.take(pixel)
            better = counts & (value > largest)
            answer, largest = torch.where(better, pixel, answer), torch.where(better, value, largest)
    return answer


def _edges(first: Tensor, last: Tensor, cells: int, size: int, scale: float) -> Tensor:
    # (2, R, cells): of each cell along an axis its first line and the one after its last.
    start, stop = (round_half_away(edge.nan_to_num() * scale).unsqueeze(1) for edge in (first, last))
    step = (stop - start + 1).clamp(min=1) / cells
    cell = torch.arange(cells, device=first.device, dtype=first.dtype)
    edges = torch.stack([(cell * step).floor() + start, ((cell + 1) * step).ceil() + start])
    return edges.nan_to_num().clamp(0, size).long()
