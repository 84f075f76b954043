"""Regions of a feature map, brought to one size by the largest pixel of each cell."""

import torch
from torch import Tensor

from regluon.kernels.region_max import largest_in_cells
from regluon.ops.contrib.regions import PooledSize, Scale, check_pooled_size, check_regions, nothing
from regluon.ops.number import single
from regluon.ops.registry import op

__all__ = ["roi_pooling"]


@op("ROIPooling", hidden=1)
def roi_pooling(data: Tensor, rois: Tensor, pooled_size: PooledSize, spatial_scale: Scale) -> Tensor:
    """Take the largest pixel of each cell of each region (Fast R-CNN, section 2.1; MXNet, ``ROIPooling``).

    Coordinates are scaled and then rounded, halves away from zero; the last pixel belongs to the region. Cells may
    overlap; one that covers no pixel gives 0, and so do regions of an index that is not there. The gradient goes to the
    first of equal pixels.

    Args:
        data: ``(B, C, H, W)``.
        rois: ``(R, 5)`` rows of batch index and corner box in image coordinates, of any float type; they get no
            gradient.
        pooled_size: ``(h, w)`` of the output.
        spatial_scale: size of the map divided by that of the image.

    Returns:
        ``(R, C, h, w)``.

    Examples:
        >>> data, rois = torch.arange(48.0).reshape(1, 1, 8, 6), torch.tensor([[0.0, 0, 0, 4, 4]])
        >>> roi_pooling(data, rois, (2, 2), 0.7)
        tensor([[[[ 7.,  9.],
                  [19., 21.]]]])
    """
    check_regions("ROIPooling", data, rois)
    check_pooled_size("ROIPooling", pooled_size)
    if 0 in data.shape:
        return nothing(data, rois.shape[0], data.shape[1], *pooled_size)
    place = largest_in_cells(data.detach(), rois.detach(), *pooled_size, single(spatial_scale))
    return torch.where(place >= 0, data.take(place.clamp(min=0)), 0)
