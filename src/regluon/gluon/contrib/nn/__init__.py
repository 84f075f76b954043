"""The layers of MXNet 1.x's ``gluon.contrib.nn``."""

from regluon.gluon.nn.concurrent import Concurrent, HybridConcurrent
from regluon.gluon.nn.dense import Identity
from regluon.gluon.nn.normalization import SyncBatchNorm
from regluon.gluon.nn.pixel_shuffle import PixelShuffle1D, PixelShuffle2D, PixelShuffle3D

__all__ = [
    "Concurrent",
    "HybridConcurrent",
    "Identity",
    "PixelShuffle1D",
    "PixelShuffle2D",
    "PixelShuffle3D",
    "SyncBatchNorm",
]
