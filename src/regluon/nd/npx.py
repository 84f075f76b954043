"""``nd.npx``: the functions of ``mx.npx``, as networks written for MXNet 1.x call them, ``F.npx.relu(x)``."""

import importlib
from typing import Any

__all__: list[str] = []


def __getattr__(name: str) -> Any:
    return getattr(importlib.import_module("regluon.npx"), name)
