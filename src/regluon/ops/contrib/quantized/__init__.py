"""Operators on int8 and uint8 arrays that stand for real numbers, and the way there and back.

An array of levels travels with its range, two arrays of shape ``(1,)``: the smallest and the largest real number it can
stand for. No gradient flows through any of these operators. Most have two sets of numbers, see
``regluon.quantization``.
"""

from regluon.ops.contrib.quantized import (
    activation,
    batch_norm,
    calibration,
    concat,
    convolution,
    dequantize,
    elementwise,
    embedding,
    flatten,
    fully_connected,
    fused,
    pooling,
    quantize,
    requantize,
)

__all__ = [
    "activation",
    "batch_norm",
    "calibration",
    "concat",
    "convolution",
    "dequantize",
    "elementwise",
    "embedding",
    "flatten",
    "fully_connected",
    "fused",
    "pooling",
    "quantize",
    "requantize",
]
