"""Nodes of a graph, and the one way to walk them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from regluon.ops.registry import Operator

__all__ = ["Entry", "Node", "created", "substitute", "variables", "walk"]


@dataclass(slots=True, eq=False)
class Node:
    """A variable, or an operator applied to entries of other nodes.

    Attributes:
        operator: None for a variable.
        name: unique in a well-made graph, but nothing depends on it.
        inputs: the entries it is applied to; left-out inputs do not appear.
        given: the operator's attributes as they were given, as texts.
        extra: the user's attributes, such as ``__shape__`` and ``__lr_mult__``.
        filled: all of the operator's attributes as values.
        bodies: outputs of each graph within it, for an operator that runs graphs. Their variables are nobody else's.
    """

    operator: Operator | None
    name: str
    inputs: "tuple[Entry, ...]" = ()
    given: dict[str, str] = field(default_factory=dict)
    extra: dict[str, str] = field(default_factory=dict)
    filled: dict[str, Any] = field(default_factory=dict)
    bodies: "tuple[tuple[Entry, ...], ...]" = ()

    def __post_init__(self) -> None:
        if self.operator is not None:
            self.filled = self.operator.fill(self.given)

    @property
    def wanted(self) -> tuple[str, ...]:
        """Names of the inputs that the operator takes with these attributes."""
        if self.operator is None:
            return ()
        if self.operator.variadic:
            return tuple(f"arg{i}" for i in range(len(self.inputs)))
        omitted = self.operator.omit(self.filled)
        return tuple(name for name in self.operator.inputs if name not in omitted)

    @property
    def slots(self) -> tuple[str, ...]:
        """Names of the operator's inputs, one for each entry of ``inputs``."""
        return self.wanted[: len(self.inputs)]

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the visible outputs, as ``list_outputs`` shows them."""
        if self.operator is None:
            return (self.name,)
        return tuple([f"{self.name}_{output}" for output in self.operator.outputs(self.filled)])

    def arguments(
        self, inputs: Sequence[Any], training: Any, dialect: Any, bodies: Any = ()
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return what the operator's function gets for given inputs, by position and by name.

        Args:
            inputs: a value for each entry of ``inputs``.
            training: for an operator that behaves differently in training.
            dialect: for an operator that has two sets of numbers.
            bodies: for an operator that runs graphs: a callable for each of them.
        """
        operator = self.operator
        if operator is None:
            return (), {}
        options = dict(self.filled)
        if operator.trains:
            options["training"] = training
        if operator.speaks:
            options["dialect"] = dialect
        if operator.contains:
            options["bodies"] = bodies
        if operator.fuses:
            inner = walk(entry for body in self.bodies for entry in body)
            options["stages"] = tuple((one.operator.name, one.filled) for one in inner if one.operator is not None)
        if operator.variadic:
            return tuple(inputs), options
        return (), {**dict(zip(self.slots, inputs, strict=True)), **options}

    @property
    def rows(self) -> int:
        """How many outputs graph files count, the hidden ones too."""
        shown = len(self.outputs)
        return shown if self.operator is None or shown > 1 else shown + self.operator.hidden(self.filled)

    @property
    def states(self) -> tuple["Node", ...]:
        """The variables that the operator changes (moving averages)."""
        if self.operator is None:
            return ()
        if self.operator.fuses:
            # Its graph gets the first inputs, and is what says which of them are states.
            inner = walk(entry for body in self.bodies for entry in body)
            _, states = variables(inner)
            leaves = [node for node in inner if node.operator is None]
            return tuple(self.inputs[leaves.index(state)].node for state in states)
        if self.operator.named is not None:
            arguments, _ = self.operator.named(self.filled)
            return tuple(entry.node for entry in self.inputs[len(arguments) :])
        if not self.operator.mutates:
            return ()
        entries = zip(self.slots, self.inputs, strict=True)
        return tuple(entry.node for name, entry in entries if name in self.operator.mutates)


@dataclass(frozen=True, slots=True)
class Entry:
    """One output of a node."""

    node: Node
    index: int = 0

    @property
    def name(self) -> str:
        """Name of the output."""
        return self.node.outputs[self.index]


# How MXNet has inputs begin that it makes variables of.
_INITIAL = {
    "moving_mean": '["zero", {}]',
    "moving_var": '["one", {}]',
    ("LeakyReLU", "gamma"): '["Constant", {"value": 0.25}]',
}


def created(operator: Operator, name: str, slot: str, attributes: Mapping[str, str]) -> Node:
    """Make the variable of an input that was not given to a node of an operator.

    Args:
        operator: the operator.
        name: name of the node.
        slot: name of the input.
        attributes: those of the node, which the variable gets too.
    """
    initial = _INITIAL.get(slot) or _INITIAL.get((operator.name, slot))
    return Node(None, f"{name}_{slot}", extra={**({"__init__": initial} if initial else {}), **attributes})


def walk(entries: Iterable[Entry]) -> list[Node]:
    """List all nodes the entries depend on, each after its inputs, depth first as MXNet orders them.

    Graphs may be deeper than Python's stack, so the walk keeps one of its own.
    """
    order: list[Node] = []
    done: set[int] = set()
    stack = [(entry.node, 0) for entry in reversed(list(entries))]
    while stack:
        node, position = stack.pop()
        if id(node) in done:
            continue
        if position < len(node.inputs):
            stack.append((node, position + 1))
            stack.append((node.inputs[position].node, 0))
        else:
            done.add(id(node))
            order.append(node)
    return order


def variables(nodes: Sequence[Node]) -> tuple[list[Node], list[Node]]:
    """Part the variables among nodes into arguments and auxiliary states."""
    states = {id(state) for node in nodes for state in node.states}
    leaves = [node for node in nodes if node.operator is None]
    return [node for node in leaves if id(node) not in states], [node for node in leaves if id(node) in states]


def substitute(
    entries: Sequence[Entry], by: Mapping[Node, Entry], name: str | None = None, outputs: Iterable[Node] = ()
) -> list[Entry]:
    """Copy a graph with some variables replaced; the other variables stay the same nodes.

    Args:
        entries: outputs of the graph.
        by: what each replaced variable becomes.
        name: a new name for the nodes in ``outputs``.
        outputs: the nodes to rename.
    """
    renamed = set(outputs)
    copies: dict[Node, Node] = {}

    def moved(entry: Entry) -> Entry:
        return by[entry.node] if entry.node in by else Entry(copies[entry.node], entry.index)

    for node in walk(entries):
        if node.operator is None:
            copies[node] = node
        else:
            own = name if name and node in renamed else node.name
            inputs = tuple(moved(entry) for entry in node.inputs)
            copies[node] = Node(node.operator, own, inputs, dict(node.given), dict(node.extra), bodies=node.bodies)
    return [moved(entry) for entry in entries]
