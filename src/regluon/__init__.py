"""Apache MXNet's Gluon and GluonCV's detection stack on PyTorch."""

from regluon.version import __version__

__all__ = ["__version__"]
