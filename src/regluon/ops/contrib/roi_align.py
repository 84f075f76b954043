"""Regions of a feature map, resampled to one size."""

from typing import Annotated

import torch
from torch import Tensor
from torch.nn import functional

from regluon.core.errors import ArgumentError, ArgumentTypeError, ShapeError
from regluon.kernels.precision import at_least_single
from regluon.ops.attr import Range
from regluon.ops.number import single
from regluon.ops.registry import op

__all__ = ["roi_align"]

# Numbers held at a time where the samples of a bin are as many as its region needs: 64 MB in float32.
_CHUNK = 1 << 24


@op("_contrib_ROIAlign")
def roi_align(
    data: Tensor,
    rois: Tensor,
    pooled_size: tuple[int, int],
    spatial_scale: Annotated[float, Range(0, 1)],
    sample_ratio: int = -1,
    position_sensitive: bool = False,
    aligned: bool = False,
) -> Tensor:
    """Average bilinear samples over the bins of each region (Mask R-CNN, section 3; MXNet, ``ROIAlign``).

    Samples that lie more than 1 outside the map count as 0. Regions of a batch index that is not there give 0; so do,
    with ``aligned``, regions of negative size if the number of samples depends on it, where MXNet ends the program.

    Args:
        data: ``(B, C, H, W)``.
        rois: ``(R, 5)`` rows of batch index and corner box in image coordinates; they get no gradient.
        pooled_size: ``(h, w)`` of the output.
        spatial_scale: size of the map divided by that of the image.
        sample_ratio: samples of a bin along each axis; not positive for one per place of the map, rounded up.
        position_sensitive: whether each bin looks at channels of its own: channel c of bin (i, j) is
            ``(c h + i) w + j`` of the data.
        aligned: whether pixels are points at their centres, so that coordinates shift by half a place; if not, regions
            are at least 1 wide and high.

    Returns:
        ``(R, C, h, w)``, or ``(R, C / (h w), h, w)`` if ``position_sensitive``.

    Examples:
        >>> data, rois = torch.arange(16.0).reshape(1, 1, 4, 4), torch.tensor([[0.0, 0.0, 0.0, 2.0, 2.0]])
        >>> roi_align(data, rois, (1, 2), 1.0, sample_ratio=2)
        tensor([[[[4.5000, 5.5000]]]])
    """
    _check(data, rois, pooled_size, position_sensitive)
    region = at_least_single(rois.detach())
    spatial_scale = single(spatial_scale)
    shift = 0.5 if aligned else 0.0
    start, end = region[:, 1:3] * spatial_scale - shift, region[:, 3:5] * spatial_scale - shift
    size = end - start if aligned else (end - start).clamp(min=1)
    index = region[:, 0].to(torch.int64)
    there = ((index >= 0) & (index < data.shape[0])).to(size.dtype)
    index = index.clamp(0, data.shape[0] - 1)
    rows = (start[:, 1], size[:, 1], pooled_size[0], data.shape[2])
    columns = (start[:, 0], size[:, 0], pooled_size[1], data.shape[3])
    pool = _by_samples if sample_ratio > 0 else _by_weights
    values = at_least_single(data)
    result = pool(values, index, there.to(values.dtype), rows, columns, sample_ratio).to(data.dtype)
    if not position_sensitive:
        return result
    height, width = pooled_size
    own = result.reshape(result.shape[0], -1, height, width, height, width)
    return own.diagonal(dim1=2, dim2=4).diagonal(dim1=2, dim2=3)


Axis = tuple[Tensor, Tensor, int, int]
"""Of regions along an axis: where they start, their sizes, the number of bins, and of places of the map."""


def _by_samples(data: Tensor, index: Tensor, there: Tensor, rows: Axis, columns: Axis, samples: int) -> Tensor:
    """Gather a given number of samples for each bin."""
    batch, channels, height, width = data.shape
    y, y_weight = _taps(*rows, samples)
    x, x_weight = _taps(*columns, samples)
    # (R, h, w, taps in y, taps in x)
    places = (index[:, None, None] * height + y)[:, :, None, :, None] * width + x[:, None, :, None, :]
    weights = (y_weight * there[:, None, None])[:, :, None, :, None] * x_weight[:, None, :, None, :]
    bins = (index.shape[0], rows[2], columns[2])
    taps = y.shape[2] * x.shape[2]
    table = data.permute(0, 2, 3, 1).reshape(batch * height * width, channels)
    weights = weights.to(data.dtype).reshape(-1, taps)
    result = functional.embedding_bag(places.reshape(-1, taps), table, mode="sum", per_sample_weights=weights)
    return result.reshape(*bins, channels).permute(0, 3, 1, 2)


def _taps(start: Tensor, size: Tensor, bins: int, places: int, samples: int) -> tuple[Tensor, Tensor]:
    """Give the places that a bin's samples lie between, and their weights: ``(R, bins, 2 samples)`` each."""
    step = size / bins
    offset = (torch.arange(samples, dtype=size.dtype, device=size.device) + 0.5) / samples
    bin_start = start[:, None] + torch.arange(bins, device=size.device) * step[:, None]
    low, high, part, inside = _between(bin_start[:, :, None] + offset * step[:, None, None], places)
    weight = inside.to(size.dtype) / samples
    return torch.cat([low, high], -1), torch.cat([(1 - part) * weight, part * weight], -1)


def _between(position: Tensor, places: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Give the places before and behind positions, how far they are from the first, and whether they count at all."""
    inside = (position >= -1) & (position <= places)
    position = torch.where(inside, position, 0).clamp(0, places - 1)
    low = position.to(torch.int64)
    return low, (low + 1).clamp(max=places - 1), position - low, inside


def _by_weights(data: Tensor, index: Tensor, there: Tensor, rows: Axis, columns: Axis, samples: int) -> Tensor:
    """Multiply regions' maps by the weight that each place has in each bin, however many samples a region takes."""
    channels, height, width = data.shape[1:]
    y_weight = _weights(*rows).to(data.dtype) * there[:, None, None]
    x_weight = _weights(*columns).to(data.dtype).mT
    chunk = max(1, _CHUNK // (rows[2] * channels * width))
    results = [data.new_zeros(0, rows[2] * channels, columns[2])]
    for part in (slice(begin, begin + chunk) for begin in range(0, index.shape[0], chunk)):
        result = data.new_zeros(())
        # All regions on all images: which are whose cannot be told without looking at values.
        for number, image in enumerate(data):
            own = y_weight[part] * (index[part] == number)[:, None, None]
            lines = own.flatten(0, 1) @ image.permute(1, 0, 2).reshape(height, channels * width)
            result = result + lines.reshape(own.shape[0], -1, width) @ x_weight[part]
        results.append(result)
    return torch.cat(results).reshape(-1, rows[2], channels, columns[2]).permute(0, 2, 1, 3)


def _weights(start: Tensor, size: Tensor, bins: int, places: int) -> Tensor:
    """Give ``(R, bins, places)`` weights of a region's bins, with one sample for each place they extend over."""
    step = (size / bins)[:, None, None]
    samples = step.ceil()
    distance = step / samples
    bin_start = start[:, None, None] + torch.arange(bins, device=size.device)[:, None] * step
    # Samples lie at least half a place apart; so these are all that can lie within 1 of the map.
    first = ((-1 - bin_start) / distance - 0.5).ceil().clamp(min=0)
    number = first + torch.arange(2 * places + 6, device=size.device)
    low, high, part, inside = _between(bin_start + (number + 0.5) * distance, places)
    weight = (inside & (number < samples)).to(size.dtype) / samples.clamp(min=1)
    found = torch.zeros(*low.shape[:2], places, dtype=size.dtype, device=size.device)
    return found.scatter_add(2, low, (1 - part) * weight).scatter_add(2, high, part * weight)


def _check(data: Tensor, rois: Tensor, pooled_size: tuple[int, int], position_sensitive: bool) -> None:
    if data.ndim != 4 or 0 in data.shape:
        raise ShapeError(f"ROIAlign: data must be (B, C, H, W), no axis empty, got shape {tuple(data.shape)}")
    if rois.ndim != 2 or rois.shape[1] != 5:
        raise ShapeError(f"ROIAlign: rois must be (R, 5), got shape {tuple(rois.shape)}")
    if not data.is_floating_point() or rois.dtype != data.dtype:
        raise ArgumentTypeError(
            f"ROIAlign: data and rois must hold floats of one type, got {data.dtype} and {rois.dtype}"
        )
    if min(pooled_size) < 1:
        raise ArgumentError(f"ROIAlign: pooled_size must be two ints >= 1, got {pooled_size}")
    if position_sensitive and data.shape[1] % (pooled_size[0] * pooled_size[1]):
        raise ShapeError(
            f"ROIAlign: data must have a multiple of {pooled_size[0] * pooled_size[1]} channels if position_sensitive "
            f"is true, got shape {tuple(data.shape)}"
        )
