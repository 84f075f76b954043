"""The operators: pure functions on torch tensors, each declared once in the registry."""

from regluon.ops import contrib, nn, tensor

__all__ = ["contrib", "nn", "tensor"]
