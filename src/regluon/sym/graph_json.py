"""Graphs as the JSON texts of MXNet's ``-symbol.json`` files."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from regluon.core.errors import FormatError, MXNetError
from regluon.ops.registry import find
from regluon.sym.node import Entry, Node, walk

__all__ = ["VERSION", "dump", "parse", "read"]

VERSION = 10901
"""The MXNet release, 1.9.1, whose files these are."""


def dump(entries: Sequence[Entry]) -> str:
    """Write a graph as text."""
    nodes = walk(entries)
    ids = {node: i for i, node in enumerate(nodes)}
    rows = [0]
    for node in nodes:
        hidden = node.operator.hidden if node.operator else 0
        rows.append(rows[-1] + len(node.outputs) + (hidden if len(node.outputs) == 1 else 0))
    graph = {
        "nodes": [_node(node, ids) for node in nodes],
        "arg_nodes": [ids[node] for node in nodes if node.operator is None],
        "node_row_ptr": rows,
        "heads": [[ids[entry.node], entry.index, 0] for entry in entries],
        "attrs": {"mxnet_version": ["int", VERSION]},
    }
    return json.dumps(graph, indent=2)


def _node(node: Node, ids: dict[Node, int]) -> dict[str, Any]:
    record: dict[str, Any] = {"op": node.operator.name if node.operator else "null", "name": node.name}
    attributes = {**node.given, **node.extra}
    if node.operator is not None and node.operator.variadic and "num_args" not in attributes:
        attributes["num_args"] = str(len(node.inputs) // node.operator.per_argument)
    if attributes:
        record["attrs"] = dict(sorted(attributes.items()))
    # The third number is the version of a state: 1, as the operator has changed it once.
    states = {id(state) for state in node.states}
    record["inputs"] = [[ids[e.node], e.index, int(id(e.node) in states)] for e in node.inputs]
    return record


def read(path: str | Path) -> list[Entry]:
    """Read a graph from a file."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise FormatError(f"{path}: a graph must be UTF-8 text, got other bytes at offset {error.start}") from None
    try:
        return parse(text)
    except MXNetError as error:
        error.add_note(f"in file {path}")
        raise


def parse(text: str) -> list[Entry]:
    """Read a graph from text; nothing in it is evaluated."""
    try:
        graph = json.loads(text)
        records, heads = graph["nodes"], graph["heads"]
        nodes: list[Node] = []
        for record in records:
            nodes.append(_read_node(record, nodes))
        return [Entry(nodes[head[0]], head[1] if len(head) > 1 else 0) for head in map(_pair, heads)]
    except (json.JSONDecodeError, RecursionError) as error:
        raise FormatError(f"graph: must be JSON, got {text[:40]!r} ({error})") from None
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        if isinstance(error, MXNetError):
            raise
        raise FormatError(f"graph: must be an MXNet graph with nodes and heads, got a text that breaks off: {error}") from None


def _pair(value: Any) -> list[int]:
    numbers = [value, 0] if isinstance(value, int) else list(value)
    if not all(isinstance(one, int) and one >= 0 for one in numbers):
        raise TypeError(f"an entry must be ints >= 0, got {value!r}")
    return numbers


def _read_node(record: dict[str, Any], before: list[Node]) -> Node:
    # Old files part what new ones have together: "param" are the operator's, "attr" the user's.
    attributes = {**record.get("param", {}), **record.get("attr", {}), **record.get("attrs", {})}
    attributes = {str(key): str(value) for key, value in attributes.items()}
    pairs = [_pair(one) for one in record["inputs"]]
    if any(pair[0] >= len(before) for pair in pairs):
        raise TypeError(f"node {record['name']!r} takes an input that comes after it")
    inputs = tuple(Entry(before[pair[0]], pair[1]) for pair in pairs)
    if record["op"] == "null":
        return Node(None, record["name"], extra=attributes)
    try:
        operator = find(record["op"])
        own = {key: value for key, value in attributes.items() if key in operator.attributes}
        extra = {key: value for key, value in attributes.items() if key not in own and key != "num_args"}
        unknown = [key for key in extra if not (key.startswith("__") or key in _USER_KEYS)]
        if unknown:
            operator._refuse(unknown[0])
        return Node(operator, record["name"], inputs, own, extra)
    except MXNetError as error:
        error.add_note(f"in node {record['name']!r} ({record['op']})")
        raise


# Attributes of the user's that old files write without underscores.
_USER_KEYS = ("ctx_group", "lr_mult", "wd_mult", "force_mirroring", "mirror_stage", "weight_lr_mult")
