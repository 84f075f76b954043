"""Deformable convolution: a convolution whose taps are moved, place by place, by learned offsets.

Sampling and products go through columns of bounded size, which backward makes anew: memory does not grow with the size
of the kernel. (Dai et al., Deformable Convolutional Networks, 2017; Zhu et al., Deformable ConvNets v2, 2019.)
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from regluon.kernels.deformable_loops import add_to_images, write_columns, write_slopes
from regluon.kernels.dispatch import runs_compiled
from regluon.kernels.regions import computing_type
from regluon.kernels.threads import over_batch

__all__ = ["deformable_convolution", "deformable_convolution_plain"]

# Numbers that the columns of one round hold: few enough to stay in a processor's cache.
_COLUMNS = 1 << 21

# Channels whose gradient one thread adds up at a time; narrower, and finding the places would cost more than the sums.
_BLOCK = 128


def deformable_convolution(
    data: Tensor,
    offset: Tensor,
    mask: Tensor | None,
    weight: Tensor,
    stride: Sequence[int],
    dilate: Sequence[int],
    pad: Sequence[int],
    groups: int,
    offset_groups: int,
    zero_padded: bool,
) -> Tensor:
    """Correlate images with a weight whose taps are moved by offsets (MXNet 1.9.1, ``DeformableConvolution``).

    A tap reads the image by bilinear interpolation. Outside it reads 0; at the border either the image goes on with
    zeros (``zero_padded``, the rule of version 2), or it ends so that the last row and column reach up to the next grid
    line. Gradients follow the slopes on the right of a grid line. Half precision is computed in float32. On the CPU
    this runs compiled loops, spread over threads; elsewhere, and without numba, plain torch.

    Args:
        data: ``(B, C, H, W)``.
        offset: ``(B, offset_groups * 2 * kernel, Ho, Wo)``, of each tap y, then x, in pixels.
        mask: ``(B, offset_groups * kernel, Ho, Wo)`` factors of what the taps read, or None.
        weight: ``(F, C / groups, *kernel)``.
        stride: steps of the window in y and x.
        dilate: distances of the taps.
        pad: how far the window starts before the image.
        groups: groups of the convolution.
        offset_groups: groups of channels, each with offsets of its own.
        zero_padded: whether the image goes on with zeros.

    Returns:
        ``(B, F, Ho, Wo)`` in the type of ``data``.

    Examples:
        >>> data, offset = torch.arange(4.0).reshape(1, 1, 2, 2), torch.tensor([0.5, 0.0]).reshape(1, 2, 1, 1)
        >>> weight = torch.ones(1, 1, 1, 1)
        >>> deformable_convolution(data, offset.expand(1, 2, 2, 2), None, weight, (1, 1), (1, 1), (0, 0), 1, 1, False)
        tensor([[[[1., 2.],
                  [2., 3.]]]])
    """
    form = _compiled if runs_compiled(data) else deformable_convolution_plain
    kind = computing_type(*(one for one in (data, offset, mask, weight) if one is not None))
    factors = None if mask is None else mask.to(kind)
    arrays = (data.to(kind), offset.to(kind), factors, weight.to(kind))
    return form(*arrays, stride, dilate, pad, groups, offset_groups, zero_padded).to(data.dtype)


def deformable_convolution_plain(
    data: Tensor,
    offset: Tensor,
    mask: Tensor | None,
    weight: Tensor,
    stride: Sequence[int],
    dilate: Sequence[int],
    pad: Sequence[int],
    groups: int,
    offset_groups: int,
    zero_padded: bool,
) -> Tensor:
    """Answer as :func:`deformable_convolution` does, in plain torch, which autograd differentiates: for every device.

    Args:
        data: ``(B, C, H, W)``.
        offset: ``(B, offset_groups * 2 * kernel, Ho, Wo)``, of each tap y, then x, in pixels.
        mask: ``(B, offset_groups * kernel, Ho, Wo)`` factors of what the taps read, or None.
        weight: ``(F, C / groups, *kernel)``.
        stride: steps of the window in y and x.
        dilate: distances of the taps.
        pad: how far the window starts before the image.
        groups: groups of the convolution.
        offset_groups: groups of channels, each with offsets of its own.
        zero_padded: whether the image goes on with zeros.

    Returns:
        ``(B, F, Ho, Wo)``.
    """
    images, channels, height, width = data.shape
    filters, _, kernel_y, kernel_x = weight.shape
    out_y, out_x = offset.shape[2:]
    moved = offset.reshape(images, offset_groups, kernel_y, kernel_x, 2, out_y, out_x)
    points = (
        _grid(data, kernel_y, dilate[0], out_y, stride[0], pad[0]).reshape(kernel_y, 1, out_y, 1),
        _grid(data, kernel_x, dilate[1], out_x, stride[1], pad[1]).reshape(1, kernel_x, 1, out_x),
    )
    *rows, inside = _neighbours(points[0] + moved[..., 0, :, :], height, zero_padded)
    *across, near = _neighbours(points[1] + moved[..., 1, :, :], width, zero_padded)
    pixels = data.reshape(images, offset_groups, channels // offset_groups, height * width)
    flat = (images, offset_groups, 1, kernel_y * kernel_x * out_y * out_x)
    sampled = data.new_zeros(())
    for row, row_weight in rows:
        for column, column_weight in across:
            index = (row * width + column).reshape(flat)
            found = pixels.gather(3, index.expand(-1, -1, pixels.shape[2], -1))
            sampled = sampled + found * (row_weight * column_weight).reshape(index.shape)
    sampled = torch.where((inside & near).reshape(flat), sampled, 0)
    if mask is not None:
        sampled = sampled * mask.reshape(flat)
    columns = sampled.reshape(images, groups, channels // groups * kernel_y * kernel_x, out_y * out_x)
    return (weight.reshape(groups, filters // groups, -1) @ columns).reshape(images, filters, out_y, out_x)


def _grid(data: Tensor, kernel: int, dilate: int, size: int, stride: int, pad: int) -> Tensor:
    taps = torch.arange(kernel, device=data.device) * dilate
    return (taps.unsqueeze(1) + torch.arange(size, device=data.device) * stride - pad).to(data.dtype)


def _neighbours(
    place: Tensor, size: int, zero_padded: bool
) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor], Tensor]:
    # The two neighbours of a place with their weights, and whether it counts.
    inside = (place > -1) & (place < size) if zero_padded else (place >= 0) & (place < size)
    place = torch.where(inside, place, 0)
    low = place.detach().floor()
    part = place - low
    if zero_padded:
        weights = torch.where(low < 0, 0, 1 - part), torch.where(low >= size - 1, 0, part)
    else:
        part = torch.where(low >= size - 1, 0, part)
        weights = 1 - part, part
    low = low.long()
    return (low.clamp(min=0), weights[0]), ((low + 1).clamp(max=size - 1), weights[1]), inside


@torch.library.custom_op("regluon::deformable_convolution", mutates_args=())
def _compiled(
    data: Tensor,
    offset: Tensor,
    mask: Tensor | None,
    weight: Tensor,
    stride: Sequence[int],
    dilate: Sequence[int],
    pad: Sequence[int],
    groups: int,
    offset_groups: int,
    zero_padded: bool,
) -> Tensor:
    sampling = _sampling(data, offset, mask, weight, (*stride, *dilate, *pad), (groups, offset_groups, zero_padded))
    filters = _filters(weight, groups)
    answer = data.new_empty(sampling.count, len(weight))
    for first, columns in sampling.rounds():
        sampling.run(write_columns, first, columns.numpy())
        answer[first : first + len(columns)] = _products(columns, filters)
    return answer.reshape(len(data), *offset.shape[2:], len(weight)).permute(0, 3, 1, 2).contiguous()


@_compiled.register_fake
def _(data: Tensor, offset: Tensor, mask: Tensor | None, weight: Tensor, *_: object, **__: object) -> Tensor:
    del mask
    return data.new_empty(data.shape[0], weight.shape[0], *offset.shape[2:])


@torch.library.custom_op("regluon::deformable_convolution_backward", mutates_args=())
def _compiled_backward(
    gradient: Tensor,
    data: Tensor,
    offset: Tensor,
    mask: Tensor | None,
    weight: Tensor,
    stride: Sequence[int],
    dilate: Sequence[int],
    pad: Sequence[int],
    groups: int,
    offset_groups: int,
    zero_padded: bool,
    wanted: Sequence[bool],
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    # Gradients of data, offset, mask and weight; what is not wanted is empty, offset and mask come together.
    sampling = _sampling(data, offset, mask, weight, (*stride, *dilate, *pad), (groups, offset_groups, zero_padded))
    filters = _filters(weight, groups)
    heads = gradient.permute(0, 2, 3, 1).reshape(sampling.count, len(weight))
    of_data = data.new_zeros(sampling.data.shape if wanted[0] else 0)
    of_offset, of_mask = data.new_empty(sampling.offset.shape), data.new_empty(sampling.mask.shape)
    of_filters = torch.zeros_like(filters)
    for first, columns in sampling.rounds():
        head = heads[first : first + len(columns)]
        if any(wanted[:3]):
            sent = _products(head, filters.mT).numpy()
            if wanted[0]:
                sampling.run_channels(of_data.numpy(), sent, first)
            if wanted[1] or wanted[2]:
                sampling.run(write_slopes, first, sent, of_offset.numpy(), of_mask.numpy())
        if wanted[3]:
            sampling.run(write_columns, first, columns.numpy())
            for group, (part, other) in enumerate(zip(head.chunk(groups, 1), columns.chunk(groups, 1), strict=True)):
                of_filters[group] += _products(other.T, part.T.unsqueeze(0)).T
    of_weight = of_filters.reshape(len(weight), *weight.shape[2:], -1).permute(0, 3, 1, 2).contiguous()
    if wanted[0]:
        of_data = of_data.permute(0, 3, 1, 2).contiguous()
    return of_data, of_offset.reshape(offset.shape), of_mask.reshape(-1 if mask is None else mask.shape), of_weight


@_compiled_backward.register_fake
def _(
    gradient: Tensor, data: Tensor, offset: Tensor, mask: Tensor | None, weight: Tensor, *rest: Any, **__: object
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    wanted = rest[-1]
    of_mask = gradient.new_empty(0) if mask is None else torch.empty_like(mask)
    of_data = gradient.new_empty(data.shape if wanted[0] else 0)
    return of_data, gradient.new_empty(offset.shape), of_mask, gradient.new_empty(weight.shape)


def _remember(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    del output
    ctx.save_for_backward(*inputs[:4])
    ctx.rule = inputs[4:]


def _send_back(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
    wanted = list(ctx.needs_input_grad[:4])
    found = _compiled_backward(gradient, *ctx.saved_tensors, *ctx.rule, wanted)
    return *(one if want else None for one, want in zip(found, wanted, strict=True)), *(None for _ in ctx.rule)


_compiled.register_autograd(_send_back, setup_context=_remember)


@dataclass(frozen=True, slots=True)
class _Sampling:
    """Arrays and numbers that every loop needs."""

    data: np.ndarray
    offset: np.ndarray
    mask: np.ndarray
    width: int
    rule: tuple[Any, ...]

    @property
    def count(self) -> int:
        """Places of the output, over all images."""
        return self.offset.shape[0] * self.offset.shape[2]

    def rounds(self) -> Iterator[tuple[int, Tensor]]:
        """Give, part by part, the first place and memory for the columns of that and the next ones."""
        rows = max(1, _COLUMNS // max(1, self.width))
        memory = torch.from_numpy(np.empty((min(rows, self.count), self.width), self.data.dtype))
        for first in range(0, self.count, rows):
            yield first, memory[: self.count - first]

    def run(self, loop: Callable[..., None], first: int, rows: np.ndarray, *more: np.ndarray) -> None:
        """Run a loop over rows of columns, spread over threads."""
        arrays = (self.data, self.offset, self.mask, rows, *more)
        over_batch(lambda start, stop: loop(*arrays, start, stop, first, *self.rule), len(rows), rows.size)

    def run_channels(self, answer: np.ndarray, rows: np.ndarray, first: int) -> None:
        """Add gradients of columns up in the images, spread over images and blocks of channels."""
        places = self.offset.shape[2]
        images = (first + len(rows) - 1) // places - first // places + 1
        arrays = (answer, self.offset, self.mask, rows)
        over_batch(
            lambda start, stop: add_to_images(*arrays, start, stop, first, *self.rule, _BLOCK),
            images * -(-answer.shape[3] // _BLOCK),
            rows.size,
        )


def _sampling(
    data: Tensor, offset: Tensor, mask: Tensor | None, weight: Tensor, steps: tuple[int, ...], rule: tuple[Any, ...]
) -> _Sampling:
    images, channels = data.shape[:2]
    kernel_y, kernel_x = weight.shape[2:]
    factors = data.new_empty(images, 0, 0) if mask is None else mask.detach().flatten(2).contiguous()
    return _Sampling(
        data.detach().permute(0, 2, 3, 1).contiguous().numpy(),
        offset.detach().flatten(2).contiguous().numpy(),
        factors.numpy(),
        channels * kernel_y * kernel_x,
        ((offset.shape[3], kernel_y, kernel_x, *steps), *rule),
    )


def _filters(weight: Tensor, groups: int) -> Tensor:
    # (groups, F / groups, K * C / groups): over the numbers of a row of columns.
    return weight.detach().permute(0, 2, 3, 1).reshape(groups, len(weight) // groups, -1)


def _products(rows: Tensor, filters: Tensor) -> Tensor:
    # Of (n, groups * k) rows with (groups, f, k) filters: (n, groups * f) inner products.
    groups, count, width = filters.shape
    if rows.dtype == torch.float32 and torch.backends.mkldnn.is_available():
        # An image with channels last, one pixel a row, and a kernel of one pixel: no other product is as fast, and its
        # sums do not depend on the number of threads.
        image = rows.contiguous().reshape(1, len(rows), 1, groups * width).permute(0, 3, 1, 2)
        kernel = filters.reshape(groups * count, width, 1, 1)
        found = torch.mkldnn_convolution(image, kernel, None, (0, 0), (1, 1), (1, 1), groups)
        return found.permute(0, 2, 3, 1).reshape(len(rows), groups * count)
    found = rows.reshape(len(rows), groups, width).transpose(0, 1) @ filters.mT
    return found.transpose(0, 1).reshape(len(rows), groups * count)
