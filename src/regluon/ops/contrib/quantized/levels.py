"""The levels that real numbers become: how many there are, and how a number finds its own.

The documented formulas give an int8 array 127 levels to each side of 0 and a uint8 array 255 above it. The oneDNN build
adds half a level to both, so that the outermost ones, too, stand for a whole step.
"""

import torch
from torch import Tensor

from regluon.core.errors import ArgumentTypeError, ShapeError
from regluon.core.mode import Dialect
from regluon.ops.registry import Attributes, Shapes

__all__ = [
    "INT32_LEVELS",
    "OUTPUTS",
    "as_levels",
    "away_from_zero",
    "calibrated",
    "complete_ranges",
    "levels",
    "not_zero",
    "number",
    "per_level",
    "per_number",
    "reach",
    "to_int32",
    "to_nearest",
]

OUTPUTS = ("output", "min_output", "max_output")

INT32_LEVELS = 2147483647.0

# What an empty range counts as: the number of levels divided by it is still finite, so that 0 becomes level 0.
_LEAST = 1e-28

_BOUNDS = {torch.int8: (-128.0, 127.0), torch.uint8: (0.0, 255.0)}


def complete_ranges(shapes: Shapes, attributes: Attributes) -> Shapes:
    """Give every end of a range the shape ``(1,)``."""
    return dict.fromkeys((name for name in shapes if "min" in name or "max" in name), (1,))


def as_levels(who: str, name: str, values: Tensor, *dtypes: torch.dtype) -> Tensor:
    """Return an array if it holds levels of some type, int8 or uint8 if none is named; raise if not.

    One without data gets the first of the types: while the shapes of a graph are inferred, no type may be known.
    """
    dtypes = dtypes or (torch.int8, torch.uint8)
    if values.dtype in dtypes:
        return values.detach()
    if values.is_meta:
        return values.to(dtypes[0])
    names = " or ".join(str(dtype).removeprefix("torch.") for dtype in dtypes)
    raise ArgumentTypeError(f"{who}: {name} must hold {names}, got {values.dtype}")


def number(who: str, name: str, value: Tensor) -> Tensor:
    """Return one end of a range as float32 of shape ``(1,)``."""
    if value.shape == (1,) and value.dtype == torch.float32:
        return value.detach()
    if value.numel() != 1:
        raise ShapeError(f"{who}: {name} must have shape (1,), got {tuple(value.shape)}")
    return value.detach().reshape(1).to(torch.float32)


def calibrated(low: float | None, high: float | None, like: Tensor) -> tuple[Tensor, Tensor] | None:
    """Return a range given by attributes as two arrays of shape ``(1,)``; None unless both ends are given."""
    if low is None or high is None:
        return None
    ends = [torch.full((1,), end, dtype=torch.float32, device=like.device) for end in (low, high)]
    return ends[0], ends[1]


def reach(low: Tensor, high: Tensor) -> Tensor:
    """Give the distance from 0 of the end of a range that lies farther away."""
    return torch.maximum(low.abs(), high.abs())


def levels(dtype: torch.dtype, dialect: Dialect = "native") -> float:
    """Say how many levels of a type there are between 0 and the end of the range."""
    whole = 127.0 if dtype == torch.int8 else 255.0
    return whole + 0.5 if dialect == "onednn" else whole


def per_number(count: float, width: Tensor) -> Tensor:
    """Divide a number of levels by the width they cover; an empty one gives a finite number too."""
    # Array by array: a number divided by an array is multiplied by its reciprocal, which is not the same to the last
    # bit.
    return torch.full_like(width, count) / not_zero(width)


def not_zero(width: Tensor) -> Tensor:
    """Return widths with very small ones in place of none, to divide by."""
    return torch.where(width == 0, _LEAST, width)


def per_level(width: Tensor, count: float) -> Tensor:
    """Divide a width by the number of levels that cover it."""
    return width / torch.full_like(width, count)


def away_from_zero(values: Tensor) -> Tensor:
    """Round to int8, halves away from 0 and never beyond 127, as the documented formulas do."""
    sizes = values.abs().add_(0.5).clamp_(max=127.0)
    return sizes.copysign_(values).to(torch.int8)


def to_nearest(values: Tensor, dtype: torch.dtype) -> Tensor:
    """Round to a type of 8 bits, halves to the even neighbour; what is beyond the type becomes its end."""
    low, high = _BOUNDS[dtype]
    return values.round().clamp_(low, high).to(dtype)


def to_int32(values: Tensor) -> Tensor:
    """Cut fractions off, and what is beyond int32; float32 cannot tell its end from the number above."""
    wide = values.to(torch.float64) if values.is_floating_point() else values.to(torch.int64)
    return wide.clamp(-(2**31), 2**31 - 1).to(torch.int32)
