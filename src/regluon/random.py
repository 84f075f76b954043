"""Random numbers: one seed for arrays, initializers and layers. Functions that draw arrays are in ``nd.random``."""

from typing import Any

import torch

from regluon.nd.random import *  # noqa: F403

__all__ = ["seed"]


def seed(seed_state: int, ctx: Any = "all") -> None:  # noqa: ARG001
    """Set the seed of the generators that arrays are drawn from.

    Args:
        seed_state: the seed.
        ctx: accepted for MXNet's sake; every device is seeded.

    Examples:
        >>> import regluon as mx
        >>> mx.random.seed(1)
    """
    torch.manual_seed(seed_state)
