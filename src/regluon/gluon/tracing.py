"""Making a graph of a network: what stands for its arguments, and what holds meanwhile."""

import traceback
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from regluon import sym
from regluon.core.mode import mode
from regluon.core.nested import flatten, regroup
from regluon.core.numpy_mode import numpy_mode
from regluon.nd.ndarray import NDArray
from regluon.np.dispatch import creating
from regluon.np.numpy_array import ndarray
from regluon.sym.numpy_symbol import NumpySymbol, shown
from regluon.sym.symbol import Symbol

__all__ = ["Asked", "asked", "name_the_line", "stand_ins", "tracing"]

_PACKAGE = str(Path(__file__).parents[1])


@dataclass(frozen=True, slots=True)
class Asked:
    """What is kept of an argument: enough to trace with again.

    Attributes:
        numpy: it was an ``mx.np.ndarray``.
        shape: its sizes.
        dtype: its number type.
    """

    numpy: bool
    shape: tuple[int, ...]
    dtype: torch.dtype


def asked(args: Any) -> Any:
    """Keep what arguments were, nested as they were."""
    return regroup(iter([_asked(one) for one in flatten(args)]), args)


def _asked(one: Any) -> Asked | None:
    if isinstance(one, Asked):
        return one
    tensor = one._tensor if isinstance(one, NDArray) else one
    return (
        Asked(isinstance(one, ndarray), tuple(tensor.shape), tensor.dtype) if isinstance(tensor, torch.Tensor) else None
    )


def stand_ins(leaves: Sequence[Any]) -> list[Symbol]:
    """Make the variables that stand for arguments, with numpy's rules if an argument has them."""
    names = ["data"] if len(leaves) == 1 else [f"data{i}" for i in range(len(leaves))]
    inputs = [sym.var(name) for name in names]
    return [one.as_np_ndarray() for one in inputs] if _is_numpy(leaves) else inputs


def _is_numpy(leaves: Sequence[Any]) -> bool:
    return any(one.numpy for one in map(_asked, leaves) if one is not None)


@contextmanager
def tracing(leaves: Sequence[Any], inputs: Sequence[Symbol]) -> Iterator[None]:
    """Have Parameters stand for their variables inside a ``with``; and numpy's functions make symbols.

    Args:
        leaves: the arguments.
        inputs: what stands for them.
    """
    known = {one.name: kept for one, kept in zip(inputs, map(_asked, leaves), strict=True) if one.name and kept}
    old = mode.tracing, numpy_mode.arrays
    with ExitStack() as stack:
        if _is_numpy(leaves):
            stack.enter_context(creating(NumpySymbol))
            shapes, dtypes = ({name: getattr(one, part) for name, one in known.items()} for part in ("shape", "dtype"))
            stack.enter_context(shown(shapes, dtypes))
            numpy_mode.arrays = True
        mode.tracing = True
        try:
            yield
        finally:
            mode.tracing, numpy_mode.arrays = old


def name_the_line(error: Exception, who: str) -> None:
    """Note at an error the line of the network's own text that no graph can be made of.

    Args:
        error: what was raised while the network was called with Symbols.
        who: the network.
    """
    lines = [one for one in traceback.extract_tb(error.__traceback__) if not one.filename.startswith(_PACKAGE)]
    if lines:
        last = lines[-1]
        error.add_note(f"while {who} is made a graph, at {last.filename}, line {last.lineno}: {last.line}")
