"""Activations without learnt parameters, chosen by name."""

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from regluon.ops.registry import op

__all__ = ["activation"]

Kind = Literal["relu", "sigmoid", "log_sigmoid", "mish", "tanh", "softrelu", "softsign"]

_FUNCTIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": torch.relu,
    "sigmoid": torch.sigmoid,
    "log_sigmoid": functional.logsigmoid,
    "mish": functional.mish,
    "tanh": torch.tanh,
    "softrelu": functional.softplus,
    "softsign": functional.softsign,
}


@op("Activation")
def activation(data: Tensor, act_type: Kind) -> Tensor:
    """Apply an activation to each element (MXNet, ``Activation``).

    NaN stays NaN; in MXNet's CPU build ``relu`` makes 0 of it.

    Args:
        data: ``(*X)``, any shape.
        act_type: ``relu`` is ``max(x, 0)``; ``softrelu`` is ``log(1 + exp(x))``; ``softsign`` is ``x / (1 + |x|)``;
            ``log_sigmoid`` and ``mish`` are those of MXNet 2.

    Returns:
        The shape of ``data``.

    Examples:
        >>> activation(torch.tensor([-1.0, 3.0]), "softsign")
        tensor([-0.5000,  0.7500])
    """
    return _FUNCTIONS[act_type](data)
