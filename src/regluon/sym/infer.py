"""Shapes and number types of a graph, by running its operators on tensors without data.

Operators write no shape rules. Only those with learnt inputs say what these must be (``complete``), and that is applied
here, until nothing more becomes known.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from regluon.core.errors import ShapeError
from regluon.ops.attr import Attribute, Shape
from regluon.sym.node import Entry, Node, walk

__all__ = ["DTYPE_CODES", "infer", "run", "types"]

DTYPE_CODES: dict[torch.dtype, int] = {
    torch.float32: 0,
    torch.float64: 1,
    torch.float16: 2,
    torch.uint8: 3,
    torch.int32: 4,
    torch.int8: 5,
    torch.int64: 6,
    torch.bool: 7,
    torch.int16: 8,
    torch.bfloat16: 12,
}
"""MXNet's numbers for number types, which graph files hold."""

_CODES = {str(code): dtype for dtype, code in DTYPE_CODES.items()}
_SHAPE = Attribute.of("__shape__", Shape, ())

Shapes = Mapping[str, tuple[int, ...]]
DTypes = Mapping[str, torch.dtype]


def run(node: Node, inputs: Sequence[Tensor], training: bool = False) -> tuple[Tensor, ...]:
    """Run a node's operator; return its outputs and then the new values of its states."""
    operator = node.operator
    if operator is None:
        raise TypeError(f"{node.name} is a variable")
    options = {**node.filled, "training": training} if operator.trains else node.filled
    if operator.variadic:
        result = operator.function(*inputs, **options)
    else:
        result = operator.function(**dict(zip(node.slots, inputs, strict=True)), **options)
    return (result,) if isinstance(result, Tensor) else tuple(result)


def infer(entries: Sequence[Entry], shapes: Shapes, dtypes: DTypes) -> dict[Entry, Tensor]:
    """Return a tensor without data for each output whose shape can be known.

    Args:
        entries: outputs of the graph.
        shapes: known shapes of variables by name; 0 for an unknown size.
        dtypes: known number types of variables by name.

    Raises:
        ShapeError: shapes contradict each other; the node is named.
    """
    nodes = walk(entries)
    known: dict[Entry, Tensor] = {}
    wanted: dict[Node, tuple[int, ...]] = {}
    for node in nodes:
        if node.operator is None:
            shape = shapes.get(node.name)
            hint = _SHAPE.read(node.extra["__shape__"]) if "__shape__" in node.extra else None
            shape = hint if shape is None else _merge(node.name, hint, shape)
            if shape is not None:
                _learn(node, shape, _dtype(node, dtypes), known, wanted)
    before = -1
    while before < len(known):
        before = len(known)
        for node in nodes:
            if node.operator is not None and Entry(node) not in known:
                try:
                    _visit(node, known, wanted, dtypes)
                except Exception as error:
                    found = [tuple(known[e].shape) if e in known else None for e in node.inputs]
                    error.add_note(f"in node {node.name!r} ({node.operator.name}) with inputs {found}")
                    raise
    return known


def types(entries: Sequence[Entry], dtypes: DTypes) -> dict[Entry, torch.dtype]:
    """Return the number type of each output, float32 where nothing says otherwise.

    Every operator's outputs have the type of its first input, unless an attribute ``dtype`` names another.
    """
    known: dict[Entry, torch.dtype] = {}
    for node in walk(entries):
        if node.operator is None:
            dtype = _dtype(node, dtypes)
            if dtype is not None:
                known[Entry(node)] = dtype
            continue
        first = next((known[entry] for entry in node.inputs if entry in known), torch.float32)
        for entry in node.inputs:
            known.setdefault(entry, first)
        named = node.filled.get("dtype")
        for i in range(len(node.outputs)):
            known[Entry(node, i)] = getattr(torch, named) if named else first
    for entry in entries:
        known.setdefault(entry, torch.float32)
    return known


def _visit(node: Node, known: dict[Entry, Tensor], wanted: dict[Node, tuple[int, ...]], dtypes: DTypes) -> None:
    """Complete the shapes of a node's inputs, and run it where all are known."""
    operator = node.operator
    if operator is not None and operator.complete is not None:
        names = node.slots
        given: dict[str, Any] = {
            name: tuple(known[entry].shape) if entry in known else None
            for name, entry in zip(names, node.inputs, strict=True)
        }
        if None in given.values() and set(given.values()) != {None}:
            completed = operator.complete(given, node.filled)
            first = next((known[entry].dtype for entry in node.inputs if entry in known), torch.float32)
            for name, entry in zip(names, node.inputs, strict=True):
                shape = completed.get(name)
                if entry not in known and entry.node.operator is None and shape is not None:
                    _learn(entry.node, _merge(entry.node.name, wanted.get(entry.node), shape),
                           _dtype(entry.node, dtypes) or first, known, wanted)  # fmt: skip
    if all(entry in known for entry in node.inputs):
        with torch.no_grad(), torch.device("meta"):
            for i, output in enumerate(run(node, [known[entry] for entry in node.inputs])[: len(node.outputs)]):
                known[Entry(node, i)] = output.to("meta")


def _learn(
    node: Node,
    shape: tuple[int, ...],
    dtype: torch.dtype | None,
    known: dict[Entry, Tensor],
    wanted: dict[Node, tuple[int, ...]],
) -> None:
    """Take in a variable's shape; one with unknown sizes waits for an operator to complete it."""
    if any(size <= 0 for size in shape) and shape:
        wanted[node] = shape
    else:
        known[Entry(node)] = torch.empty(shape, dtype=dtype or torch.float32, device="meta")


def _merge(name: str, hint: tuple[int, ...] | None, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Join two views of one shape, where sizes <= 0 are unknown."""
    if not hint:
        return shape
    fits = len(hint) == len(shape) and all(a == b or a <= 0 or b <= 0 for a, b in zip(hint, shape, strict=True))
    if not fits:
        raise ShapeError(f"{name}: shape must be {hint} as declared, got {shape}")
    return tuple(b if a <= 0 else a for a, b in zip(hint, shape, strict=True))


def _dtype(node: Node, dtypes: DTypes) -> torch.dtype | None:
    return dtypes.get(node.name) or _CODES.get(node.extra.get("__dtype__", ""))
