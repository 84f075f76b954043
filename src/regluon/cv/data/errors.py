"""Errors of reading data: each is also the built-in that a Python reader expects."""

from regluon.core.errors import MXNetError

__all__ = ["MissingFileError", "MissingPackageError"]


class MissingFileError(MXNetError, FileNotFoundError):
    """A file or folder is not there; the message names it."""


class MissingPackageError(MXNetError, ImportError):
    """Something needs a package that is not installed; the message says which, and how to install it."""
