"""The anchors of SSD."""

import math

import torch
from torch import Tensor

from regluon.core.errors import ArgumentError, ShapeError
from regluon.ops.number import single
from regluon.ops.registry import op

__all__ = ["multibox_prior"]

Numbers = tuple[float, ...]


@op("_contrib_MultiBoxPrior", differentiable=False)
def multibox_prior(
    data: Tensor,
    sizes: Numbers = (1.0,),
    ratios: Numbers = (1.0,),
    clip: bool = False,
    steps: Numbers = (-1.0, -1.0),
    offsets: Numbers = (0.5, 0.5),
) -> Tensor:
    """Put boxes of several sizes and shapes on each place of a map (SSD, section 2.2; MXNet, ``MultiBoxPrior``).

    Each place gets one box for each size with the first ratio, then one for each other ratio with the first size.
    Coordinates are parts of the image; a box of ratio 1 is a square in places of the map.

    Args:
        data: ``(N, C, H, W)``; only H and W matter.
        sizes: heights of the boxes, for ratio 1.
        ratios: width by height.
        clip: whether to clip coordinates to ``[0, 1]``.
        steps: ``(y, x)`` distance of two places; 1 / H and 1 / W if not positive.
        offsets: ``(y, x)`` of a box's centre from its place, in steps, 0 to 1.

    Returns:
        ``(1, H * W * (len(sizes) + len(ratios) - 1), 4)`` corner boxes.

    Examples:
        >>> multibox_prior(torch.zeros(1, 3, 1, 1), sizes=(0.5,), ratios=(1.0, 4.0))
        tensor([[[0.2500, 0.2500, 0.7500, 0.7500],
                 [0.0000, 0.3750, 1.0000, 0.6250]]])
    """
    if data.ndim < 4:
        raise ShapeError(f"MultiBoxPrior: data must be (N, C, H, W), got shape {tuple(data.shape)}")
    if not sizes or not ratios or min(ratios) <= 0:
        raise ArgumentError(
            f"MultiBoxPrior: sizes must be one or more, ratios too and positive, got {sizes} and {ratios}"
        )
    if len(steps) != 2 or (steps[0] > 0) != (steps[1] > 0):
        raise ArgumentError(f"MultiBoxPrior: steps must be two numbers, both positive or neither, got {steps}")
    if len(offsets) != 2 or not all(0 <= offset <= 1 for offset in offsets):
        raise ArgumentError(f"MultiBoxPrior: offsets must be two numbers in [0, 1], got {offsets}")
    height, width = data.shape[2:4]
    like = {"dtype": torch.float32, "device": data.device}
    # In float32 step by step, as MXNet does.
    step_y, step_x = (1 / height, 1 / width) if steps[0] <= 0 else steps
    y = torch.arange(height, **like).add_(offsets[0]).mul_(step_y)
    x = torch.arange(width, **like).add_(offsets[1]).mul_(step_x)
    heights = [*sizes, *[sizes[0]] * (len(ratios) - 1)]
    # Torch's own root of float32 is not always the nearest.
    roots = [math.sqrt(single(ratio)) for ratio in [*[ratios[0]] * len(sizes), *ratios[1:]]]
    size, root = torch.tensor([heights, roots], **like).unsqueeze(-1)
    half_width, half_height = (size * height).div_(width).mul_(root).div_(2), (size / root).div_(2)
    # Left, top, right, bottom: first what differs in a row of the map, then what differs between rows. To add 0 changes
    # nothing, and whole rows at once are added fast.
    none, less_and_more = torch.zeros((), **like), torch.tensor([-1.0, 1.0], **like)
    across = x.reshape(-1, 1, 1) + half_width * less_and_more
    down = y.reshape(-1, 1, 1) + half_height * less_and_more
    across = torch.stack([across, none.expand_as(across)], -1).reshape(1, width, -1)
    down = torch.stack([none.expand_as(down), down], -1).reshape(height, 1, -1)
    boxes = (across + down).reshape(1, -1, 4)
    return (boxes.clamp_(0, 1) if clip else boxes).to(data.dtype)
