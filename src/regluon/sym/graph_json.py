"""Graphs as the JSON texts of MXNet's ``-symbol.json`` files."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from regluon.core.errors import FormatError, MXNetError
from regluon.ops.registry import Operator, find
from regluon.sym.attributes import kept
from regluon.sym.bodies import bodies_of
from regluon.sym.node import Entry, Node, created, walk

__all__ = ["VERSION", "dump", "parse", "read"]

VERSION = 10901
"""The MXNet release, 1.9.1, whose files these are."""

# Attributes that say how many outputs a node has: a name is made for each.
_COUNTS = ("num_outputs", "sections")
_MOST_DIGITS = 6
_DEEPEST = 16

_CASTS = ("amp_cast", "amp_multicast")


def dump(entries: Sequence[Entry], remove_amp_cast: bool = False) -> str:
    """Write a graph as text.

    Args:
        entries: outputs of the graph.
        remove_amp_cast: leave out the casts that mixed precision put between the operators.
    """
    graph = _graph(_without_casts(entries) if remove_amp_cast else entries)
    attributes = {"mxnet_version": ["int", VERSION]}
    if any(node["op"].startswith("_np") for node in graph["nodes"]):
        # Sizes 0 and no axes mean what they say.
        attributes["is_np_shape"] = ["int", 1]
    return json.dumps({**graph, "attrs": attributes}, indent=2)


def _without_casts(entries: Sequence[Entry]) -> Sequence[Entry]:
    """Copy a graph, every node taking what went into a cast; the outputs themselves stay."""
    nodes = walk(entries)
    if not any(node.operator is not None and node.operator.name in _CASTS for node in nodes):
        return entries
    copies: dict[Node, Node] = {}

    def source(entry: Entry) -> Entry:
        while entry.node.operator is not None and entry.node.operator.name in _CASTS:
            entry = entry.node.inputs[entry.index]
        return Entry(copies[entry.node], entry.index)

    for node in nodes:
        inputs = tuple(source(entry) for entry in node.inputs)
        copies[node] = node if node.operator is None else replace(node, inputs=inputs)
    return [Entry(copies[entry.node], entry.index) for entry in entries]


def _graph(entries: Sequence[Entry]) -> dict[str, Any]:
    nodes = walk(entries)
    ids = {node: i for i, node in enumerate(nodes)}
    rows = [0]
    for node in nodes:
        rows.append(rows[-1] + node.rows)
    return {
        "nodes": [_record(node, ids) for node in nodes],
        "arg_nodes": [ids[node] for node in nodes if node.operator is None],
        "node_row_ptr": rows,
        "heads": [[ids[entry.node], entry.index, 0] for entry in entries],
    }


def _record(node: Node, ids: dict[Node, int]) -> dict[str, Any]:
    record: dict[str, Any] = {"op": node.operator.name if node.operator else "null", "name": node.name}
    attributes = {**node.given, **node.extra}
    if attributes:
        record["attrs"] = dict(sorted(attributes.items()))
    # The third number is the version of a state: 1, as the operator has changed it once.
    states = set(node.states)
    record["inputs"] = [[ids[e.node], e.index, int(e.node in states)] for e in node.inputs]
    if node.bodies:
        record["subgraphs"] = [_graph(body) for body in node.bodies]
    return record


def read(path: str | Path) -> list[Entry]:
    """Read a graph from a file."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise FormatError(f"{path}: must be a file that can be read, got {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise FormatError(f"{path}: a graph must be UTF-8 text, got other bytes at offset {error.start}") from None
    try:
        return parse(text)
    except MXNetError as error:
        error.add_note(f"in file {path}")
        raise


def parse(text: str) -> list[Entry]:
    """Read a graph from text; nothing in it is evaluated.

    Raises:
        FormatError: the text is no graph.
        UnknownNameError: it has an operator that is not supported; the node is named.
    """
    try:
        graph = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FormatError(f"graph: must be JSON, got {text[:40]!r} ({error})") from None
    return _heads(graph, _version(graph), 0)


def _version(graph: Any) -> int:
    """Return the release that wrote a graph; files older than 0.9 do not say."""
    attributes = graph.get("attrs") if isinstance(graph, dict) else None
    written = attributes.get("mxnet_version") if isinstance(attributes, dict) else None
    number = written[-1] if isinstance(written, list) and written else 800
    return number if type(number) is int else 800


def _heads(graph: Any, version: int, depth: int) -> list[Entry]:
    """Read a graph, which lies so deep within others."""
    if depth > _DEEPEST:
        raise FormatError(f"graph: subgraphs must be at most {_DEEPEST} within each other, got more")
    nodes: list[Node] = []
    for place, record in enumerate(_items(graph, "nodes")):
        nodes.append(_node(place, record, nodes, version, depth))
    heads = [_entry("heads", value, nodes) for value in _items(graph, "heads")]
    if not heads:
        raise FormatError("graph: heads must be at least one output, got none")
    return heads


def _items(record: Any, key: str) -> list[Any]:
    value = record.get(key) if isinstance(record, dict) else None
    if not isinstance(value, list):
        raise FormatError(f"graph: {key} must be a list, got {value!r:.40}")
    return value


def _text(place: int, record: Any, key: str) -> str:
    value = record.get(key) if isinstance(record, dict) else None
    if not isinstance(value, str) or not value.isprintable():
        raise FormatError(f"graph: {key} of node {place} must be a text, got {value!r:.40}")
    return value


def _entry(where: str, value: Any, nodes: Sequence[Node]) -> Entry:
    """Read ``[node, output, version]``, ``[node, output]`` or ``node``."""
    numbers = value if isinstance(value, list) else [value]
    if not 1 <= len(numbers) <= 3 or any(type(one) is not int or one < 0 for one in numbers):
        raise FormatError(f"graph: an entry of {where} must be up to 3 ints >= 0, got {value!r:.40}")
    number, index = numbers[0], numbers[1] if len(numbers) > 1 else 0
    if number >= len(nodes):
        raise FormatError(f"graph: an entry of {where} must be of a node before it, got node {number}")
    count = len(nodes[number].outputs)
    if index >= count:
        raise FormatError(f"graph: an entry of {where} must be one of {count} outputs of node {number}, got {index}")
    return Entry(nodes[number], index)


def _node(place: int, record: Any, before: list[Node], version: int, depth: int) -> Node:
    kind, name = _text(place, record, "op"), _text(place, record, "name")
    inputs = tuple(_entry(f"node {name!r}", one, before) for one in _items(record, "inputs"))
    attributes: dict[str, str] = {}
    # Old files part what new ones have together: "param" are the operator's, "attr" the user's.
    for key in ("param", "attr", "attrs"):
        part = record.get(key, {})
        if not isinstance(part, dict):
            raise FormatError(f"graph: {key} of node {name!r} must be a table, got {part!r:.40}")
        attributes.update({one: str(value) for one, value in part.items()})
    if kind == "null":
        return Node(None, name, extra=kept(name, attributes))
    try:
        operator = find(kind)
        if version < 905 and kind in ("argmax", "argmin") and attributes.get("axis") == "-1":
            del attributes["axis"]  # which then meant all axes
        for key in _COUNTS:
            if len(attributes.get(key, "")) > _MOST_DIGITS:
                raise FormatError(f"graph: {key} must be at most {'9' * _MOST_DIGITS}, got {attributes[key]:.40}")
        bodies = tuple(
            tuple(_heads(one, version, depth + 1)) for one in _items({"subgraphs": [], **record}, "subgraphs")
        )
        node = _applied(operator, name, inputs, attributes)
        node.bodies = bodies
        bodies_of(node)
        return node
    except MXNetError as error:
        error.add_note(f"in node {name!r} ({kind})")
        raise


def _applied(operator: Operator, name: str, inputs: tuple[Entry, ...], attributes: dict[str, str]) -> Node:
    """Make the node of an operator; what only old files do is brought to the new ways."""
    own = {
        key: value
        for key, value in attributes.items()
        if key in operator.attributes or key == "num_args" or (operator.named is not None and not key.startswith("__"))
    }
    node = Node(operator, name, inputs, own)
    wanted = node.wanted
    if len(inputs) > len(wanted):
        raise FormatError(f"graph: inputs must be at most {len(wanted)}, got {len(inputs)}")
    for slot in wanted[len(inputs) :]:
        # Files older than 0.9 do not list the states.
        if slot in operator.mutates:
            node.inputs += (Entry(created(operator, name, slot, {})),)
        elif slot not in operator.optional:
            raise FormatError(f"graph: inputs must be {', '.join(wanted)}, got {len(inputs)} of them")
    # MXNet 2 writes its new attributes out where they are not used.
    extra = {key: value for key, value in attributes.items() if key not in own and value != "None"}
    for key in [key for key in extra if key.endswith(("_lr_mult", "_wd_mult"))]:
        slot, plain = key[: -len("_lr_mult")], key[-len("lr_mult") :]
        if slot in node.slots:
            node.inputs[node.slots.index(slot)].node.extra[f"__{plain}__"] = extra.pop(key)
    node.extra = kept(name, extra, operator)
    return node
