"""A network as a graph: traced from a HybridBlock, or given as a Symbol; run on tensors or on NDArrays."""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from regluon.core.dtype import dtype_name
from regluon.core.errors import ArgumentTypeError
from regluon.core.mode import mode
from regluon.core.nested import flatten, regroup
from regluon.gluon.parameter import Parameter
from regluon.nd import gradient
from regluon.nd.memory import apart
from regluon.nd.ndarray import NDArray
from regluon.sym.fuse import freeze, order_channels
from regluon.sym.infer import infer, run
from regluon.sym.lower import lower
from regluon.sym.node import Entry, Node, substitute, walk
from regluon.sym.symbol import Symbol

if TYPE_CHECKING:
    from regluon.gluon.block import Block

__all__ = ["Graph", "Home", "Monitor"]


@dataclass(frozen=True, slots=True)
class Home:
    """Where a Parameter lives: the Block that has it, and its name there."""

    block: "Block"
    name: str

    @property
    def parameter(self) -> Parameter:
        """The Parameter, which counts for NDArrays."""
        return self.block._reg_params[self.name]

    @property
    def registered(self) -> Tensor:
        """What torch has registered for it, which counts for tensors: torch may lend another for a while."""
        return self.block._registered(self.name)


@dataclass(frozen=True, slots=True)
class Monitor:
    """Somebody who looks at every array of a graph.

    Attributes:
        callback: gets the name of an array, the operator's, and the array.
        inputs: whether to show inputs as well as outputs.
    """

    callback: Callable[[str, str, NDArray], None]
    inputs: bool = False


@dataclass(slots=True, eq=False)
class Graph:
    """A graph whose variables are inputs or Parameters.

    Attributes:
        inputs: the input variables, in the order of the flattened arguments.
        outputs: its outputs.
        nesting: zeros, nested as the outputs are.
        homes: where the Parameter of each other variable lives.
        asked: zeros, nested as the arguments were that it was traced with.
        backend: what ``torch.compile`` is to use; not compiled if None.
        static: whether prediction may keep what follows from Parameters alone, in memory of its own.
    """

    inputs: Sequence[Node]
    outputs: Sequence[Entry]
    nesting: Any
    homes: Mapping[Node, Home]
    asked: Any = None
    backend: str | None = None
    static: bool = False
    _runners: dict[tuple[bool, bool], Callable[..., tuple[Tensor, ...]]] = field(default_factory=dict)
    _sources: list[int | Home] = field(default_factory=list)

    def symbol(self) -> Symbol:
        """Return the outputs as one Symbol."""
        return Symbol(self.outputs)

    def leaves(self) -> list[Node]:
        """List the variables that the outputs depend on."""
        return [node for node in walk(self.outputs) if node.operator is None]

    def run(self, values: Sequence[Any], monitor: Monitor | None = None) -> Any:
        """Run it on tensors or NDArrays, the flattened arguments; the results are of the same kind."""
        if not self._sources:
            self._find_sources()
        if isinstance(values[0], Tensor):
            tensors = [values[one] if isinstance(one, int) else one.registered for one in self._sources]
            wanted = torch.is_grad_enabled() and any(one.requires_grad for one in tensors)
            return regroup(iter(self._chosen(monitor, wanted)(*tensors)), self.nesting)
        tensors = [
            values[one]._tensor if isinstance(one, int) else one.parameter.tensor_on(None) for one in self._sources
        ]
        runner = self._chosen(monitor, mode.recording)
        results = gradient.keep(lambda: runner(*tensors))
        # Only views, and variables that are outputs themselves, can lie in the memory of a variable.
        results = [
            apart(one, tensors) if one._is_view() or any(one is tensor for tensor in tensors) else one
            for one in results
        ]
        return regroup(iter([values[0]._wrap(one) for one in results]), self.nesting)

    def prepare(self) -> None:
        """Make ready to run, so that torch's compilers need not look at how."""
        for training in (False, True):
            self._runner(training)

    def _chosen(self, monitor: Monitor | None, wanted: bool) -> Callable[..., tuple[Tensor, ...]]:
        """Return what runs it now: for somebody who looks, or, unless gradients are wanted, the fastest there is."""
        if monitor is not None:
            return lambda *tensors: self._shown(tensors, monitor)
        training = mode.training
        return self._runner(training, self.static and not training and not wanted)

    def _runner(self, training: bool, frozen: bool = False) -> Callable[..., tuple[Tensor, ...]]:
        """Return what computes the outputs from the variables in order."""
        found = self._runners.get((training, frozen))
        if found is None:
            module = lower(self.outputs, training)
            if self.backend is not None:
                found = torch.compile(module, backend=self.backend)
            elif frozen:
                found = freeze(module, frozenset(i for i, one in enumerate(self._sources) if isinstance(one, Home)))
            else:
                # A module's call looks for hooks, which a lowered one cannot have.
                found = order_channels(module).forward
            self._runners[training, frozen] = found
        return found

    def _find_sources(self) -> None:
        place = {node: i for i, node in enumerate(self.inputs)}
        self._sources = [place[node] if node in place else self.homes[node] for node in self.leaves()]

    def _shown(self, tensors: Sequence[Tensor], monitor: Monitor) -> tuple[Tensor, ...]:
        """Run node by node and show every array."""
        known = {Entry(node): tensor for node, tensor in zip(self.leaves(), tensors, strict=True)}
        for node in walk(self.outputs):
            if node.operator is None:
                continue
            inputs = [known[entry] for entry in node.inputs]
            if monitor.inputs:
                for name, tensor in zip(node.slots, inputs, strict=True):
                    monitor.callback(f"{node.name}_{name}", node.operator.name, NDArray(tensor.detach()))
            results = run(node, inputs, mode.training)
            for i, name in enumerate(node.outputs):
                known[Entry(node, i)] = results[i]
                monitor.callback(name, node.operator.name, NDArray(results[i].detach()))
            if mode.training:
                with torch.no_grad():
                    for state, new in zip(node.states, results[len(node.outputs) :], strict=False):
                        known[Entry(state)].copy_(new)
        return tuple(known[entry] for entry in self.outputs)

    def call(self, args: Sequence[Any]) -> Any:
        """Put it into a greater graph: replace its inputs by Symbols."""
        by = dict(zip(self.inputs, [one._entries[0] for one in flatten(args)], strict=True))
        kind = next((one._kind for one in flatten(args) if one._kind is not Symbol), Symbol)
        return regroup((kind([entry]) for entry in substitute(self.outputs, by)), self.nesting)

    def complete(self, values: Sequence[Any]) -> None:
        """Settle the shapes of Parameters from those of the inputs."""
        tensors = {
            node.name: one._tensor if isinstance(one, NDArray) else one
            for node, one in zip(self.inputs, values, strict=True)
        }
        shapes = {name: tuple(one.shape) for name, one in tensors.items()}
        found = infer(self.outputs, shapes, {name: one.dtype for name, one in tensors.items()})
        for node, home in self.homes.items():
            meta = found.get(Entry(node))
            if meta is not None:
                home.parameter.shape = tuple(meta.shape)

    def complete_types(self, values: Sequence[Any]) -> None:
        """Give Parameters the number type of the array that they work on; those of normalisation keep theirs.

        Raises:
            ArgumentTypeError: a Parameter that has values has another one.
        """
        types: dict[Entry, torch.dtype] = {
            Entry(node): (one._tensor if isinstance(one, NDArray) else one).dtype
            for node, one in zip(self.inputs, values, strict=True)
        }
        for node in walk(self.outputs):
            if node.operator is None:
                continue
            first = next((types[entry] for entry in node.inputs if entry in types), torch.float32)
            named = node.filled.get("dtype")
            for i in range(len(node.outputs)):
                types[Entry(node, i)] = getattr(torch, named) if isinstance(named, str) else first
            homes = [] if node.operator.mutates else [self.homes[e.node] for e in node.inputs if e.node in self.homes]
            for parameter in (home.parameter for home in homes):
                if parameter.initialized and parameter._dtype != first:
                    raise ArgumentTypeError(
                        f"infer_type: {parameter.name!r} must be {dtype_name(first)} as its input is, got "
                        f"{dtype_name(parameter._dtype)}; cast() the block"
                    )
                parameter.cast(first)

    def __deepcopy__(self, memo: dict[int, Any]) -> "Graph":
        copy.deepcopy(self.symbol(), memo)  # puts the copies of all nodes into the memo
        homes = {memo[id(node)]: copy.deepcopy(home, memo) for node, home in self.homes.items() if id(node) in memo}
        inputs = [memo.get(id(node), node) for node in self.inputs]
        outputs = [Entry(memo[id(entry.node)], entry.index) for entry in self.outputs]
        return Graph(inputs, outputs, self.nesting, homes, self.asked, self.backend, self.static)

    def __reduce__(self) -> tuple[Any, ...]:
        leaves = self.leaves()
        inputs = [leaves.index(node) if node in leaves else node.name for node in self.inputs]
        homes = {leaves.index(node): home for node, home in self.homes.items() if node in leaves}
        return _restored, (self.symbol(), inputs, self.nesting, homes, self.asked, self.backend, self.static)


def _restored(symbol: Symbol, inputs: list[int | str], nesting: Any, homes: dict[int, Home], *rest: Any) -> Graph:
    """Make a graph anew from what a pickle holds of it."""
    leaves = [node for node in walk(symbol._entries) if node.operator is None]
    nodes = [Node(None, one) if isinstance(one, str) else leaves[one] for one in inputs]
    return Graph(nodes, symbol._entries, nesting, {leaves[i]: one for i, one in homes.items()}, *rest)
