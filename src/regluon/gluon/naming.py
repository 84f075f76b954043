"""How Blocks of MXNet 1.x get their prefixes: ``net0_conv1_``; full names of Parameters begin with them."""

import threading
from types import TracebackType
from typing import TYPE_CHECKING, Self

from regluon.core.names import Prefix, current_names
from regluon.gluon.parameter_dict import ParameterDict

if TYPE_CHECKING:
    from regluon.gluon.block import Block

__all__ = ["BlockScope"]


class _Current(threading.local):
    def __init__(self) -> None:
        self.scope: BlockScope | None = None


_current = _Current()


class BlockScope:
    """The names that Blocks made inside ``with block.name_scope()`` get.

    Args:
        block: the Block whose scope it is.
    """

    def __init__(self, block: "Block") -> None:
        self._block = block
        self._counts: dict[str, int] = {}
        self._outer: list[tuple[BlockScope | None, Prefix]] = []

    @staticmethod
    def create(prefix: str | None, shared: ParameterDict | None, hint: str) -> tuple[str, ParameterDict]:
        """Give a new Block its prefix and its dictionary of parameters.

        Args:
            prefix: the prefix asked for, without that of the scope around.
            shared: parameters to share.
            hint: the kind of Block, counted where no prefix is asked for.
        """
        scope = _current.scope
        if scope is None:
            if prefix is None:
                prefix = current_names().get(None, hint) + "_"
            return prefix, ParameterDict(prefix if shared is None else shared.prefix, shared)
        if prefix is None:
            count = scope._counts.get(hint, 0)
            scope._counts[hint] = count + 1
            prefix = f"{hint}{count}_"
        parent = scope._block.params
        full = parent.prefix + prefix if shared is None else shared.prefix
        return scope._block.prefix + prefix, ParameterDict(full, shared if shared is not None else parent._shared)

    def __enter__(self) -> Self:
        if self._block._empty_prefix:
            return self
        names = Prefix(self._block.prefix)
        self._outer.append((_current.scope, names))
        _current.scope = self
        names.__enter__()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._block._empty_prefix:
            return
        _current.scope, names = self._outer.pop()
        names.__exit__(kind, error, trace)
