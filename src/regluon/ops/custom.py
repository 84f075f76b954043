"""Operators that users write in Python: what a graph and the faces must know of one.

``regluon.operator.register`` declares them here by name; the operator ``Custom`` runs them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from regluon.core.errors import UnknownNameError
from regluon.ops.registry import Attributes, Shapes, Types, op

__all__ = ["CustomKind", "custom", "custom_names", "declare_custom", "kind_of"]

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CustomKind:
    """What is known of one operator for certain options.

    Attributes:
        arguments: names of the inputs.
        outputs: names of the outputs.
        states: names of the auxiliary states, which come after the inputs.
        shapes: shapes of the inputs, outputs and states from those of the inputs, ``[]`` where not known.
        types: number types of the inputs, outputs and states from those of the inputs.
        run: computes the outputs from inputs and states, whether in training or not.
    """

    arguments: tuple[str, ...]
    outputs: tuple[str, ...]
    states: tuple[str, ...]
    shapes: Callable[[list[Sequence[int]]], tuple[list[Shape], list[Shape], list[Shape]]]
    types: Callable[[list[torch.dtype]], tuple[list[torch.dtype], list[torch.dtype], list[torch.dtype]]]
    run: Callable[[Sequence[Tensor], bool], tuple[Tensor, ...]]


_KINDS: dict[str, Callable[[Mapping[str, str]], CustomKind]] = {}


def declare_custom(name: str, make: Callable[[Mapping[str, str]], CustomKind]) -> None:
    """Let ``Custom`` run an operator; one declared before under the name is replaced, as in MXNet.

    Args:
        name: what it is called in ``op_type``.
        make: gives what is known of it for certain options, which are texts.
    """
    _KINDS[name] = make


def custom_names() -> list[str]:
    """Return the names that ``Custom`` knows."""
    return sorted(_KINDS)


def kind_of(attributes: Attributes) -> CustomKind:
    """Return what is known of the operator that attributes name.

    Raises:
        UnknownNameError: nobody registered it.
    """
    name = attributes["op_type"]
    if name not in _KINDS:
        known = ", ".join(custom_names()) or "none"
        raise UnknownNameError(
            f"Custom: op_type must be registered with operator.register, got {name!r}; there are {known}"
        )
    return _KINDS[name]({key: value for key, value in attributes.items() if key != "op_type"})


def _named(attributes: Attributes) -> tuple[tuple[str, ...], tuple[str, ...]]:
    kind = kind_of(attributes)
    return kind.arguments, kind.states


def _complete(shapes: Shapes, attributes: Attributes) -> Shapes:
    kind = kind_of(attributes)
    count = len(kind.arguments)
    names = list(shapes)
    try:
        inputs, _, states = kind.shapes([shapes[name] or [] for name in names[:count]])
    except Exception:
        # What users write need not know what to make of shapes that are not known.
        return {}
    return dict(zip(names, [tuple(one) for one in (*inputs, *states)], strict=False))


def _types(known: Types, attributes: Attributes) -> Types:
    kind = kind_of(attributes)
    names = [name for name in known if name.startswith("arg")]
    first = next((known[name] for name in names if known[name] is not None), None)
    if first is None:
        return dict(known)
    inputs, outputs, states = kind.types([known[name] or first for name in names[: len(kind.arguments)]])
    return {**dict(zip(names, [*inputs, *states], strict=False)), **dict(zip(kind.outputs, outputs, strict=False))}


@op(
    "Custom",
    outputs=lambda attributes: kind_of(attributes).outputs,
    complete=_complete,
    types=_types,
    per_argument=0,
    named=_named,
)
def custom(*data: Tensor, op_type: str, training: bool = False, **options: str) -> Tensor | tuple[Tensor, ...]:
    """Run an operator that was written in Python (MXNet, ``Custom``).

    Args:
        data: its inputs and its auxiliary states, ``(*)`` each.
        op_type: the name it was registered under.
        training: whether it runs in training.
        options: texts for the operator's maker, under names of its own.

    Returns:
        Its outputs, ``(*)`` each.

    Examples:
        >>> custom(torch.ones(1), op_type="nothing")
        Traceback (most recent call last):
        regluon.core.errors.UnknownNameError: Custom: op_type must be registered ...
    """
    results = kind_of({"op_type": op_type, **options}).run(data, training)
    return results[0] if len(results) == 1 else results
