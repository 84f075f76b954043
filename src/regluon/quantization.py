"""Quantisation: whose numbers the quantised operators give.

MXNet has two sets of formulas, and which one ran was decided when it was built. The documented ones (``native``) hold
here by default. The build for CPUs with oneDNN, which most people installed and which GluonCV's int8 models were made
with, computes something else (``onednn``):

    with quantization.dialect("onednn"):
        net(x)

``REGLUON_QUANTIZE_DIALECT=onednn`` in the environment does it for the whole process.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from regluon.core.errors import ArgumentError
from regluon.core.mode import DIALECTS, Dialect, current_dialect, mode

__all__ = ["Dialect", "current_dialect", "dialect"]


@contextmanager
def dialect(name: Dialect) -> Iterator[None]:
    """Give one dialect's numbers inside a ``with``, in this thread; also a decorator.

    Args:
        name: ``native`` for the documented formulas, ``onednn`` for those of the CPU build.

    Examples:
        >>> import torch
        >>> from regluon import th
        >>> data = torch.tensor([-1.0, 0.5])
        >>> th.contrib.quantize_v2(data)[0]
        tensor([-127,   64], dtype=torch.int8)
        >>> with dialect("onednn"):
        ...     th.contrib.quantize_v2(data)[0]
        tensor([-128,   64], dtype=torch.int8)
    """
    if name not in DIALECTS:
        raise ArgumentError(f"dialect: name must be one of {', '.join(map(repr, DIALECTS))}, got {name!r}")
    before, mode.dialect = mode.dialect, name
    try:
        yield
    finally:
        mode.dialect = before
