"""What operators with windows over space share: layouts, and attributes with one number per axis."""

from typing import Literal

from torch import Tensor

from regluon.core.errors import ShapeError

__all__ = ["Layout", "has_channels_last", "per_axis"]

Layout = Literal["NCW", "NCHW", "NCDHW", "NWC", "NHWC", "NDHWC"]
"""The order of axes: N batch, C channels, D, H, W. Weights have theirs in this order, output channels in place of N."""


def has_channels_last(who: str, layout: Layout | None, data: Tensor) -> bool:
    """Say whether the channels of an array are its last axis, not its second.

    Raises:
        ShapeError: the array has not as many axes as the layout.
    """
    if layout is None:
        return False
    if len(layout) != data.ndim:
        raise ShapeError(
            f"{who}: layout must be for {data.ndim} axes as data has shape {tuple(data.shape)}, got {layout!r}"
        )
    return layout[-1] == "C"


def per_axis(who: str, name: str, given: tuple[int, ...], kernel: tuple[int, ...], default: int) -> tuple[int, ...]:
    """Return an attribute that has one number per axis of the kernel, filled in where it was not given.

    Examples:
        >>> per_axis("Convolution", "stride", (), (3, 3), 1), per_axis("Convolution", "pad", (1, 0), (3, 3), 0)
        ((1, 1), (1, 0))
    """
    if not given:
        return (default,) * len(kernel)
    if len(given) != len(kernel):
        raise ShapeError(f"{who}: {name} must have one number for each axis of kernel={kernel}, got {given}")
    return given
