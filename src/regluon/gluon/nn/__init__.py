"""Layers."""

from regluon.gluon.block import Block
from regluon.gluon.hybrid import HybridBlock
from regluon.gluon.nn import conv_layers
from regluon.gluon.nn.activation import ELU, GELU, SELU, Activation, LeakyReLU, PReLU, SiLU, Swish
from regluon.gluon.nn.concurrent import Concatenate, Concurrent, HybridConcatenate, HybridConcurrent
from regluon.gluon.nn.convolution import Conv1D, Conv1DTranspose, Conv2D, Conv2DTranspose, Conv3D, Conv3DTranspose
from regluon.gluon.nn.deformable import DeformableConvolution, ModulatedDeformableConvolution
from regluon.gluon.nn.dense import Dense, Dropout, Flatten, Identity
from regluon.gluon.nn.embedding import Embedding
from regluon.gluon.nn.function import HybridLambda, Lambda
from regluon.gluon.nn.norm import GroupNorm, InstanceNorm, LayerNorm
from regluon.gluon.nn.normalization import BatchNorm, BatchNormReLU, SyncBatchNorm
from regluon.gluon.nn.padding import ReflectionPad2D
from regluon.gluon.nn.pixel_shuffle import PixelShuffle1D, PixelShuffle2D, PixelShuffle3D
from regluon.gluon.nn.pooling import (
    AvgPool1D,
    AvgPool2D,
    AvgPool3D,
    GlobalAvgPool1D,
    GlobalAvgPool2D,
    GlobalAvgPool3D,
    GlobalMaxPool1D,
    GlobalMaxPool2D,
    GlobalMaxPool3D,
    MaxPool1D,
    MaxPool2D,
    MaxPool3D,
)
from regluon.gluon.nn.sequential import HybridSequential, Sequential
from regluon.gluon.symbol_block import SymbolBlock

__all__ = [
    "ELU",
    "GELU",
    "SELU",
    "Activation",
    "AvgPool1D",
    "AvgPool2D",
    "AvgPool3D",
    "BatchNorm",
    "BatchNormReLU",
    "Block",
    "Concatenate",
    "Concurrent",
    "Conv1D",
    "Conv1DTranspose",
    "Conv2D",
    "Conv2DTranspose",
    "Conv3D",
    "Conv3DTranspose",
    "DeformableConvolution",
    "Dense",
    "Dropout",
    "Embedding",
    "Flatten",
    "GlobalAvgPool1D",
    "GlobalAvgPool2D",
    "GlobalAvgPool3D",
    "GlobalMaxPool1D",
    "GlobalMaxPool2D",
    "GlobalMaxPool3D",
    "GroupNorm",
    "HybridBlock",
    "HybridConcatenate",
    "HybridConcurrent",
    "HybridLambda",
    "HybridSequential",
    "Identity",
    "InstanceNorm",
    "Lambda",
    "LayerNorm",
    "LeakyReLU",
    "MaxPool1D",
    "MaxPool2D",
    "MaxPool3D",
    "ModulatedDeformableConvolution",
    "PReLU",
    "PixelShuffle1D",
    "PixelShuffle2D",
    "PixelShuffle3D",
    "ReflectionPad2D",
    "Sequential",
    "SiLU",
    "Swish",
    "SymbolBlock",
    "SyncBatchNorm",
    "conv_layers",
]
