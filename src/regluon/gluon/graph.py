"""A network as a graph: traced from a HybridBlock, or given as a Symbol; run on tensors or on NDArrays."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


from torch import fx

from regluon.core.mode import mode
from regluon.gluon.nested import flatten, regroup
from regluon.gluon.parameter import Parameter
from regluon.nd import gradient
from regluon.nd.array import NDArray
from regluon.sym.infer import infer
from regluon.sym.lower import lower
from regluon.sym.node import Entry, Node, substitute, walk
from regluon.sym.symbol import Symbol

__all__ = ["Graph"]


@dataclass(slots=True, eq=False)
class Graph:
    """A graph whose variables are inputs or Parameters.

    Attributes:
        inputs: the input variables, in the order of the flattened arguments.
        outputs: its outputs.
        nesting: zeros, nested as the outputs are.
        parameters: the Parameter of each other variable.
    """

    inputs: Sequence[Node]
    outputs: Sequence[Entry]
    nesting: Any
    parameters: Mapping[Node, Parameter]
    _modules: dict[bool, Any] = field(default_factory=dict)
    _order: list[Node] = field(default_factory=list)

    def symbol(self) -> Symbol:
        """Return the outputs as one Symbol."""
        return Symbol(self.outputs)

    def run(self, args: Sequence[Any]) -> Any:
        """Run it on nested tensors or NDArrays; the results are of the same kind."""
        values = flatten(args)
        arrays = isinstance(values[0], NDArray)
        tensors = dict(zip(self.inputs, [one._tensor if arrays else one for one in values], strict=True))
        module = self._module(mode.training)
        ordered = [tensors[node] if node in tensors else self.parameters[node].tensor() for node in self._order]
        if not arrays:
            return regroup(iter(module(*ordered)), self.nesting)
        results = gradient.keep(lambda: module(*ordered))
        return regroup(iter([NDArray(one) for one in results]), self.nesting)

    def _module(self, training: bool) -> fx.GraphModule:
        if training not in self._modules:
            self._modules[training] = lower(self.outputs, training)
            self._order = [node for node in walk(self.outputs) if node.operator is None]
        return self._modules[training]

    def call(self, args: Sequence[Any]) -> Any:
        """Put it into a greater graph: replace its inputs by Symbols."""
        by = dict(zip(self.inputs, [one._entries[0] for one in flatten(args)], strict=True))
        return regroup((Symbol([entry]) for entry in substitute(self.outputs, by)), self.nesting)

    def complete(self, args: Sequence[Any]) -> None:
        """Settle the shapes of Parameters from those of the inputs."""
        values = [one._tensor if isinstance(one, NDArray) else one for one in flatten(args)]
        by_name = {node.name: value for node, value in zip(self.inputs, values, strict=True)}
        found = infer(
            self.outputs,
            {name: tuple(value.shape) for name, value in by_name.items()},
            {name: value.dtype for name, value in by_name.items()},
        )
        for node, parameter in self.parameters.items():
            meta = found.get(Entry(node))
            if meta is not None:
                parameter.shape = tuple(meta.shape)

    def __deepcopy__(self, memo: dict[int, Any]) -> "Graph":
        copy.deepcopy(self.symbol(), memo)  # puts the copies of all nodes into the memo
        return Graph(
            [memo.get(id(node), node) for node in self.inputs],
            [Entry(memo[id(entry.node)], entry.index) for entry in self.outputs],
            self.nesting,
            _bound({memo[id(node)]: copy.deepcopy(one, memo) for node, one in self.parameters.items() if id(node) in memo}),
        )

    def __reduce__(self) -> tuple[Any, ...]:
        leaves = [node for node in walk(self.outputs) if node.operator is None]
        inputs = [leaves.index(node) if node in leaves else node.name for node in self.inputs]
        parameters = {leaves.index(node): one for node, one in self.parameters.items() if node in leaves}
        return _restored, (self.symbol(), inputs, self.nesting, parameters)


def _restored(symbol: Symbol, inputs: list[Any], nesting: Any, parameters: dict[int, Parameter]) -> Graph:
    """Make a graph anew from what a pickle holds of it."""
    leaves = [node for node in walk(symbol._entries) if node.operator is None]
    nodes = [Node(None, one) if isinstance(one, str) else leaves[one] for one in inputs]
    return Graph(nodes, symbol._entries, nesting, _bound({leaves[i]: one for i, one in parameters.items()}))


def _bound(parameters: dict[Node, Parameter]) -> dict[Node, Parameter]:
    """Let the Parameters of a copied graph stand for its variables."""
    for node, one in parameters.items():
        one._var = Symbol([Entry(node)])
    return parameters
