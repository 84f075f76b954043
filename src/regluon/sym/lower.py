"""Running a graph: it becomes a ``torch.fx`` module whose code calls the operators' functions in order."""

import operator as python
from collections.abc import Sequence

import torch
from torch import fx

from regluon.core.device import Device
from regluon.core.mode import current_dialect
from regluon.ops.registry import Operator
from regluon.sym.node import Entry, Node, walk

__all__ = ["lower"]


def lower(entries: Sequence[Entry], training: bool = False) -> fx.GraphModule:
    """Make a module of a graph.

    Args:
        entries: outputs of the graph.
        training: whether operators behave as in training; then states are changed in place.

    Returns:
        A module that takes one tensor for each variable, in the order of ``list_inputs``, and returns a tuple.
    """
    graph, root = fx.Graph(), torch.nn.Module()
    values: dict[Entry, fx.Node] = {}
    for i, node in enumerate(walk(entries)):
        if node.operator is None:
            values[Entry(node)] = graph.placeholder(f"{_word(node.name)}_{i}")
        else:
            bodies = [_attached(graph, root, lower(body, training)) for body in node.bodies]
            _emit(graph, node, node.operator, values, training, bodies)
    graph.output(tuple(values[entry] for entry in entries))
    return fx.GraphModule(root, graph, class_name="LoweredGraph")


def _attached(graph: fx.Graph, root: torch.nn.Module, body: fx.GraphModule) -> fx.Node:
    """Make a lowered graph a part of the one around it."""
    name = f"body_{len(root._modules)}"
    root.add_module(name, body)
    return graph.get_attr(name)


def _emit(
    graph: fx.Graph,
    node: Node,
    operator: Operator,
    values: dict[Entry, fx.Node],
    training: bool,
    bodies: list[fx.Node],
) -> None:
    """Add the calls of one node: its function, the parting of its outputs, the update of its states."""
    inputs = [values[entry] for entry in node.inputs]
    dialect = graph.call_function(current_dialect) if operator.speaks else None
    given, options = node.arguments(inputs, training, dialect, bodies)
    # The code of a graph can hold a device's name, not the device.
    options = {name: str(one) if isinstance(one, Device) else one for name, one in options.items()}
    call = graph.call_function(operator.function, given, options)
    count = len(node.outputs)
    if count + len(operator.mutates) == 1:
        # A function returns a tuple only if there is more than one thing to return.
        values[Entry(node)] = call
        return
    for i in range(count):
        values[Entry(node, i)] = graph.call_function(python.getitem, (call, i))
    if training:
        for i, name in enumerate(operator.mutates):
            new = graph.call_function(python.getitem, (call, count + i))
            graph.call_function(_update, (inputs[node.slots.index(name)], new))


def _update(state: torch.Tensor, new: torch.Tensor) -> None:
    """Write a state's new value in place."""
    if new is not state:
        with torch.no_grad():
            state.copy_(new)


def _word(name: str) -> str:
    """Turn a variable's name into one that Python code may hold."""
    word = "".join(letter if letter.isalnum() and letter.isascii() else "_" for letter in name).strip("_")
    return f"v_{word}" if not word or word[0].isdigit() else word
