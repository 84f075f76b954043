"""Where the largest and the smallest elements are.

Torch's own argmax and argmin walk along any axis but the last one number at a time.
"""

from torch import Tensor

__all__ = ["place_of_largest", "place_of_smallest"]


def place_of_largest(data: Tensor, dim: int, keepdim: bool = False) -> Tensor:
    """Say where along an axis the largest element is, the first of several.

    Args:
        data: ``(*)``, numbers.
        dim: the axis.
        keepdim: keep the axis with size 1.

    Returns:
        ``(*)`` without the axis, int64.

    Examples:
        >>> import torch
        >>> place_of_largest(torch.tensor([[1.0, 3.0, 3.0]]), 1)
        tensor([1])
    """
    return data.max(dim, keepdim=keepdim).indices


def place_of_smallest(data: Tensor, dim: int, keepdim: bool = False) -> Tensor:
    """Say where along an axis the smallest element is, the first of several.

    Args:
        data: ``(*)``, numbers.
        dim: the axis.
        keepdim: keep the axis with size 1.

    Returns:
        ``(*)`` without the axis, int64.

    Examples:
        >>> import torch
        >>> place_of_smallest(torch.tensor([[1.0, 0.0, 0.0]]), 1)
        tensor([1])
    """
    return data.min(dim, keepdim=keepdim).indices
