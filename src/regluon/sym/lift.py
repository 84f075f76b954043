"""The face for symbols: a call adds a node to the graph."""

from collections.abc import Callable, Mapping, Sequence
from inspect import Parameter
from typing import Any

from regluon.core.errors import ArgumentError, ArgumentTypeError
from regluon.core.names import current_attributes, current_names
from regluon.ops.attr import to_text
from regluon.ops.face import Face
from regluon.ops.registry import Operator
from regluon.sym.attributes import WELL_KNOWN, kept
from regluon.sym.node import Entry, Node, created
from regluon.sym.symbol import Symbol

__all__ = ["call", "face", "lift"]


def lift(operator: Operator, name: str) -> Callable[..., Symbol]:
    """Make the function ``sym.<name>``: symbols in, a symbol out.

    Inputs that are not given become variables, named after the node, and with its attributes. Besides its arguments
    the function takes ``name=``, ``attr=`` (texts to keep with the node), ``lr_mult=`` and the like.
    """
    hint = name.lower()

    def function(*args: Any, name: str | None = None, attr: Mapping[str, str] | None = None, **kwargs: Any) -> Symbol:
        extra = {**current_attributes(), **(attr or {})}
        for key in WELL_KNOWN:
            if key in kwargs:
                extra[key] = to_text(kwargs.pop(key))
        extra = kept(operator.name, extra, operator)
        inputs, given = operator.split(args, kwargs)
        own = current_names().get(name, hint)
        texts = {key: _text(operator, key, value) for key, value in given.items()}
        if operator.contains:
            operator.refuse_alone()
        if operator.variadic:
            named = operator.named is not None
            entries = _by_name(operator, own, inputs, texts, extra) if named else _all(operator, inputs)
            if operator.per_argument:
                texts["num_args"] = str(len(entries) // operator.per_argument)
        else:
            entries = _named(operator, own, inputs, texts, extra)
        node = Node(operator, own, entries, texts, extra)
        return _kind((*args, *kwargs.values()))([Entry(node, i) for i in range(len(node.outputs))])

    return function


_EXTRA = (
    Parameter("name", Parameter.KEYWORD_ONLY, default=None, annotation=str | None),
    Parameter("attr", Parameter.KEYWORD_ONLY, default=None, annotation=Mapping[str, str] | None),
)
face = Face(Symbol, lift, Symbol, _EXTRA, makes_variables=True)
call = face.call


def _kind(values: Sequence[Any]) -> type[Symbol]:
    """Return the class of the symbols that came in: one with numpy's rules makes such."""
    kinds = [one._kind for one in values if isinstance(one, Symbol)]
    return next((one for one in kinds if one is not Symbol), Symbol)


def _text(operator: Operator, key: str, value: Any) -> str:
    """Write an attribute's value: as it was given, but for devices and types, which have names."""
    if value is None or isinstance(value, (str, bool, int, float, tuple, list)):
        return to_text(value)
    return to_text(operator.read(operator.attributes[key], value)) if key in operator.attributes else to_text(value)


def _all(operator: Operator, inputs: Sequence[Any]) -> tuple[Entry, ...]:
    if not inputs:
        raise ArgumentTypeError(f"{operator.name}: inputs must be at least one Symbol, got none")
    return tuple(_entry(operator, "inputs", value) for value in inputs)


def _by_name(
    operator: Operator, name: str, inputs: Sequence[Any], texts: dict[str, str], extra: dict[str, str]
) -> tuple[Entry, ...]:
    """Return the entries of the inputs of an operator that has names for them, making variables of those not given."""
    arguments, states = operator.named(texts) if operator.named is not None else ((), ())
    slots = [*arguments, *states]
    given = [*inputs, *[None] * (len(slots) - len(inputs))]
    if len(given) > len(slots):
        raise ArgumentTypeError(f"{operator.name}: inputs must be {', '.join(slots)}, got {len(given)} of them")
    return tuple(
        Entry(created(operator, name, slot, {**texts, **extra})) if value is None else _entry(operator, slot, value)
        for slot, value in zip(slots, given, strict=True)
    )


def _named(
    operator: Operator, name: str, inputs: Sequence[Any], texts: dict[str, str], extra: dict[str, str]
) -> tuple[Entry, ...]:
    """Return the entries of the inputs, making variables of those not given."""
    omitted = operator.omit(operator.fill(texts))
    entries = []
    for slot, value in zip(operator.inputs, inputs, strict=True):
        if value is not None and slot in omitted:
            raise ArgumentError(f"{operator.name}: {slot} must not be given, as the attributes leave it out")
        if value is not None:
            entries.append(_entry(operator, slot, value))
        elif slot not in omitted:
            entries.append(Entry(created(operator, name, slot, {**texts, **extra})))
    return tuple(entries)


def _entry(operator: Operator, slot: str, value: Any) -> Entry:
    if not isinstance(value, Symbol):
        raise ArgumentTypeError(f"{operator.name}: {slot} must be a Symbol, got {type(value).__name__}")
    if len(value) != 1:
        raise ArgumentTypeError(f"{operator.name}: {slot} must be a Symbol of one output, got one of {len(value)}")
    return value._entries[0]
