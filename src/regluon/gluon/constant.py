"""Constants: arrays of a Block that no training changes."""

import warnings
from typing import Any

from regluon import initializer
from regluon.gluon.parameter import Parameter
from regluon.nd.array import NDArray, array

__all__ = ["Constant"]


class Constant(Parameter):
    """A Parameter that training leaves alone: no gradient reaches it, and torch sees a buffer.

    Args:
        name: its full name; the value alone will do, as in MXNet 2.
        value: array or nested list.

    Examples:
        >>> offset = Constant("offset", [[1, 2], [3, 4]])
        >>> offset.initialize()
        >>> offset.data().asnumpy()
        array([[1., 2.],
               [3., 4.]], dtype=float32)
    """

    def __init__(self, name: Any, value: Any = None) -> None:
        if value is None:
            name, value = "const", name
        self.value = value if isinstance(value, NDArray) else array(value)
        super().__init__(name, "null", self.value.shape, self.value.dtype, init=_Copy(self.value), differentiable=False)

    @property
    def grad_req(self) -> str:
        """Always ``null``."""
        return "null"

    @grad_req.setter
    def grad_req(self, request: str) -> None:
        if request != "null":
            warnings.warn(f"constant {self.name!r}: grad_req stays 'null', got {request!r}", stacklevel=2)

    def _init_text(self) -> str:
        """Name the initializer as graphs do; the values themselves belong into the file of parameters."""
        return f"Constant_{self.name}"


class _Copy(initializer.Initializer):
    """Fill with the values of an array."""

    def __init__(self, values: NDArray) -> None:
        super().__init__()
        self._values = values

    def _init_weight(self, name: str, arr: NDArray) -> None:  # noqa: ARG002
        arr[:] = self._values
