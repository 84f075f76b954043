"""Random numbers: one seed for arrays, initializers and layers; the functions that draw arrays are ``nd.random``'s."""

from typing import Any

import torch

from regluon.nd.random import (
    exponential,
    gamma,
    generalized_negative_binomial,
    multinomial,
    negative_binomial,
    normal,
    poisson,
    randint,
    randn,
    shuffle,
    uniform,
)

__all__ = [
    "exponential",
    "gamma",
    "generalized_negative_binomial",
    "multinomial",
    "negative_binomial",
    "normal",
    "poisson",
    "randint",
    "randn",
    "seed",
    "shuffle",
    "uniform",
]


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
