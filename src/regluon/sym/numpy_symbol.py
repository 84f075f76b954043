"""Symbols with numpy's rules: what the functions of ``mx.np`` make of symbols.

Arithmetic broadcasts and gives numpy's types, and keys cut blocks out. Everything else is a Symbol's.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch

from regluon.core.dtype import numpy_dtype
from regluon.core.errors import ArgumentTypeError, MXNetError
from regluon.np.dispatch import Speaker, invoke, speak
from regluon.np.methods import NumpyMethods
from regluon.ops.face import Face
from regluon.ops.registry import Operator
from regluon.sym.infer import infer
from regluon.sym.lift import lift
from regluon.sym.symbol import Symbol

__all__ = ["NumpySymbol", "shown"]

# Operators whose results are bools: as a key, they are masks.
_BOOLS = ("equal", "not_equal", "greater", "greater_equal", "less", "less_equal", "logical", "is", "all", "any")


class _Shown(threading.local):
    """Shapes and types of the variables of the graph that is being made, where they are known."""

    def __init__(self) -> None:
        self.shapes: Mapping[str, tuple[int, ...]] = {}
        self.dtypes: Mapping[str, torch.dtype] = {}


_shown = _Shown()


@contextmanager
def shown(shapes: Mapping[str, tuple[int, ...]], dtypes: Mapping[str, torch.dtype]) -> Iterator[None]:
    """Let symbols know their shapes inside a ``with``.

    Args:
        shapes: those of variables, by name.
        dtypes: their number types.
    """
    old = _shown.shapes, _shown.dtypes
    _shown.shapes, _shown.dtypes = shapes, dtypes
    try:
        yield
    finally:
        _shown.shapes, _shown.dtypes = old


class NumpySymbol(NumpyMethods, Symbol):  # pyright: ignore[reportIncompatibleMethodOverride]
    """A symbol with numpy's rules; made by ``sym.var(...).as_np_ndarray()`` and by ``mx.np``'s functions of symbols.

    Examples:
        >>> from regluon import np, sym
        >>> x = sym.var("x").as_np_ndarray()
        >>> np.exp(x + 1)[0].list_arguments()
        ['x']
    """

    __slots__ = ()
    __hash__ = object.__hash__

    @property
    def shape(self) -> tuple[int, ...]:
        """Sizes of all axes, while a network is traced with arrays; they are then part of the graph."""
        return tuple(self._meta("shape").shape)

    @property
    def ndim(self) -> int:
        """Number of axes, while a network is traced with arrays."""
        return self._meta("ndim").ndim

    @property
    def size(self) -> int:
        """Number of elements, while a network is traced with arrays."""
        return self._meta("size").numel()

    @property
    def dtype(self) -> Any:
        """Number type, while a network is traced with arrays."""
        return numpy_dtype(self._meta("dtype").dtype)

    def as_np_ndarray(self) -> "NumpySymbol":
        """Return the symbol as one with numpy's rules: itself."""
        return self

    def as_nd_ndarray(self) -> Symbol:
        """Return the symbol as one without numpy's rules."""
        return Symbol(self._entries)

    def __getitem__(self, key: Any) -> "NumpySymbol":
        if len(self._entries) > 1 or isinstance(key, str):
            return NumpySymbol(super().__getitem__(key)._entries)
        if isinstance(key, Symbol):
            operator = key._entries[0].node.operator
            name = "" if operator is None else operator.name.removeprefix("_npi_")
            mask = name.startswith(_BOOLS)
            return invoke("_npi_boolean_mask" if mask else "_npi_advanced_indexing", self, key)
        parts = key if isinstance(key, tuple) else (key,)
        dots = [place for place, one in enumerate(parts) if one is Ellipsis]
        before = parts[: dots[0]] if dots else parts
        after = parts[dots[0] + 1 :] if dots else ()
        found = _cut(self, before, behind=False)
        return _cut(found, after, behind=True) if after else found

    def __iter__(self) -> Iterator["NumpySymbol"]:
        return (NumpySymbol([entry]) for entry in self._entries)

    def _meta(self, what: str) -> torch.Tensor:
        found = infer(self._entries[:1], _shown.shapes, _shown.dtypes).get(self._entries[0])
        if found is None:
            raise MXNetError(
                f"{what}: a Symbol's is not known here; write -2, -4 or -5 into npx.reshape, or trace with arrays"
            )
        return found


def _cut(data: NumpySymbol, parts: tuple[Any, ...], behind: bool) -> NumpySymbol:
    """Cut a block out by ints, slices and None, which stand for the first axes or for the last."""
    cuts = [one for one in parts if one is not None]
    for one in cuts:
        if not isinstance(one, (int, slice)) or isinstance(one, bool):
            raise ArgumentTypeError(f"index: of a symbol must be ints, slices, `...` and None, got {one!r:.60}")
    for place, one in enumerate(cuts):
        begin, end, step = (one.start, one.stop, one.step) if isinstance(one, slice) else (one, (one + 1) or None, None)
        if (begin, end, step) == (None, None, None):
            continue
        if behind:
            if step not in (None, 1):
                raise ArgumentTypeError(f"index: steps behind `...` must be 1, got {step}")
            data = invoke(
                "slice_axis", data, axis=place - len(cuts), begin=begin or 0, end="None" if end is None else end
            )
            cuts[place] = one
    if not behind and any(one != slice(None) for one in cuts):
        rows = [
            (one.start, one.stop, one.step) if isinstance(one, slice) else (one, (one + 1) or None, None)
            for one in cuts
        ]
        begin, end, step = zip(*rows, strict=True)
        data = invoke("slice", data, begin=begin, end=end, step=step)
    if any(isinstance(one, int) for one in cuts):
        codes = [-3 if isinstance(one, int) else -2 for one in cuts]
        shape = (-4, *codes) if behind else (*codes, -4)
        data = invoke("_npx_reshape", data, newshape=shape, reverse=behind)
    return _with_new_axes(data, [one is None for one in parts if not isinstance(one, int)], behind)


def _with_new_axes(data: NumpySymbol, new: list[bool], behind: bool) -> NumpySymbol:
    """Put in axes of size 1 where the first axes of the result, or the last, are said to be new."""
    if not behind:
        for place, one in enumerate(new):
            if one:
                data = invoke("_npi_expand_dims", data, axis=place)
        return data
    for place, one in enumerate(reversed(new)):
        if one:
            data = invoke("_npi_expand_dims", data, axis=-1 - place)
    return data


def _lift(operator: Operator, name: str) -> Callable[..., NumpySymbol]:
    plain = lift(operator, name)

    def function(*args: Any, out: Any = None, **kwargs: Any) -> NumpySymbol:
        if out is not None:
            raise ArgumentTypeError(f"{operator.name}: out must not be given for symbols")
        return NumpySymbol(plain(*args, **kwargs)._entries)

    return function


call = Face(NumpySymbol, _lift, NumpySymbol, ()).call
NumpySymbol._kind = NumpySymbol
_speaker = Speaker(call, list)
speak(NumpySymbol, _speaker)
speak(Symbol, _speaker)
