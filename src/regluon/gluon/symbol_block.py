"""SymbolBlock: a Block made of a graph."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from regluon import sym
from regluon.core.dtype import torch_dtype
from regluon.core.errors import ArgumentError, ArgumentTypeError
from regluon.core.nested import flatten
from regluon.gluon.graph import Graph, Home
from regluon.gluon.hybrid import HybridBlock, spread
from regluon.gluon.parameter import Devices, Parameter
from regluon.ops.attr import Attribute, Shape
from regluon.sym.infer import DTYPE_CODES
from regluon.sym.node import Entry, Node, walk
from regluon.sym.symbol import Symbol

__all__ = ["SymbolBlock"]

_SHAPE = Attribute.of("__shape__", Shape, ())

# How variables begin that have no initializer of their own, by the end of the name; others get that of initialize().
_BEGINNINGS = {
    "_bias": "zeros",
    "_gamma": "ones",
    "_beta": "zeros",
    "_moving_mean": "zeros",
    "_running_mean": "zeros",
    "_moving_var": "ones",
    "_running_var": "ones",
}


class SymbolBlock(HybridBlock):
    """Run a graph; its variables other than the inputs are Parameters.

    MXNet drops the initializers that the variables declare, and fills all of them from the one that ``initialize`` is
    given, even variances. Here declared ones count, and biases and the parameters of normalisation begin as usual.

    Args:
        outputs: the graph, a Symbol or a list of them.
        inputs: its inputs, a Symbol or a list of them.
        params: Parameters to share, by full name.

    Examples:
        >>> from regluon import gluon, nd, sym
        >>> data = sym.var("data")
        >>> net = gluon.SymbolBlock(sym.FullyConnected(data, num_hidden=2, name="fc"), data)
        >>> net.initialize()
        >>> net(nd.array([[1, 2, 3]])).shape
        (1, 2)
    """

    def __init__(
        self,
        outputs: Symbol | Sequence[Symbol],
        inputs: Symbol | Sequence[Symbol],
        params: Mapping[str, Parameter] | None = None,
    ) -> None:
        shared = {one.name: one for one in (params or {}).values()}
        super().__init__(prefix="", params=None)
        for which, given in (("outputs", outputs), ("inputs", inputs)):
            if not all(isinstance(one, Symbol) for one in flatten(given)) or not flatten(given):
                raise ArgumentTypeError(f"SymbolBlock: {which} must be Symbols, got {given!r:.60}")
        variables = [entry.node for one in flatten(inputs) for entry in one._entries]
        operators = [node.name for node in variables if node.operator is not None]
        if operators:
            raise ArgumentError(f"SymbolBlock: inputs must be variables, got the operator {operators[0]!r}")
        entries = [entry for one in flatten(outputs) for entry in one._entries]
        alone = isinstance(outputs, (list, tuple)) and len(outputs) == 1
        nesting = spread(outputs[0] if alone else outputs)
        nodes = walk(entries)
        states = {state for node in nodes for state in node.states}
        parameters = [
            (node, shared.get(node.name) or _parameter(node, node in states))
            for node in nodes
            if node.operator is None and node not in variables
        ]
        parameters.sort(key=lambda pair: pair[0] in states)  # MXNet lists what operators change last
        common = len(_common_prefix([one.name for _, one in parameters]))
        homes = {}
        for node, one in parameters:
            self._register(one.name[common:], one)
            homes[node] = Home(self, one.name[common:])
        self._graph_given = Graph(variables, entries, nesting, homes, [0] * len(variables))
        self._bind()

    @staticmethod
    def imports(
        symbol_file: str | Path,
        input_names: str | Sequence[str],
        param_file: str | Path | None = None,
        ctx: Devices = None,
        allow_missing: bool = False,
        ignore_extra: bool = False,
        device: Devices = None,
    ) -> "SymbolBlock":
        """Read a graph and its values from the files that ``export`` writes, here or in MXNet.

        Args:
            symbol_file: the ``-symbol.json`` file.
            input_names: names of the inputs.
            param_file: the ``.params`` file.
            ctx: devices for the values.
            allow_missing: leave Parameters alone that the file lacks.
            ignore_extra: pass over arrays that no Parameter is named after.
            device: the same as ``ctx``.
        """
        graph = sym.load(symbol_file)
        names = [input_names] if isinstance(input_names, str) else list(input_names)
        there = graph.list_inputs()
        for name in names:
            if name not in there:
                raise ArgumentError(f"imports: input_names must be among {', '.join(there[:5])}, ..., got {name!r}")
        variables = {node.name: node for node in walk(graph._entries) if node.operator is None}
        block = SymbolBlock(graph, [Symbol([Entry(variables[name])]) for name in names])
        if param_file is not None:
            block.load_parameters(
                param_file, ctx, allow_missing, ignore_extra, cast_dtype=True, dtype_source="saved", device=device
            )
        return block

    def forward(self, x: Any, *args: Any) -> Any:
        """Run the graph."""
        leaves = flatten((x, *args))
        count = len(self._graph_given.inputs)
        if len(leaves) != count:
            names = ", ".join(node.name for node in self._graph_given.inputs)
            raise ArgumentError(f"SymbolBlock: takes {count} input(s) ({names}), got {len(leaves)}")
        return super().forward(x, *args)

    def _symbolic(self, *args: Any) -> Any:
        return self._graph_given.call(args)

    def _eager(self, first: Any, args: tuple[Any, ...]) -> Any:  # noqa: ARG002
        values = flatten(args)
        return self._graph(args, values).run(values, self._monitor)

    def _graph(self, args: tuple[Any, ...], values: list[Any]) -> Graph:  # noqa: ARG002
        if not all(one.initialized for one in self._reg_params.values()):
            self._complete(args)
        return self._graph_given

    def trace(self, *args: Any) -> Graph:  # noqa: ARG002
        """Return the graph."""
        return self._graph_given

    def _clear_cached_op(self) -> None:
        """Keep the graph, which is not traced; let it be compiled anew."""
        if "_graph_given" in self.__dict__:
            self.__dict__["_graph_given"] = replace(
                self._graph_given, backend=self._backend, static=self._static, _runners={}
            )
            self._bind()

    def _bind(self) -> None:
        """Let its Parameters stand for the graph's variables, and export and torch's compilers find the graph."""
        self.__dict__["_graphs"] = {(False, False): self._graph_given}
        for node, home in self._graph_given.homes.items():
            home.parameter._var = Symbol([Entry(node)])
        self._graph_given.prepare()

    def cast(self, dtype: Any) -> None:
        """Change the number type of all Parameters but those of batch normalisation, which stay float32 at float16."""
        super().cast(dtype)
        if torch_dtype(dtype) == torch_dtype("float16"):
            homes = self._graph_given.homes
            for node in walk(self._graph_given.outputs):
                for entry in node.inputs if node.states else ():
                    if entry.node in homes:
                        homes[entry.node].parameter.cast("float32")
            self._bind()

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._bind()

    def __repr__(self) -> str:
        graph = self._graph_given
        return f"SymbolBlock(\n{graph.symbol()!r} : {len(graph.inputs)} -> {len(graph.outputs)}\n)"


def _parameter(node: Node, is_state: bool) -> Parameter:
    """Make the Parameter of a variable, from the attributes it carries."""
    shape = _SHAPE.read(node.extra["__shape__"]) if "__shape__" in node.extra else None
    dtype = next((one for one, code in DTYPE_CODES.items() if str(code) == node.extra.get("__dtype__")), "float32")
    init = node.extra.get("__init__") or next((b for end, b in _BEGINNINGS.items() if node.name.endswith(end)), None)
    return Parameter(
        node.name,
        grad_req="null" if is_state else "write",
        shape=shape,
        dtype=dtype,
        lr_mult=float(node.extra.get("__lr_mult__", 1)),
        wd_mult=float(node.extra.get("__wd_mult__", 1)),
        init=init,
        allow_deferred_init=True,
        differentiable=not is_state,
    )


def _common_prefix(names: Sequence[str]) -> str:
    """Return what all names begin with."""
    if not names:
        return ""
    low, high = min(names), max(names)
    return next((low[:i] for i, (a, b) in enumerate(zip(low, high, strict=False)) if a != b), "")
