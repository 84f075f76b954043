"""The one registry of operators. Everything else about an operator is derived from its declaration here.

An operator is a pure function on torch tensors. Its signature is its declaration: arguments annotated ``Tensor`` are
inputs (``Tensor | None`` may be left out, ``*data: Tensor`` takes any number), ``training`` and ``dialect`` are filled
in by the face that calls it, ``bodies`` and ``stages`` by the graph it stands in, all others are attributes. The
decorator adds what a graph must know besides:

    @op("_contrib_box_nms", "_contrib_box_non_maximum_suppression", hidden=1)
    def box_nms(data: Tensor, overlap_thresh: float = 0.5, ...) -> Tensor:

and gives the function back unchanged.
"""

import difflib
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NoReturn, TypeVar, get_args, get_type_hints

import torch
from torch import Tensor

from regluon.core.errors import ArgumentError, ArgumentTypeError, NotSupportedError, UnknownNameError
from regluon.core.mode import mode
from regluon.ops.attr import REQUIRED, Attribute, to_text

__all__ = ["Attributes", "Operator", "Shapes", "Types", "find", "leave_out", "left_out", "op", "operators", "twin"]

Attributes = Mapping[str, Any]
"""Values of all attributes of one call, defaults filled in."""

Shapes = dict[str, tuple[int, ...] | None]
"""Shapes of the inputs by name; None where not known."""

Types = Mapping[str, torch.dtype | None]
"""Number types of inputs by name, and of outputs; None where not known."""

_REGISTRY: dict[str, "Operator"] = {}

# Names of MXNet's operators that are not here on purpose, and why.
_LEFT_OUT: dict[str, str] = {}

# What a function is told and a caller is not asked for.
_FILLED_IN = ("training", "dialect", "bodies", "stages")

# What is written as text where an attribute may have any name; all else is an input.
_WRITTEN = (str, bool, int, float, tuple, list, type, type(None))

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, eq=False)
class Operator:
    """One operator and all that the faces derive theirs from.

    Attributes:
        name: the name that graph files hold.
        names: that and the aliases.
        function: the pure function on tensors.
        signature: the function's, annotated with types rather than texts.
        inputs: names of the tensor arguments in order.
        optional: those of them that may be left out.
        variadic: the inputs are any number of tensors.
        attributes: the other arguments by name.
        outputs: names of the visible outputs for given attributes.
        hidden: how many outputs graph files count that nobody sees, for given attributes.
        mutates: inputs that hold a state; the function returns their new values after its outputs.
        complete: shapes of inputs from the shapes of the others (weights from data).
        types: number types of inputs and outputs from those of the inputs; without it, all are of one type, but for
            outputs that an attribute ``dtype`` names the type of.
        omit: inputs that a symbol does not create for given attributes (the bias, if ``no_bias``).
        differentiable: whether any gradient flows; if not, MXNet's autograd sends zeros.
        trains: whether the function takes ``training``.
        speaks: whether the function takes ``dialect``: it has two sets of numbers.
        contains: whether the function takes ``bodies``: its nodes have graphs within them, which it runs.
        fuses: whether it takes ``stages`` as well: its node does in one what the operators of its graph do.
        certain: how many inputs come before the first that may be left out.
        per_argument: how many inputs a variadic operator takes for each that graph files count in ``num_args``; 0 if
            they do not.
        named: names of inputs and of states for given attributes, where a variadic operator has names for them; such
            a one takes attributes of any name, as texts.
    """

    name: str
    names: tuple[str, ...]
    function: Callable[..., Any]
    signature: inspect.Signature
    inputs: tuple[str, ...]
    optional: frozenset[str]
    variadic: bool
    attributes: Mapping[str, Attribute]
    outputs: Callable[[Attributes], tuple[str, ...]]
    hidden: Callable[[Attributes], int]
    mutates: tuple[str, ...]
    complete: Callable[[Shapes, Attributes], Shapes] | None
    types: Callable[[Types, Attributes], Types] | None
    omit: Callable[[Attributes], Sequence[str]]
    differentiable: bool
    trains: bool
    speaks: bool
    contains: bool
    fuses: bool
    certain: int
    per_argument: int
    named: Callable[[Attributes], tuple[Sequence[str], Sequence[str]]] | None
    required: tuple[str, ...]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Check the arguments, run the function, write changed states back; return the visible output(s)."""
        attributes = self.attributes
        if self.variadic:
            # The inputs say that already.
            kwargs.pop("num_args", None)
            if self.named is not None:
                arranged, kwargs = self._arranged(args, kwargs)
                args = tuple(arranged)
        elif len(args) > len(self.inputs):
            args, kwargs = self._by_name(args, kwargs)
        elif self.certain < len(args) < len(self.inputs):
            args, kwargs = self._past_omitted(args, kwargs)
        for name, value in kwargs.items():
            attribute = attributes.get(name)
            if attribute is not None:
                kwargs[name] = self.read(attribute, value)
            elif name not in self.inputs and self.named is None:
                self._refuse(name)
        self._check(args, kwargs)
        if self.contains:
            self.refuse_alone()
        if self.trains:
            kwargs["training"] = mode.training
        if self.speaks:
            kwargs["dialect"] = mode.dialect
        result = self.function(*args, **kwargs)
        return self._write_back(args, kwargs, result) if self.mutates else result

    def read(self, attribute: Attribute, value: Any) -> Any:
        """Return the value the function gets for one given to an attribute."""
        try:
            return attribute.read(value)
        except (TypeError, ValueError, KeyError):
            raise ArgumentError(f"{self.name}: {attribute.name} must be {attribute.rule}, got {value!r}") from None

    def fill(self, given: Attributes) -> dict[str, Any]:
        """Read given attributes and fill in the defaults of the others."""
        filled = {}
        for name, attribute in self.attributes.items():
            if name in given:
                filled[name] = self.read(attribute, given[name])
            elif attribute.default is REQUIRED:
                raise ArgumentTypeError(f"{self.name}: {name} must be given ({attribute.rule})")
            else:
                filled[name] = attribute.default
        if self.named is not None:
            filled.update({name: str(value) for name, value in given.items() if name not in self.attributes})
        return filled

    def split(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        """Part a call's arguments into inputs in order (None where left out) and given attributes."""
        if self.named is not None:
            inputs, given = self._arranged(args, kwargs)
            return list(inputs), given
        if self.variadic:
            return list(args), {name: value for name, value in kwargs.items() if name in self.attributes}
        args = tuple(args)
        if len(args) > len(self.inputs):
            args, kwargs = self._by_name(args, kwargs)
        elif self.certain < len(args) < len(self.inputs):
            args, kwargs = self._past_omitted(args, kwargs)
        inputs = [args[i] if i < len(args) else kwargs.get(name) for i, name in enumerate(self.inputs)]
        for name in kwargs:
            if name not in self.attributes and name not in self.inputs:
                self._refuse(name)
        return inputs, {name: value for name, value in kwargs.items() if name in self.attributes}

    def _arranged(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        """Bring inputs that were given by name behind those given by place, None where left out; the rest is text."""
        if self.named is None:
            return list(args), dict(kwargs)
        known = [name for name in self.required if name not in kwargs]
        if known:
            raise ArgumentTypeError(f"{self.name}: {known[0]} must be given ({self.attributes[known[0]].rule})")
        own = {
            name: self.read(self.attributes[name], value) for name, value in kwargs.items() if name in self.attributes
        }
        rest = {name: value for name, value in kwargs.items() if name not in own and isinstance(value, _WRITTEN)}
        options = {name: to_text(value) for name, value in (own | rest).items()}
        arguments, states = self.named(options)
        names = [*arguments, *states]
        for name in kwargs:
            if name not in options and name not in names:
                raise ArgumentTypeError(f"{self.name}: has no input {name!r}; it has {', '.join(names)}")
        by_name = [kwargs.get(name) for name in names[len(args) :]]
        while by_name and by_name[-1] is None:
            by_name.pop()
        return [*args, *by_name], options

    def refuse_alone(self) -> NoReturn:
        """Raise, as the operator runs graphs, and none came with the call."""
        raise ArgumentTypeError(f"{self.name}: must be a node of a graph, with graphs of its own to run")

    def _by_name(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Name the attributes that were given by position, after the inputs."""
        surplus, names = args[len(self.inputs) :], list(self.attributes)
        if len(surplus) > len(names):
            raise ArgumentTypeError(
                f"{self.name}: takes at most {len(self.inputs)} inputs and {len(names)} attributes, "
                f"got {len(args)} values"
            )
        return args[: len(self.inputs)], {**dict(zip(names, surplus, strict=False)), **kwargs}

    def _past_omitted(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Name the inputs given by position, of which those that the attributes leave out have none."""
        omitted = self.omit(self.fill({name: value for name, value in kwargs.items() if name in self.attributes}))
        names = [name for name in self.inputs if name not in omitted]
        if len(args) > len(names) or any(one is None for one in args):
            return args, dict(kwargs)
        return (), {**dict(zip(names, args, strict=False)), **kwargs}

    def _refuse(self, name: str) -> NoReturn:
        """Raise for an unknown keyword."""
        known = [*self.inputs, *self.attributes]
        close = difflib.get_close_matches(name, known, 1)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        raise ArgumentTypeError(f"{self.name}: has no argument {name!r}; it has {', '.join(known)}.{hint}")

    def _check(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
        """Raise for a missing attribute and for an input that is missing or is no tensor."""
        for name in self.required:
            if name not in kwargs:
                raise ArgumentTypeError(f"{self.name}: {name} must be given ({self.attributes[name].rule})")
        for value in args:
            if not isinstance(value, Tensor) and not (value is None and self.optional):
                raise ArgumentTypeError(f"{self.name}: inputs must be arrays of one kind, got {type(value).__name__}")
        if len(args) < len(self.inputs) and not self.variadic:
            for name in self.inputs[len(args) :]:
                value = kwargs.get(name)
                if not isinstance(value, Tensor) and (value is not None or name not in self.optional):
                    got = "nothing" if value is None else type(value).__name__
                    raise ArgumentTypeError(f"{self.name}: {name} must be an array, got {got}")

    def _write_back(self, args: Sequence[Any], kwargs: Mapping[str, Any], result: tuple[Any, ...]) -> Any:
        """Copy the new values of the states into their tensors; return the outputs alone."""
        outputs, states = result[: -len(self.mutates)], result[-len(self.mutates) :]
        for name, new in zip(self.mutates, states, strict=True):
            place = self.inputs.index(name)
            state = args[place] if place < len(args) else kwargs[name]
            if new is not state:
                with torch.no_grad():
                    state.copy_(new)
        return outputs[0] if len(outputs) == 1 else outputs


def op(
    name: str,
    *aliases: str,
    outputs: Sequence[str] | Callable[[Attributes], Sequence[str]] = ("output",),
    hidden: int | Callable[[Attributes], int] = 0,
    mutates: Sequence[str] = (),
    complete: Callable[[Shapes, Attributes], Shapes] | None = None,
    types: Callable[[Types, Attributes], Types] | None = None,
    omit: Callable[[Attributes], Sequence[str]] = lambda attributes: (),
    differentiable: bool = True,
    per_argument: int = 1,
    named: Callable[[Attributes], tuple[Sequence[str], Sequence[str]]] | None = None,
) -> Callable[[F], F]:
    """Register a function as an operator.

    Args:
        name: MXNet's registered name, such as ``_contrib_box_nms``.
        aliases: its other names.
        outputs: names of the visible outputs, or what gives them for given attributes.
        hidden: how many outputs graph files count that nobody sees, or what tells it for given attributes.
        mutates: inputs that hold a state; the function returns their new values after its outputs.
        complete: gives shapes of inputs from the shapes of the others (weights from data).
        types: gives number types of inputs and outputs, where not all are of one type.
        omit: names the inputs that a symbol does not create for given attributes (the bias, if ``no_bias``).
        differentiable: whether any gradient flows; if not, MXNet's autograd sends zeros.
        per_argument: how many inputs a variadic operator takes for each that graph files count in ``num_args``; 0 if
            they do not.
        named: names inputs and states for given attributes, which then may have any names.
    """

    def register(function: F) -> F:
        rest = (tuple(mutates), complete, types, omit, differentiable, per_argument, named)
        entry = _declare(function, (name, *aliases), outputs, hidden, *rest)
        for each in entry.names:
            if each in _REGISTRY:
                raise ValueError(f"operator {each!r} is registered twice")
            _REGISTRY[each] = entry
        return function

    return register


def _declare(function: Callable[..., Any], names: tuple[str, ...], outputs: Any, hidden: Any, *rest: Any) -> Operator:
    """Read an operator off a function's signature."""
    hints = get_type_hints(function, include_extras=True)
    signature, names_of = inspect.signature(function), _for_any(outputs)
    inputs, optional, variadic, attributes = [], [], False, {}
    for parameter in signature.parameters.values():
        annotation = hints[parameter.name]
        if annotation is Tensor or Tensor in get_args(annotation):
            inputs.append(parameter.name)
            variadic |= parameter.kind is parameter.VAR_POSITIONAL
            if annotation is not Tensor:
                optional.append(parameter.name)
        elif parameter.name not in _FILLED_IN and parameter.kind is not parameter.VAR_KEYWORD:
            default = REQUIRED if parameter.default is parameter.empty else parameter.default
            attributes[parameter.name] = Attribute.of(parameter.name, annotation, default)
    mutates, complete, types, omit, differentiable, per_argument, named = rest
    return Operator(
        name=names[0],
        names=names,
        function=function,
        signature=signature,
        inputs=tuple(inputs),
        optional=frozenset(optional),
        variadic=variadic,
        attributes=attributes,
        outputs=lambda attributes: tuple(names_of(attributes)),
        hidden=_for_any(hidden),
        mutates=mutates,
        complete=complete,
        types=types,
        omit=omit,
        differentiable=differentiable,
        trains="training" in hints,
        speaks="dialect" in hints,
        contains="bodies" in hints,
        fuses="stages" in hints,
        certain=next((place for place, name in enumerate(inputs) if name in optional), len(inputs)),
        per_argument=per_argument,
        named=named,
        required=tuple(name for name, attribute in attributes.items() if attribute.default is REQUIRED),
    )


def _for_any(value: Any) -> Callable[[Attributes], Any]:
    """Return what attributes decide as a function of them, also where they decide nothing."""
    return value if callable(value) else lambda attributes: value


def twin(existing: str, *names: str) -> None:
    """Register an operator under further names that graph files hold, each an operator of its own.

    Args:
        existing: its registered name.
        names: the others, such as ``_npx_relu`` for ``relu``.
    """
    entry = find(existing)
    for name in names:
        if name in _REGISTRY:
            raise ValueError(f"operator {name!r} is registered twice")
        _REGISTRY[name] = replace(entry, name=name, names=(name,))


def find(name: str) -> Operator:
    """Return the operator of a name or alias.

    Raises:
        NotSupportedError: MXNet has it, and it is left out here on purpose.
        UnknownNameError: there is none; close names are listed.
    """
    entry = _REGISTRY.get(name)
    if entry is None:
        if name in _LEFT_OUT:
            raise NotSupportedError(f"operator {name!r} is not supported: {_LEFT_OUT[name]}")
        close = difflib.get_close_matches(name, _REGISTRY, 3)
        hint = f" Close names: {', '.join(close)}." if close else ""
        raise UnknownNameError(f"operator {name!r} is not supported.{hint}")
    return entry


def operators() -> Iterator[Operator]:
    """Go through every operator once, in the order of declaration."""
    return iter(dict.fromkeys(_REGISTRY.values()))


def leave_out(reason: str, *names: str) -> None:
    """Have operators of MXNet's refused by name, with the reason, wherever they are called or found in a graph file."""
    _LEFT_OUT.update(dict.fromkeys(names, reason))


def left_out() -> Iterator[str]:
    """Go through the registered names of the operators that are left out on purpose."""
    return iter(_LEFT_OUT)
