"""The face for symbols: a call adds a node to the graph."""

from collections.abc import Callable, Mapping
from typing import Any

from regluon.core.errors import ArgumentTypeError
from regluon.core.names import current_attributes, current_names
from regluon.ops.attr import to_text
from regluon.ops.namespaces import calls
from regluon.ops.registry import Operator
from regluon.sym.node import Entry, Node
from regluon.sym.symbol import Symbol, var

__all__ = ["call", "lift"]


def lift(operator: Operator, name: str) -> Callable[..., Symbol]:
    """Make the function ``sym.<name>``: symbols in, a symbol out.

    Inputs that are not given become variables, named after the node. Besides its arguments the function takes
    ``name=`` and ``attr=``, texts to keep with the node.
    """
    hint = name.lower()

    def face(*args: Any, name: str | None = None, attr: Mapping[str, str] | None = None, **kwargs: Any) -> Symbol:
        inputs, given = operator.split(args, kwargs)
        texts = {key: to_text(operator.read(operator.attributes[key], value)) if _is_kind(value) else to_text(value)
                 for key, value in given.items()}  # fmt: skip
        own = current_names().get(name, hint)
        entries = _variadic(operator, inputs) if operator.variadic else _named(operator, own, inputs, texts)
        extra = {**current_attributes(), **{key: str(value) for key, value in (attr or {}).items()}}
        node = Node(operator, own, entries, texts, extra)
        return Symbol([Entry(node, i) for i in range(len(node.outputs))])

    return face


def _is_kind(value: Any) -> bool:
    """Tell a value that is not written as it is, such as a device or a type, from numbers and texts."""
    return value is not None and not isinstance(value, (str, bool, int, float, tuple, list))


def _variadic(operator: Operator, inputs: list[Any]) -> tuple[Entry, ...]:
    entries: list[Entry] = []
    for value in inputs:
        if not isinstance(value, Symbol):
            raise ArgumentTypeError(f"{operator.name}: inputs must be Symbols, got {type(value).__name__}")
        entries.extend(value._entries)
    return tuple(entries)


def _named(operator: Operator, name: str, inputs: list[Any], texts: dict[str, str]) -> tuple[Entry, ...]:
    omitted = operator.omit(operator.fill(texts))
    entries = []
    for slot, value in zip(operator.inputs, inputs, strict=True):
        if value is None:
            if slot not in omitted:
                entries.append(var(f"{name}_{slot}")._entries[0])
        elif not isinstance(value, Symbol):
            raise ArgumentTypeError(f"{operator.name}: {slot} must be a Symbol, got {type(value).__name__}")
        elif len(value) != 1:
            raise ArgumentTypeError(f"{operator.name}: {slot} must be a Symbol of one output, got one of {len(value)}")
        else:
            entries.append(value._entries[0])
    return tuple(entries)


call = calls(lift)
