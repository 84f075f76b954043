"""Layers and samplers by the names that MXNet 1.x keeps in ``gluon.contrib``."""

from regluon.gluon.contrib import cnn, data, nn

__all__ = ["cnn", "data", "nn"]
