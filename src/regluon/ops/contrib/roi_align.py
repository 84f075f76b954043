"""Regions of a feature map, resampled to one size without rounding."""

from torch import Tensor

from regluon.core.errors import ShapeError
from regluon.kernels.align import align_regions
from regluon.ops.contrib.regions import PooledSize, Scale, check_pooled_size, check_regions, nothing
from regluon.ops.number import single
from regluon.ops.registry import op

__all__ = ["roi_align", "rroi_align"]


@op("_contrib_ROIAlign")
def roi_align(
    data: Tensor,
    rois: Tensor,
    pooled_size: PooledSize,
    spatial_scale: Scale,
    sample_ratio: int = -1,
    position_sensitive: bool = False,
    aligned: bool = False,
) -> Tensor:
    """Average bilinear samples over the cells of each region (Mask R-CNN, section 3; MXNet, ``ROIAlign``).

    Samples more than 1 outside of the map read 0, and count. Regions of an index that is not there give 0. With
    ``aligned`` a region must be wider and higher than 0, or an error says which is not; MXNet ends the program there.

    Args:
        data: ``(B, C, H, W)``.
        rois: ``(R, 5)`` rows of batch index and corner box in image coordinates, of any float type; they get no
            gradient.
        pooled_size: ``(h, w)`` of the output.
        spatial_scale: size of the map divided by that of the image.
        sample_ratio: samples of a cell along each axis; not positive for one per pixel of the map, rounded up.
        position_sensitive: whether each cell reads a channel of its own: channel c of cell (i, j) is
            ``(c h + i) w + j`` of the data.
        aligned: whether pixels are points at their middles, so that coordinates shift by half a pixel; if not, regions
            are at least 1 wide and high.

    Returns:
        ``(R, C, h, w)``, or ``(R, C / (h w), h, w)`` if ``position_sensitive``.

    Examples:
        >>> import torch
        >>> data, rois = torch.arange(16.0).reshape(1, 1, 4, 4), torch.tensor([[0.0, 0.0, 0.0, 2.0, 2.0]])
        >>> roi_align(data, rois, (1, 2), 1.0, sample_ratio=2)
        tensor([[[[4.5000, 5.5000]]]])
    """
    check_regions("ROIAlign", data, rois)
    check_pooled_size("ROIAlign", pooled_size)
    height, width = pooled_size
    channels = data.shape[1]
    if position_sensitive:
        if channels % (height * width):
            raise ShapeError(
                f"ROIAlign: data must have a multiple of {height * width} channels if position_sensitive is true, "
                f"got shape {tuple(data.shape)}"
            )
        channels //= height * width
    if 0 in data.shape:
        return nothing(data, rois.shape[0], channels, height, width)
    rois = rois.detach()
    return align_regions(data, rois, height, width, single(spatial_scale), sample_ratio, position_sensitive, aligned)


@op("_contrib_RROIAlign")
def rroi_align(
    data: Tensor, rois: Tensor, pooled_size: PooledSize, spatial_scale: Scale, sampling_ratio: int = -1
) -> Tensor:
    """Average bilinear samples over the cells of turned regions (Ma et al., 2018; MXNet, ``RROIAlign``).

    Regions are at least 1 wide and high. Samples more than 1 outside of the map read 0, and count. Regions of an index
    that is not there give 0. Data get the derivative as gradient; MXNet has none.

    Args:
        data: ``(B, C, H, W)``.
        rois: ``(R, 6)`` rows of batch index, middle x and y, width and height in image coordinates, and an angle in
            degrees by which the region is turned against the clock, of any float type; they get no gradient.
        pooled_size: ``(h, w)`` of the output.
        spatial_scale: size of the map divided by that of the image.
        sampling_ratio: samples of a cell along each axis; not positive for one per pixel of the map, rounded up.

    Returns:
        ``(R, C, h, w)``.

    Examples:
        >>> import torch
        >>> data, rois = torch.arange(16.0).reshape(1, 1, 4, 4), torch.tensor([[0, 1.5, 1.5, 2, 2, 90.0]])
        >>> rroi_align(data, rois, (2, 2), 1.0, sampling_ratio=1)
        tensor([[[[ 9.,  5.],
                  [10.,  6.]]]])
    """
    check_regions("RROIAlign", data, rois, 6)
    check_pooled_size("RROIAlign", pooled_size)
    if 0 in data.shape:
        return nothing(data, rois.shape[0], data.shape[1], *pooled_size)
    return align_regions(data, rois.detach(), *pooled_size, single(spatial_scale), sampling_ratio, False, False)
