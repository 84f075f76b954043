"""The operators: pure functions on torch tensors, each declared once in the registry."""

from regluon.ops import contrib, custom, image, nn, numpy, several, tensor, update

__all__ = ["contrib", "custom", "image", "nn", "numpy", "several", "tensor", "update"]
