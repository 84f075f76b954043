"""Arrays of several widths where ``torch.autocast`` makes them so."""

from collections.abc import Sequence
from functools import reduce

import torch
from torch import Tensor

__all__ = ["widened"]


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
    if not torch.is_autocast_enabled(tensors[0].device.type) or not all(one.is_floating_point() for one in tensors):
        return list(tensors)
    widest = reduce(torch.promote_types, [one.dtype for one in tensors])
    return [one.to(widest) for one in tensors]
