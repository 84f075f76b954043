"""Loops and choices as nodes of a graph: what they do at every step becomes a graph within the node.

As in MXNet, a symbol from outside that a step uses becomes an input of the node, and the step has a variable for it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from regluon.core.errors import ArgumentError, ArgumentTypeError
from regluon.core.names import AttrScope, current_attributes, current_names
from regluon.core.nested import flatten, regroup
from regluon.ops.attr import to_text
from regluon.ops.registry import find
from regluon.sym.attributes import kept
from regluon.sym.lift import lift
from regluon.sym.node import Entry, Node, walk
from regluon.sym.symbol import Symbol, var

__all__ = ["cond", "foreach", "while_loop"]

_SCOPE = "__subgraph_name__"
_identity = lift(find("_copy"), "identity")


def foreach(body: Callable[..., Any], data: Any, init_states: Any, name: str = "foreach") -> tuple[Any, Any]:
    """Go through arrays slice by slice, and hand states on from one to the next (MXNet, ``foreach``).

    Args:
        body: gets a slice of each array and the states, nested as ``data`` and ``init_states`` are; returns outputs and
            as many states. It must use them all.
        data: a symbol, or nested lists of them, of arrays of one length along the first axis.
        init_states: the states that the first step gets, a symbol or nested lists of them; may be an empty list.
        name: begins the name of the graph of one step.

    Returns:
        The outputs of all steps, each stacked along a new first axis, and the last states.

    Examples:
        >>> from regluon import nd, sym
        >>> total, last = sym.contrib.foreach(lambda x, s: (x + s, x + s), sym.var("rows"), sym.var("start"))
        >>> total.eval(rows=nd.array([[1], [2], [3]]), start=nd.array([0]))[0].asnumpy().ravel()
        array([1., 3., 6.], dtype=float32)
    """
    arrays, states = _symbols("foreach", "data", data), _symbols("foreach", "init_states", init_states)
    with _scope(name) as scope:
        slices, before = _variables(arrays), _variables(states)
        results = body(regroup(iter(slices), data), regroup(iter(before), init_states))
        outputs, after = _pair("foreach", "body", results)
        stacked, new = _symbols("foreach", "outputs", outputs), _symbols("foreach", "states", after)
        if len(new) != len(states):
            raise ArgumentError(
                f"foreach: body must return as many states as init_states has, {len(states)}, got {len(new)}"
            )
        step = _Step(scope, [*slices, *before], _apart(scope, stacked, new))
    own = [step.place("foreach", kind, one) for kind, one in (*_named("data", slices), *_named("state", before))]
    given = {
        "num_outputs": len(stacked) + len(new),
        "num_out_data": len(stacked),
        "in_state_locs": own[len(slices) :],
        "in_data_locs": own[: len(slices)],
        "remain_locs": [place for place in range(len(step.variables)) if place not in own],
    }
    entries = [one._entries[0] for one in (*arrays, *states)] + [source for _, source in step.outside]
    results = _node("_foreach", entries, [step], given)
    return regroup(results, outputs), regroup(results, after)


def while_loop(
    cond: Callable[..., Symbol],
    func: Callable[..., Any],
    loop_vars: Any,
    max_iterations: int | None = None,
    name: str = "while_loop",
) -> tuple[Any, Any]:
    """Repeat steps while a condition holds (MXNet, ``while_loop``).

    Args:
        cond: gets the variables, one argument each; returns a symbol of one element.
        func: gets the same; returns outputs of the step (None or ``[]`` for none) and as many new variables. It must
            use them all.
        loop_vars: the variables at first, a symbol or a list of them.
        max_iterations: how many steps at most.
        name: begins the names of the graphs of the condition and of one step.

    Returns:
        The outputs of all steps, each stacked along a new first axis of ``max_iterations`` places, of which those after
        the last step hold zeros (in MXNet anything). Then the last variables.

    Examples:
        >>> from regluon import nd, sym
        >>> squares, (i,) = sym.contrib.while_loop(
        ...     lambda i: i < 3, lambda i: (i * i, [i + 1]), [sym.var("i")], max_iterations=4
        ... )
        >>> squares.eval(i=nd.array([1]))[0].asnumpy().ravel()
        array([1., 4., 0., 0.], dtype=float32)
    """
    if max_iterations is None:
        raise ArgumentError("while_loop: max_iterations must be an int, got None")
    values = _symbols("while_loop", "loop_vars", loop_vars)
    if not values:
        raise ArgumentError("while_loop: loop_vars must hold a Symbol or more, got none")
    with _scope(f"{name}_cond") as scope:
        inner = _variables(values)
        results = _symbols("while_loop", "the condition", cond(*_listed(regroup(iter(inner), loop_vars))))
        if len(results) != 1:
            raise ArgumentError(f"while_loop: cond must return one Symbol, got {len(results)}")
        condition = _Step(scope, inner, _apart(scope, results))
    with _scope(f"{name}_func") as scope:
        inner = _variables(values)
        outputs, after = _pair("while_loop", "func", func(*_listed(regroup(iter(inner), loop_vars))))
        stacked, new = _symbols("while_loop", "outputs", outputs), _symbols("while_loop", "variables", after)
        if len(new) != len(values):
            raise ArgumentError(
                f"while_loop: func must return as many variables as loop_vars has, {len(values)}, got {len(new)}"
            )
        step = _Step(scope, inner, _apart(scope, [*stacked, *new]))
    own = [step.place("while_loop", kind, one) for kind, one in _named("variable", inner)]
    entries, sources = _joined([condition, step], [one._entries[0] for one in values], by_name=False)
    given = {
        "max_iterations": int(max_iterations),
        "cond_input_locs": sources[0],
        "func_input_locs": sources[1],
        "func_var_locs": own,
        "num_out_data": len(stacked),
        "num_outputs": len(stacked) + len(new),
    }
    found = _node("_while_loop", entries, [condition, step], given)
    outputs = regroup(found, outputs)
    return [] if outputs is None else outputs, regroup(found, loop_vars)


def cond(pred: Symbol, then_func: Callable[[], Any], else_func: Callable[[], Any], name: str = "cond") -> Any:
    """Do one of two things (MXNet, ``cond``).

    Args:
        pred: a symbol of one element that decides.
        then_func: called without arguments for what is done if that is not 0.
        else_func: called for what is done if it is; returns as many symbols.
        name: begins the names of the graphs.

    Returns:
        Symbols of what the chosen one gives, nested as ``then_func`` returns them.

    Examples:
        >>> from regluon import nd, sym
        >>> x = sym.var("x")
        >>> chosen = sym.contrib.cond(x > 1, lambda: x * 10, lambda: x - 10)
        >>> chosen.eval(x=nd.array([2]))[0].asscalar().item()
        20.0
    """
    steps, nestings = [], []
    for part, function in (("pred", lambda: pred), ("then", then_func), ("else", else_func)):
        with _scope(f"{name}_{part}") as scope:
            results = function()
            nestings.append(results)
            steps.append(_Step(scope, [], _apart(scope, _symbols("cond", part, results))))
    counts = [len(step.outputs) for step in steps]
    if counts[0] != 1 or counts[1] != counts[2] or not counts[1]:
        raise ArgumentError(
            "cond: pred must be one Symbol, and then_func and else_func return as many as each other, 1 or more, "
            f"got {counts[0]}, {counts[1]} and {counts[2]}"
        )
    entries, sources = _joined(steps, [], by_name=True)
    names = ("cond_input_locs", "then_input_locs", "else_input_locs")
    given = {**dict(zip(names, sources, strict=True)), "num_outputs": counts[1]}
    return regroup(_node("_cond", entries, steps, given), nestings[1])


class _Step:
    """One graph within a node, cut off from the graph that its symbols were made in.

    Args:
        scope: the attribute by which its nodes are known.
        own: the variables that were made for it.
        results: what it computes.

    Attributes:
        outputs: its outputs.
        variables: its variables in order.
        outside: those of them that stand for something outside, and for what.
        own: the variables that were made for it.
    """

    def __init__(self, scope: str, own: Sequence[Symbol], results: Sequence[Symbol]) -> None:
        self.own = [one._entries[0].node for one in own]
        self._copies = dict(zip(self.own, self.own, strict=True))
        self._stand_ins: dict[Entry, Node] = {}
        entries = [one._entries[0] for one in results]
        for node in walk(entries):
            inside = any(entry.node in self._copies for entry in node.inputs)
            if node.operator is not None and (inside or node.extra.get(_SCOPE) == scope):
                inputs = tuple(self._moved(entry, scope) for entry in node.inputs)
                self._copies[node] = Node(
                    node.operator, node.name, inputs, dict(node.given), dict(node.extra), bodies=node.bodies
                )
        self.outputs = tuple(self._moved(entry, scope) for entry in entries)
        self.variables = [node for node in walk(self.outputs) if node.operator is None]
        sources = {node: entry for entry, node in self._stand_ins.items()}
        self.outside = [(node, sources[node]) for node in self.variables if node in sources]

    def _moved(self, entry: Entry, scope: str) -> Entry:
        """Return an entry of the copy, or of a variable that stands for what lies outside."""
        if entry.node in self._copies:
            return Entry(self._copies[entry.node], entry.index)
        if entry not in self._stand_ins:
            extra = entry.node.extra
            self._stand_ins[entry] = Node(None, entry.name, extra=dict(extra) if extra.get(_SCOPE) == scope else {})
        return Entry(self._stand_ins[entry])

    def place(self, who: str, kind: str, one: Symbol) -> int:
        """Return which of the variables one of its own is."""
        node = one._entries[0].node
        if node not in self.variables:
            raise ArgumentError(f"{who}: the step must use every {kind}, got one that does not use {node.name!r}")
        return self.variables.index(node)


@contextmanager
def _scope(name: str) -> Iterator[str]:
    """Mark every node that is made inside as one of a graph within; yield the mark."""
    around = current_attributes().get(_SCOPE)
    mark = current_names().get(None, f"{around}${name}" if around else name)
    with AttrScope(**{_SCOPE: mark}):
        yield mark


def _variables(symbols: Sequence[Symbol]) -> list[Symbol]:
    """Make the variables of a step, named after what they get at first."""
    names: list[str] = []
    for one in symbols:
        entry = one._entries[0]
        name = f"{entry.node.name}-{entry.index}"
        names.append(name if name not in names else f"{name}-{len(names)}")
    return [var(name) for name in names]


def _apart(scope: str, outputs: Sequence[Symbol], states: Sequence[Symbol] = ()) -> list[Symbol]:
    """Copy results that are no results of the step's own nodes, and states that are outputs too."""
    entries = [one._entries[0] for one in (*outputs, *states)]
    inputs = {node.name for node in walk(entries) if node.operator is None}
    taken = {entry.node.name for entry in entries[: len(outputs)]}

    def result(one: Symbol, is_state: bool) -> Symbol:
        node = one._entries[0].node
        copied = node.name in inputs or node.extra.get(_SCOPE) != scope or (is_state and node.name in taken)
        return _identity(one) if copied else one

    return [result(one, False) for one in outputs] + [result(one, True) for one in states]


def _joined(steps: Sequence[_Step], first: Sequence[Entry], by_name: bool) -> tuple[list[Entry], list[list[int]]]:
    """List what the variables of several steps get, each step's in order, and say for each of them which it is.

    Args:
        steps: the steps.
        first: what the steps' own variables get.
        by_name: whether a variable is shared by steps; else each step has an input of its own.
    """
    entries: list[Entry] = []
    sources = []
    for step in steps:
        given = {**dict(zip(step.own, first, strict=True)), **dict(step.outside)}
        places = []
        for node in step.variables:
            entry = given[node]
            shared = node in step.own or (by_name and entry.node.operator is None)
            if shared and entry in entries:
                places.append(entries.index(entry))
            else:
                entries.append(entry)
                places.append(len(entries) - 1)
        sources.append(places)
    return entries, sources


def _node(name: str, entries: list[Entry], steps: Sequence[_Step], given: Mapping[str, Any]) -> Iterator[Symbol]:
    """Make a node that has graphs within; yield its outputs."""
    operator = find(name)
    texts = {key: to_text(value) for key, value in given.items()}
    texts["num_args"] = str(len(entries) + len(steps))
    extra = kept(name, current_attributes(), operator)
    own = current_names().get(None, name)
    node = Node(operator, own, tuple(entries), texts, extra, bodies=tuple(step.outputs for step in steps))
    return iter([Symbol([Entry(node, place)]) for place in range(len(node.outputs))])


def _symbols(who: str, name: str, value: Any) -> list[Symbol]:
    """List the symbols in nested lists."""
    leaves = flatten(value)
    for one in leaves:
        if not isinstance(one, Symbol) or len(one) != 1:
            got = f"a Symbol of {len(one)}" if isinstance(one, Symbol) else type(one).__name__
            raise ArgumentTypeError(f"{who}: {name} must be nested lists of Symbols of one output, got {got}")
    return leaves


def _pair(who: str, name: str, value: Any) -> tuple[Any, Any]:
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        raise ArgumentTypeError(f"{who}: {name} must return two things, outputs and states, got {value!r:.60}")
    return value[0], value[1]


def _named(kind: str, symbols: Sequence[Symbol]) -> list[tuple[str, Symbol]]:
    return [(kind, one) for one in symbols]


def _listed(variables: Any) -> Any:
    return variables if isinstance(variables, (list, tuple)) else [variables]
