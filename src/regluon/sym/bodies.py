"""Graphs within the nodes of a graph: where their variables get values, and what of the node comes from them.

Nodes of ``_foreach``, ``_while_loop`` and ``_cond`` run them; their attributes tie inputs and variables together by
places in lists. A fused node (``_sg_mkldnn_conv``) does in one what its graph says, which gets the node's first inputs.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from regluon.core.errors import FormatError
from regluon.sym.node import Entry, Node, walk

__all__ = ["Body", "bodies_of", "variables_of"]


@dataclass(frozen=True, slots=True)
class Body:
    """One graph within a node.

    Attributes:
        outputs: its outputs.
        variables: its variables in order.
        sources: for each variable, which input of the node it gets.
        sliced: inputs of the node of which the body gets one slice after the other.
        gives: whether its outputs are those of the node.
        stacked: how many of these, from the first, are stacked step by step.
        length: how many steps are stacked, where the attributes say it.
        again: pairs of an input and an output of the node that look alike: a state before and after.
    """

    outputs: tuple[Entry, ...]
    variables: tuple[Node, ...]
    sources: tuple[int, ...]
    sliced: frozenset[int] = frozenset()
    gives: bool = False
    stacked: int = 0
    length: int | None = None
    again: tuple[tuple[int, int], ...] = ()


def bodies_of(node: Node) -> list[Body]:
    """Return the graphs within a node.

    Raises:
        FormatError: attributes, inputs and graphs do not go together; only a file that is wrong can do that.
    """
    if node.operator is None or not node.operator.contains:
        if node.bodies:
            raise FormatError(f"graph: subgraphs must be none for this operator, got {len(node.bodies)}")
        return []
    count, read = _READERS.get(node.operator.name, (1, _fused))
    if len(node.bodies) != count:
        raise FormatError(f"graph: subgraphs must be {count} for this operator, got {len(node.bodies)}")
    try:
        found = list(read(node))
    except (IndexError, ValueError):
        found = []
    if not found or not all(_fits(node, one) for one in found):
        raise FormatError("graph: attributes and inputs must fit the subgraphs, got ones that do not")
    return found


def variables_of(outputs: tuple[Entry, ...]) -> tuple[Node, ...]:
    """Return the variables of a graph in order."""
    return tuple(node for node in walk(outputs) if node.operator is None)


def _foreach(node: Node) -> Iterator[Body]:
    given, (outputs,) = node.filled, node.bodies
    sliced, states, stacked = given["in_data_locs"], given["in_state_locs"], given["num_out_data"]
    places = [*sliced, *states, *given["remain_locs"]]
    sources = tuple(places.index(place) for place in range(len(places)))
    again = tuple((len(sliced) + i, stacked + i) for i in range(len(states)))
    yield Body(outputs, variables_of(outputs), sources, frozenset(range(len(sliced))), True, stacked, None, again)


def _while_loop(node: Node) -> Iterator[Body]:
    given, (condition, step) = node.filled, node.bodies
    yield Body(condition, variables_of(condition), given["cond_input_locs"])
    sources, stacked = given["func_input_locs"], given["num_out_data"]
    again = tuple((sources[place], stacked + i) for i, place in enumerate(given["func_var_locs"]))
    yield Body(step, variables_of(step), sources, frozenset(), True, stacked, given["max_iterations"], again)


def _cond(node: Node) -> Iterator[Body]:
    for name, outputs in zip(("cond", "then", "else"), node.bodies, strict=True):
        yield Body(outputs, variables_of(outputs), node.filled[f"{name}_input_locs"], gives=name != "cond")


def _fused(node: Node) -> Iterator[Body]:
    for outputs in node.bodies:
        variables = variables_of(outputs)
        yield Body(outputs, variables, tuple(range(len(variables))))


_READERS: Mapping[str, tuple[int, Callable[[Node], Iterator[Body]]]] = {
    "_foreach": (1, _foreach),
    "_while_loop": (2, _while_loop),
    "_cond": (3, _cond),
}


def _fits(node: Node, body: Body) -> bool:
    """Tell whether every variable has an input and every state a result."""
    if len(body.sources) != len(body.variables) or not all(0 <= one < len(node.inputs) for one in body.sources):
        return False
    if not body.gives:
        return len(body.outputs) == 1
    states = len(body.again) if body.again else len(body.outputs) - body.stacked
    return len(body.outputs) == len(node.outputs) == body.stacked + states
