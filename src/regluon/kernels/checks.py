"""Checks of values: what shapes and types cannot say."""

import torch
from torch import Tensor

from regluon.core.errors import ArgumentError

__all__ = ["require"]


@torch.library.custom_op("regluon::require", mutates_args=())
def require(values: Tensor, holds: Tensor, rule: str) -> Tensor:
    """Return a copy of values of which a rule holds; an operator of its own, so that a traced graph keeps the check.

    Whoever goes on with the copy cannot lose the check. An accelerator is waited for.

    Args:
        values: any array without gradient.
        holds: booleans, of as many leading axes of ``values`` as they have.
        rule: who, and what must be.

    Raises:
        ArgumentError: the rule does not hold somewhere; the first such value is shown.

    Examples:
        >>> index = torch.tensor([0, 3])
        >>> require(index, index < 5, "pick: index must be below 5")
        tensor([0, 3])
    """
    if not bool(holds.all()):
        raise ArgumentError(f"{rule}, got {values[~holds][0].tolist()}")
    return values.clone(memory_format=torch.contiguous_format)


@require.register_fake
def _(values: Tensor, holds: Tensor, rule: str) -> Tensor:
    del holds, rule
    return torch.empty_like(values, memory_format=torch.contiguous_format)
