"""Layers by the names that MXNet 1.x keeps in ``gluon.contrib``."""

from regluon.gluon.contrib import cnn, nn

__all__ = ["cnn", "nn"]
