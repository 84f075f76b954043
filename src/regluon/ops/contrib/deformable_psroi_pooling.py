"""Deformable position-sensitive pooling: cells of regions that are moved."""

from collections.abc import Sequence
from typing import Annotated

from torch import Tensor

from regluon.core.errors import ArgumentError, ShapeError
from regluon.kernels.deformable_pool import deformable_pool
from regluon.ops.attr import Range
from regluon.ops.contrib.regions import Scale, check_regions, nothing
from regluon.ops.number import single
from regluon.ops.registry import Attributes, op

__all__ = ["deformable_psroi_pooling"]

Count = Annotated[int, Range(1)]


def _without_trans(attributes: Attributes) -> Sequence[str]:
    return ("trans",) if attributes["no_trans"] else ()


@op("_contrib_DeformablePSROIPooling", hidden=1, omit=_without_trans)
def deformable_psroi_pooling(
    data: Tensor,
    rois: Tensor,
    trans: Tensor | None = None,
    *,
    spatial_scale: Scale,
    output_dim: Count,
    group_size: Count,
    pooled_size: Count,
    part_size: Annotated[int, Range(0)] = 0,
    sample_per_part: Count = 1,
    trans_std: Annotated[float, Range(0, 1)] = 0.0,
    no_trans: bool = False,
) -> Tensor:
    """Average samples over moved cells of each region (Dai et al., 2017; MXNet, ``DeformablePSROIPooling``).

    Coordinates are rounded, halves away from zero, and the right and lower ones moved on by 1; they are scaled, and
    then 0.5 is taken away; a region is at least 0.1 wide and high. The samples of a cell begin at its left and upper
    edge. Those more than 0.5 outside of the map do not count. A cell without samples gives 0, and so do regions of an
    index that is not there. The gradient of a shift is 0 where its samples lie on pixels.

    Args:
        data: ``(B, output_dim * group_size ** 2, H, W)``.
        rois: ``(R, 5)`` rows of batch index and corner box in image coordinates, of any float type; they get no
            gradient.
        trans: ``(R, 2 * classes, part_size, part_size)`` shifts, for each class in x, then in y; each class moves its
            equal share of the output channels. Left out if ``no_trans``.
        spatial_scale: size of the map divided by that of the image.
        output_dim: number of output channels.
        group_size: groups of cells along each axis; each reads channels of its own.
        pooled_size: cells of a region along each axis.
        part_size: shifts of a region along each axis; 0 for one per cell.
        sample_per_part: samples of a cell along each axis.
        trans_std: what shifts are multiplied by; they then count widths and heights of a region.
        no_trans: whether cells stay where they are.

    Returns:
        ``(R, output_dim, pooled_size, pooled_size)``.

    Examples:
        >>> import torch
        >>> data, rois = torch.arange(1.0, 65).reshape(1, 4, 4, 4), torch.tensor([[0.0, 0, 0, 3, 3]])
        >>> rule = {"spatial_scale": 1.0, "output_dim": 1, "group_size": 2, "pooled_size": 2, "sample_per_part": 2}
        >>> deformable_psroi_pooling(data, rois, no_trans=True, **rule)
        tensor([[[[ 2.2500, 20.0000],
                  [41.2500, 59.0000]]]])
    """
    check_regions("DeformablePSROIPooling", data, rois)
    if no_trans is (trans is not None):
        rule = "left out, as no_trans is true" if no_trans else "given, unless no_trans is true"
        got = None if trans is None else tuple(trans.shape)
        raise ArgumentError(f"DeformablePSROIPooling: trans must be {rule}, got {got}")
    if data.shape[1] != output_dim * group_size * group_size:
        raise ShapeError(
            f"DeformablePSROIPooling: data must have output_dim * group_size ** 2 = "
            f"{output_dim * group_size * group_size} channels, got shape {tuple(data.shape)}"
        )
    part, regions = part_size or pooled_size, rois.shape[0]
    if trans is None:
        shifts = data.new_zeros(regions, 1, 2, part, part)
    else:
        width = trans.shape[1] if trans.ndim == 4 else 0
        if width < 2 or width % 2 or output_dim % (width // 2) or trans.shape != (regions, width, part, part):
            raise ShapeError(
                f"DeformablePSROIPooling: trans must be (R, 2 * classes, part_size, part_size) with R={regions}, "
                f"part_size={part} and classes that divide output_dim={output_dim}, got shape {tuple(trans.shape)}"
            )
        shifts = trans.reshape(regions, width // 2, 2, part, part) * single(trans_std)
    if 0 in data.shape:
        return nothing(data, regions, output_dim, pooled_size, pooled_size)
    return deformable_pool(data, rois, shifts, pooled_size, group_size, sample_per_part, single(spatial_scale))
