"""Whether two arrays are nearly equal, without an array of answers."""

import torch
from torch import Tensor

__all__ = ["all_close"]

# What is worked on at once stays in the processor's cache.
_PIECE = 1 << 16


@torch.library.custom_op("regluon::all_close", mutates_args=())
def all_close(a: Tensor, b: Tensor, rtol: float, atol: float, equal_nan: bool) -> Tensor:
    """Say whether ``|a - b| <= atol + rtol |b|`` for all elements (MXNet 1.9.1, ``allclose``).

    On the CPU this goes piece by piece, and ends at the first that differs.

    Args:
        a: ``(*X)``, any shape. No gradient flows.
        b: of the same shape.
        rtol: bound relative to ``b``.
        atol: absolute bound.
        equal_nan: whether not-a-numbers are equal.

    Returns:
        A boolean, of shape ``()``.

    Examples:
        >>> all_close(torch.ones(2), torch.tensor([1.0, 1.5]), 0.1, 0.1, False)
        tensor(False)
    """
    a, b = a.detach(), b.detach()
    if a.device.type != "cpu":
        return torch.isclose(a, b, rtol, atol, equal_nan).all()
    quick = a.dtype == b.dtype and a.dtype in (torch.float32, torch.float64) and min(rtol, atol) >= 0
    for one, other in zip(a.reshape(-1).split(_PIECE), b.reshape(-1).split(_PIECE), strict=True):
        if quick and _clearly_close(one, other, rtol, atol):
            continue
        if not torch.isclose(one, other, rtol, atol, equal_nan).all():
            return torch.tensor(False)
    return torch.tensor(True)


@all_close.register_fake
def _(a: Tensor, b: Tensor, rtol: float, atol: float, equal_nan: bool) -> Tensor:
    del b, rtol, atol, equal_nan
    return a.new_empty((), dtype=torch.bool)


def _clearly_close(a: Tensor, b: Tensor, rtol: float, atol: float) -> bool:
    """Say whether finite numbers are nearly equal; False, too, where there are none, or infinite ones and NaNs."""
    if a.numel() == 0:
        return False
    bound = b.abs().mul_(rtol).add_(atol)
    # Infinity less infinity is NaN, which is the largest, and not <= 0.
    return (a - b).abs_().sub_(bound).amax().item() <= 0
