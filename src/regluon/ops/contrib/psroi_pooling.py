"""Position-sensitive pooling: every cell of a region reads a channel of its own."""

from typing import Annotated

from torch import Tensor

from regluon.core.errors import ShapeError
from regluon.kernels.position_pool import position_pool
from regluon.ops.attr import Range
from regluon.ops.contrib.regions import Scale, check_regions, nothing
from regluon.ops.number import single
from regluon.ops.registry import op

__all__ = ["psroi_pooling"]

Count = Annotated[int, Range(1)]


@op("_contrib_PSROIPooling")
def psroi_pooling(
    data: Tensor,
    rois: Tensor,
    spatial_scale: Scale,
    output_dim: Count,
    pooled_size: Count,
    group_size: Annotated[int, Range(0)] = 0,
) -> Tensor:
    """Average a map over the cells of each region, each in a channel of its own (R-FCN; MXNet, ``PSROIPooling``).

    Coordinates are rounded, halves away from zero, and the right and lower ones moved on by 1, before they are scaled;
    a region is at least 0.1 wide and high. Cells cover whole pixels and may overlap. One that covers none gives 0, and
    so do regions of an index that is not there.

    Args:
        data: ``(B, output_dim * group_size ** 2, H, W)``.
        rois: ``(R, 5)`` rows of batch index and corner box in image coordinates, of any float type; they get no
            gradient.
        spatial_scale: size of the map divided by that of the image.
        output_dim: number of output channels.
        pooled_size: cells of a region along each axis.
        group_size: groups of cells along each axis, each with a channel of its own; 0 for one per cell.

    Returns:
        ``(R, output_dim, pooled_size, pooled_size)``.

    Examples:
        >>> import torch
        >>> data, rois = torch.arange(1.0, 65).reshape(1, 4, 4, 4), torch.tensor([[0.0, 0, 0, 3, 3]])
        >>> psroi_pooling(data, rois, 1.0, output_dim=1, pooled_size=2)
        tensor([[[[ 3.5000, 21.5000],
                  [43.5000, 61.5000]]]])
    """
    check_regions("PSROIPooling", data, rois)
    group = group_size or pooled_size
    if data.shape[1] != output_dim * group * group:
        raise ShapeError(
            f"PSROIPooling: data must have output_dim * group_size ** 2 = {output_dim * group * group} channels, "
            f"got shape {tuple(data.shape)}"
        )
    if 0 in data.shape:
        return nothing(data, rois.shape[0], output_dim, pooled_size, pooled_size)
    return position_pool(data, rois, pooled_size, group, single(spatial_scale))
