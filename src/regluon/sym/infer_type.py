"""Number types of a graph where shapes are not known, by the rules that MXNet's operators share."""

from collections.abc import Sequence
from typing import Any

import torch

from regluon.core.errors import ArgumentError
from regluon.ops.tensor.shapes import all_alike
from regluon.sym.infer import DTypes, declared_dtype
from regluon.sym.node import Entry, Node, walk

__all__ = ["infer_types"]

# Operators whose outputs have the same type whatever comes in.
_FIXED = {"shape_array": torch.int64, "size_array": torch.int64}


def infer_types(entries: Sequence[Entry], dtypes: DTypes) -> dict[Entry, torch.dtype]:
    """Return the number type of each output for which one follows.

    An operator's inputs and outputs have one type, but for outputs that an attribute ``dtype`` names the type of.

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
    for i, entry in enumerate(outputs):
        # Its first output are values of the data unless it gives indices alone.
        values = operator.name == "topk" and i == 0 and node.filled["ret_typ"] != "indices"
        found = common if values else named or common
        if found is not None:
            known.setdefault(entry, found)


def _named(node: Node) -> torch.dtype | None:
    """Return the type that an operator's outputs have by name or by nature."""
    operator = node.operator
    if operator is None:
        return None
    named: Any = node.filled.get("dtype") or node.filled.get("out_type")
    if isinstance(named, str) and isinstance(getattr(torch, named, None), torch.dtype):
        return getattr(torch, named)
    return _FIXED.get(operator.name)
