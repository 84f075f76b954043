"""``th.npx``: the functions of ``mx.npx`` on tensors; those without arrays make tensors too."""

import importlib
from typing import Any

from torch import Tensor

__all__: list[str] = []


def __getattr__(name: str) -> Any:
    # The functions belong to a layer above this one.
    making = importlib.import_module("regluon.np.dispatch").Making
    return getattr(making(importlib.import_module("regluon.npx"), Tensor), name)
