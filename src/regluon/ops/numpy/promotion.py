"""Which number type the results of numpy-style operators have.

Two arrays meet in the wider type, a float beating any int. Functions such as the sine make floats of ints: float32 of
those with 32 bits or more, float16 of smaller ones and of bools. Division makes float32 of all of them.
"""

import torch
from torch import Tensor

__all__ = ["as_float", "as_quotient", "together"]

_WIDE = (torch.int32, torch.int64)


def together(lhs: Tensor, rhs: Tensor) -> tuple[Tensor, Tensor]:
    """Bring two arrays to the type they meet in.

    Examples:
        >>> [one.dtype for one in together(torch.ones(1, dtype=torch.int64), torch.ones(1, dtype=torch.float16))]
        [torch.float16, torch.float16]
    """
    if lhs.dtype == rhs.dtype:
        return lhs, rhs
    # Of the types alone: torch would let an array without axes give way.
    dtype = torch.promote_types(lhs.dtype, rhs.dtype)
    return lhs.to(dtype), rhs.to(dtype)


def as_float(data: Tensor) -> Tensor:
    """Bring an array of ints to the float type in which functions of it are computed."""
    if data.is_floating_point():
        return data
    return data.to(torch.float32 if data.dtype in _WIDE else torch.float16)


def as_quotient(data: Tensor) -> Tensor:
    """Bring an array of ints to float32, as division does."""
    return data if data.is_floating_point() else data.to(torch.float32)
