"""The errors of the package: MXNet's names, each also the built-in that a Python reader expects.

Messages read ``<who>: <argument> must be <rule>, got <value>``.
"""

__all__ = [
    "ArgumentError",
    "ArgumentTypeError",
    "DeferredInitializationError",
    "FormatError",
    "MXNetError",
    "MissingFileError",
    "NotSupportedError",
    "OutOfRangeError",
    "ShapeError",
    "UnknownNameError",
]


class MXNetError(RuntimeError):
    """Base of every error this package raises on purpose; MXNet's ``mx.base.MXNetError``."""


class ArgumentError(MXNetError, ValueError):
    """An argument has a value outside its rule."""


class ArgumentTypeError(MXNetError, TypeError):
    """An argument is of the wrong type, missing, or not known to the callee."""


class ShapeError(MXNetError, ValueError):
    """Arrays have ranks or shapes that do not go together."""


class OutOfRangeError(MXNetError, IndexError):
    """An index lies outside its axis, or there are more of them than axes."""


class UnknownNameError(MXNetError, KeyError):
    """A name (of an operator, parameter, layer, output) is not there."""

    def __str__(self) -> str:
        # KeyError would show the repr of the message, with its quotes escaped.
        return str(self.args[0]) if self.args else ""


class NotSupportedError(MXNetError, NotImplementedError):
    """Something MXNet has that this package does not do; the message names it."""


class FormatError(MXNetError, ValueError):
    """A file is not what its name says, is cut short, or contradicts itself."""


class MissingFileError(MXNetError, FileNotFoundError):
    """A file or folder is not there; the message names it."""


class DeferredInitializationError(MXNetError):
    """A parameter's value is asked for before its shape is known."""
