"""Operators of neural networks: convolution, pooling, normalisation, activation, losses."""

from regluon.ops.nn import (
    activation,
    batch_norm,
    convolution,
    dropout,
    fully_connected,
    leaky_relu,
    normalization,
    pooling,
    regression_output,
    softmax_output,
    svm_output,
)

__all__ = [
    "activation",
    "batch_norm",
    "convolution",
    "dropout",
    "fully_connected",
    "leaky_relu",
    "normalization",
    "pooling",
    "regression_output",
    "softmax_output",
    "svm_output",
]
