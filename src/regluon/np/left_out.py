"""Functions of MXNet 2's ``np`` that are left out: called, they say why."""

from collections.abc import Callable
from typing import Any, NoReturn

from regluon.core.errors import NotSupportedError

__all__ = ["mirr", "npv", "pmt", "ppmt", "pv", "rate"]


def _refusing(name: str) -> Callable[..., NoReturn]:
    def refuse(*args: Any, **kwargs: Any) -> NoReturn:  # noqa: ARG001
        raise NotSupportedError(f"np.{name}: numpy has given its financial functions up; use numpy_financial")

    refuse.__name__ = refuse.__qualname__ = name
    return refuse


mirr, npv, pmt, ppmt, pv, rate = map(_refusing, __all__)
