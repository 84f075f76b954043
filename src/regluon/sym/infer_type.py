"""Number types of a graph where shapes are not known, by the rules that MXNet's operators share."""

from collections.abc import Sequence
from typing import Any

import torch

from regluon.core.errors import ArgumentError
from regluon.ops.registry import Operator
from regluon.ops.tensor.shapes import all_alike
from regluon.sym.bodies import bodies_of
from regluon.sym.infer import DTypes, declared_dtype
from regluon.sym.node import Entry, Node, walk

__all__ = ["infer_types"]


def infer_types(entries: Sequence[Entry], dtypes: DTypes) -> dict[Entry, torch.dtype]:
    """Return the number type of each output for which one follows.

    An operator's inputs and outputs have one type, but for outputs that an attribute ``dtype`` names the type of, and
    for those operators that say otherwise.

    Args:
        entries: outputs of the graph.
        dtypes: known number types of variables by name.

    Raises:
        ArgumentError: an operator on arrays that are alike gets two types; the node is named.
    """
    known: dict[Entry, torch.dtype] = {}
    nodes = walk(entries)
    for node in nodes:
        dtype = declared_dtype(node, dtypes) if node.operator is None else None
        if dtype is not None:
            known[Entry(node)] = dtype
    before = -1
    while before < len(known):
        before = len(known)
        for node in nodes:
            if node.operator is not None:
                _visit(node, known)
    return known


def _visit(node: Node, known: dict[Entry, torch.dtype]) -> None:
    operator = node.operator
    if operator is None:
        return
    outputs = [Entry(node, i) for i in range(len(node.outputs))]
    if node.bodies and not operator.fuses:
        _visit_bodies(node, known)
        return
    if operator.types is not None:
        _apply(operator, node, outputs, known)
        return
    named = _named(node)
    given = [known[entry] for entry in node.inputs if entry in known]
    if operator.complete is all_alike and len(set(given)) > 1:
        raise ArgumentError(f"{operator.name}: inputs must have one dtype, got {given} in node {node.name!r}")
    # Without a type of their own the outputs tell that of the inputs too.
    common = given[0] if given else None if named else next((known[one] for one in outputs if one in known), None)
    if common is not None:
        # Moving averages, and what goes with them, would be too coarse in half precision.
        learnt = torch.float32 if operator.mutates and common == torch.float16 else named or common
        for entry in node.inputs:
            known.setdefault(entry, learnt)
    found = named or common
    if found is not None:
        known.update({entry: found for entry in outputs if entry not in known})


def _apply(operator: Operator, node: Node, outputs: Sequence[Entry], known: dict[Entry, torch.dtype]) -> None:
    """Learn what the operator itself says of its inputs and outputs."""
    entries = dict(zip(node.slots, node.inputs, strict=True))
    entries.update(zip(operator.outputs(node.filled), outputs, strict=True))
    if operator.types is not None:
        found = operator.types({name: known.get(entry) for name, entry in entries.items()}, node.filled)
        for name, entry in entries.items():
            dtype = found.get(name)
            if dtype is not None:
                known.setdefault(entry, dtype)


def _visit_bodies(node: Node, known: dict[Entry, torch.dtype]) -> None:
    """Infer within the graphs of a node, from its inputs and for them; its outputs follow."""
    for body in bodies_of(node):
        pairs = list(zip(body.variables, body.sources, strict=True))
        given = {one.name: known[node.inputs[source]] for one, source in pairs if node.inputs[source] in known}
        inner = infer_types(body.outputs, given)
        for variable, source in pairs:
            if Entry(variable) in inner:
                known.setdefault(node.inputs[source], inner[Entry(variable)])
        for place, entry in enumerate(body.outputs if body.gives else ()):
            if entry in inner:
                known.setdefault(Entry(node, place), inner[entry])
        for before, after in body.again:
            if Entry(node, after) in known:
                known.setdefault(node.inputs[before], known[Entry(node, after)])


def _named(node: Node) -> torch.dtype | None:
    """Return the type that an operator's outputs have by name."""
    operator = node.operator
    if operator is None:
        return None
    named: Any = node.filled.get("dtype") or node.filled.get("out_type")
    if isinstance(named, str) and isinstance(getattr(torch, named, None), torch.dtype):
        return getattr(torch, named)
    return None
