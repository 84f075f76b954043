"""``nd.np``: the functions of ``mx.np``, as networks written for MXNet 1.x call them, ``F.np.exp(x)``."""

import importlib
from typing import Any

__all__: list[str] = []


def __getattr__(name: str) -> Any:
    return getattr(importlib.import_module("regluon.np"), name)
