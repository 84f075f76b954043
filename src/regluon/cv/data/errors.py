"""Errors of reading data: each is also the built-in that a Python reader expects."""

from regluon.core.errors import MissingFileError, MXNetError

__all__ = ["MissingFileError", "MissingPackageError"]


class MissingPackageError(MXNetError, ImportError):
    """Something needs a package that is not installed; the message says which, and how to install it."""
