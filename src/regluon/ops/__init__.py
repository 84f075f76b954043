"""The operators: pure functions on torch tensors, each declared once in the registry."""

from regluon.ops import contrib, nn, tensor, update

__all__ = ["contrib", "nn", "tensor", "update"]
