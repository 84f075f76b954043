"""A whole model on disk: how its Blocks nest, their graphs, their values; MXNet's ``Block.save`` and ``Block.load``."""

import json
from typing import TYPE_CHECKING, Any

from regluon.core.errors import FormatError
from regluon.core.files import write_text
from regluon.gluon.graph import Graph
from regluon.sym.node import Entry
from regluon.sym.symbol import Symbol

if TYPE_CHECKING:
    from regluon.gluon.block import Block

__all__ = ["load", "save"]


def save(block: "Block", prefix: str) -> None:
    """Write the files.

    Args:
        block: any Block.
        prefix: what ``-model.json`` and ``-model.params`` are appended to.
    """
    model: dict[str, Any] = {}
    _describe(block, [0], model)
    write_text(f"{prefix}-model.json", json.dumps(model))
    block.save_parameters(f"{prefix}-model.params")


def load(block: "Block", prefix: str) -> None:
    """Read the files into a Block that was made as the saved one was; names of Parameters stay what they are here.

    Raises:
        FormatError: the file is of a Block that nests otherwise, or no such file.
    """
    file = f"{prefix}-model.json"
    with open(file, encoding="utf-8") as stream:  # noqa: PTH123 - the prefix may end in a folder's name
        try:
            model = json.load(stream)
        except ValueError as error:
            raise FormatError(f"load: {file} must be written by save, got no JSON ({error})") from None
    hybridized: list[tuple[Any, bool]] = []
    _follow(block, [0], model, file, hybridized)
    for one, active in hybridized:
        one.__dict__["_active"] = active
        one._clear_cached_op()
    block.load_parameters(f"{prefix}-model.params")


def _describe(block: "Block", index: list[int], structure: dict[str, Any]) -> None:
    """Add a Block under its class and running number, and its children within."""
    own: dict[str, Any] = {"orig_name": block.name}
    structure[_key(block, index)] = own
    graphs = vars(block).get("_graphs")  # HybridBlocks alone have them
    if graphs is not None:
        own["hybridized"] = bool(graphs)
    if graphs:
        own.update(_graph(next(iter(graphs.values()))))
    own["children"] = {child.name: name for name, child in block._children.items()}
    for child in block._children.values():
        index[0] += 1
        _describe(child, index, own)


def _graph(graph: Graph) -> dict[str, Any]:
    inputs = [Symbol([Entry(node)]).tojson() for node in graph.inputs]
    return {
        "in_format": _format(graph.asked),
        "out_format": _format(graph.nesting),
        "inputs": inputs,
        "symbol": graph.symbol().tojson(),
    }


def _format(nesting: Any) -> Any:
    """Write None as MXNet does."""
    return (
        [_format(one) for one in nesting] if isinstance(nesting, (list, tuple)) else -1 if nesting is None else nesting
    )


def _follow(block: "Block", index: list[int], structure: Any, file: str, hybridized: list[tuple[Any, bool]]) -> None:
    """Compare a Block with its description, and note which were hybridized."""
    key = _key(block, index)
    own = structure.get(key) if isinstance(structure, dict) else None
    if not isinstance(own, dict):
        there = ", ".join(structure) if isinstance(structure, dict) else repr(structure)
        raise FormatError(f"load: {file} must nest Blocks as here, where {key} comes next, got {there}")
    if "hybridized" in own:
        hybridized.append((block, bool(own["hybridized"])))
    for child in block._children.values():
        index[0] += 1
        _follow(child, index, own, file, hybridized)


def _key(block: "Block", index: list[int]) -> str:
    return f"{type(block).__name__.lower()}{index[0]}"
