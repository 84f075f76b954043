"""The operators: pure functions on torch tensors, each declared once in the registry."""

from regluon.ops import contrib, image, nn, numpy, tensor, update

__all__ = ["contrib", "image", "nn", "numpy", "tensor", "update"]
