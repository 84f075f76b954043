"""Pixels and channels exchanged, and images enlarged."""

from collections.abc import Sequence
from typing import Annotated, Literal

import torch
from torch import Tensor

from regluon.core.errors import ShapeError
from regluon.ops.attr import Range
from regluon.ops.registry import op

__all__ = ["depth_to_space", "space_to_depth", "upsampling"]


@op("depth_to_space")
def depth_to_space(data: Tensor, block_size: Annotated[int, Range(1)]) -> Tensor:
    """Spread channels out into blocks of pixels.

    Channel ``(i * block_size + j) * C + c`` goes to pixel ``(i, j)`` of each block, which is not the order of a pixel
    shuffle. From MXNet's ``depth_to_space``.

    Args:
        data: ``(B, block_size ** 2 * C, H, W)``.
        block_size: side of a block.

    Returns:
        ``(B, C, H * block_size, W * block_size)``.

    Examples:
        >>> depth_to_space(torch.arange(4.0).reshape(1, 4, 1, 1), block_size=2)
        tensor([[[[0., 1.],
                  [2., 3.]]]])
    """
    if data.ndim != 4 or data.shape[1] % block_size**2:
        raise ShapeError(
            f"depth_to_space: data must be (B, a multiple of {block_size**2}, H, W), got shape {tuple(data.shape)}"
        )
    batch, depth, height, width = data.shape
    blocks = data.reshape(batch, block_size, block_size, depth // block_size**2, height, width)
    return blocks.permute(0, 3, 4, 1, 5, 2).reshape(batch, -1, height * block_size, width * block_size)


@op("space_to_depth")
def space_to_depth(data: Tensor, block_size: Annotated[int, Range(1)]) -> Tensor:
    """Gather blocks of pixels into channels; the inverse of ``depth_to_space``.

    Args:
        data: ``(B, C, H * block_size, W * block_size)``.
        block_size: side of a block.

    Returns:
        ``(B, block_size ** 2 * C, H, W)``.

    Examples:
        >>> space_to_depth(torch.arange(4.0).reshape(1, 1, 2, 2), block_size=2).flatten()
        tensor([0., 1., 2., 3.])
    """
    if data.ndim != 4 or data.shape[2] % block_size or data.shape[3] % block_size:
        raise ShapeError(
            f"space_to_depth: data must be (B, C, H, W) with H and W multiples of {block_size}, "
            f"got shape {tuple(data.shape)}"
        )
    batch, depth, height, width = data.shape
    blocks = data.reshape(batch, depth, height // block_size, block_size, width // block_size, block_size)
    return blocks.permute(0, 3, 5, 1, 2, 4).reshape(batch, -1, height // block_size, width // block_size)


@op("UpSampling")
def upsampling(
    *data: Tensor,
    scale: Annotated[int, Range(1)],
    sample_type: Literal["nearest", "bilinear"],
    num_filter: int = 0,
    multi_input_mode: Literal["concat", "sum"] = "concat",
    workspace: int = 512,
) -> Tensor:
    """Enlarge images by a whole factor.

    Args:
        data: images ``(B, C, H, W)``. ``nearest`` takes several, which all come out as large as the first; ``bilinear``
            takes one and the weights ``(C, 1, K, K)`` with ``K = 2 * scale - scale % 2`` of a transposed convolution.
        scale: the factor.
        sample_type: repeat pixels, or convolve with the weights (which are bilinear if their initializer made them so).
        num_filter: for ``bilinear``, the number of channels C.
        multi_input_mode: join the channels of several images, or add them up.
        workspace: ignored.

    Returns:
        ``(B, C, H * scale, W * scale)``.

    Examples:
        >>> upsampling(torch.tensor([[[[1.0, 2.0]]]]), scale=2, sample_type="nearest")
        tensor([[[[1., 1., 2., 2.],
                  [1., 1., 2., 2.]]]])
    """
    if not data or any(one.ndim != 4 for one in data):
        raise ShapeError(f"UpSampling: data must be arrays (B, C, H, W), got shapes {_shapes(data)}")
    if sample_type == "bilinear":
        return _bilinear(data, scale, num_filter)
    height, width = data[0].shape[2] * scale, data[0].shape[3] * scale
    images = []
    for one in data:
        if height % one.shape[2] or width % one.shape[3]:
            raise ShapeError(f"UpSampling: data must have sizes that divide {(height, width)}, got {_shapes(data)}")
        images.append(_enlarge(one, height, width))
    if multi_input_mode == "concat":
        return torch.cat(images, 1) if len(images) > 1 else images[0]
    if any(one.shape[1] != images[0].shape[1] for one in images):
        raise ShapeError(f"UpSampling: data must have one number of channels to be added, got {_shapes(data)}")
    total = images[0]
    for one in images[1:]:
        total = total + one
    return total


def _enlarge(image: Tensor, height: int, width: int) -> Tensor:
    """Repeat pixels."""
    ratio = height // image.shape[2] * (width // image.shape[3])
    # Torch's plain nearest finds the source by a float product: exact for powers of two alone. Its other form looks at
    # the middle of pixels, but fewer exporters know it.
    mode = "nearest" if ratio & (ratio - 1) == 0 else "nearest-exact"
    return torch.nn.functional.interpolate(image, size=(height, width), mode=mode)


def _bilinear(data: Sequence[Tensor], scale: int, num_filter: int) -> Tensor:
    side = 2 * scale - scale % 2
    channels = data[0].shape[1]
    if len(data) != 2 or channels != num_filter or tuple(data[1].shape) != (channels, 1, side, side):
        raise ShapeError(
            f"UpSampling: data must be (B, {num_filter}, H, W) and weights {(num_filter, 1, side, side)} for bilinear, "
            f"got {_shapes(data)}"
        )
    padding = scale // 2
    return torch.conv_transpose2d(data[0], data[1], stride=scale, padding=padding, groups=channels)


def _shapes(data: Sequence[Tensor]) -> list[tuple[int, ...]]:
    return [tuple(one.shape) for one in data]
