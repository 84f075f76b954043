"""Arrays of several widths where ``torch.autocast`` makes them so."""

from collections.abc import Sequence
from functools import reduce

import torch
from torch import Tensor

__all__ = ["narrowed", "widened"]


def narrowed(data: Tensor, weight: Tensor, bias: Tensor | None) -> tuple[Tensor, Tensor, Tensor | None]:
    """Bring floats to the type of ``torch.autocast``, for a product that is faster in it.

    Args:
        data: of any shape.
        weight: likewise.
        bias: likewise, or None.

    Returns:
        The three; as they are outside of ``torch.autocast``.

    Examples:
        >>> with torch.autocast("cpu", torch.bfloat16):
        ...     data, weight, bias = narrowed(torch.ones(1), torch.ones(1), None)
        >>> data.dtype, weight.dtype, bias
        (torch.bfloat16, torch.bfloat16, None)
    """
    kind = _type(data)
    if kind is None:
        return data, weight, bias
    return data.to(kind), weight.to(kind), None if bias is None else bias.to(kind)


def widened(tensors: Sequence[Tensor]) -> list[Tensor]:
    """Bring floats to the widest type among them, as torch's own operators do under ``torch.autocast``.

    Args:
        tensors: of any shapes.

    Returns:
        The tensors; as they are outside of ``torch.autocast``, or if one is not a float.

    Examples:
        >>> halves, singles = torch.ones(1, dtype=torch.bfloat16), torch.ones(1)
        >>> [one.dtype for one in widened([halves, singles])]
        [torch.bfloat16, torch.float32]
        >>> with torch.autocast("cpu", torch.bfloat16):
        ...     [one.dtype for one in widened([halves, singles])]
        [torch.float32, torch.float32]
    """
    if _type(tensors[0]) is None or not all(one.is_floating_point() for one in tensors):
        return list(tensors)
    widest = reduce(torch.promote_types, [one.dtype for one in tensors])
    return [one.to(widest) for one in tensors]


def _type(data: Tensor) -> torch.dtype | None:
    """Return what ``torch.autocast`` computes a float in, or None if it is off where the data lie."""
    device = data.device.type
    if device == "meta" or not data.is_floating_point() or not torch.is_autocast_enabled(device):
        return None
    return torch.get_autocast_dtype(device)
