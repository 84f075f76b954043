# Made by tools/gen_stubs.py from the registry of operators.
# ruff: noqa
from regluon.nd.ndarray import NDArray


__all__ = [
]
