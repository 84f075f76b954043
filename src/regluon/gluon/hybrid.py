"""HybridBlock: a Block whose computation can become a graph."""

from pathlib import Path
from typing import Any

from torch import Tensor
from torch.nn.parameter import is_lazy

from regluon import nd, sym, th
from regluon.core.errors import ArgumentTypeError, DeferredInitializationError, MXNetError
from regluon.core.mode import mode
from regluon.gluon.block import Block
from regluon.gluon.graph import Graph
from regluon.gluon.nested import flatten, regroup
from regluon.gluon.parameter import Parameter
from regluon.gluon.parameter_dict import ParameterDict
from regluon.nd.array import NDArray
from regluon.sym.symbol import Symbol

__all__ = ["HybridBlock"]


class HybridBlock(Block):
    """Base of layers and networks that speak of operators as ``F``; subclasses write ``hybrid_forward``.

    ``hybrid_forward(F, x, ..., weight, bias)`` gets ``F`` as ``nd``, ``th`` or ``sym`` after the kind of ``x``, and its
    own Parameters by name. Called with Symbols it gives a graph; hybridized, it runs as one.

    Args:
        prefix: begins the full names of its Parameters; counted by class if not given.
        params: Parameters to share, from another Block's ``params``.

    Examples:
        >>> from regluon import gluon, nd
        >>> class Scale(gluon.HybridBlock):
        ...     def __init__(self, **kwargs):
        ...         super().__init__(**kwargs)
        ...         self.weight = self.params.get("weight", shape=(1,), init="ones")
        ...
        ...     def hybrid_forward(self, F, x, weight):
        ...         return F.broadcast_mul(x, weight)
        >>> net = Scale()
        >>> net.initialize()
        >>> net.hybridize()
        >>> net(nd.array([1, 2])).asnumpy()
        array([1., 2.], dtype=float32)
    """

    def __init__(self, prefix: str | None = None, params: ParameterDict | None = None) -> None:
        super().__init__(prefix, params)
        self._active = False
        self._flags: dict[str, Any] = {}
        # One graph for training and one for prediction: a network may branch on autograd.is_training().
        self._graphs: dict[Any, Graph] = {}

    def register_child(self, block: Block, name: str | None = None) -> None:
        """Make a HybridBlock a child, under a name or the next number."""
        if not isinstance(block, HybridBlock):
            raise ArgumentTypeError(
                f"{type(self).__name__}: children of a HybridBlock must be HybridBlocks, got {type(block).__name__}; "
                "where this is a Sequential, use HybridSequential"
            )
        super().register_child(block, name)
        self._clear_cached_op()

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if isinstance(value, (Block, Parameter)):
            self._clear_cached_op()

    def hybridize(self, active: bool = True, **flags: Any) -> None:
        """Run as a graph from the next call on, or no longer.

        Args:
            active: whether to.
            flags: MXNet's hints (``static_alloc``, ``static_shape``, ``inline_limit``, ...), which torch's own memory
                planning makes needless.
        """
        self._active, self._flags = active, dict(flags)
        self._clear_cached_op()
        super().hybridize(active, **flags)

    def _clear_cached_op(self) -> None:
        """Forget the graphs; the next call traces anew."""
        self.__dict__["_graphs"] = {}

    def cast(self, dtype: Any) -> None:
        """Change the number type of all Parameters."""
        self._clear_cached_op()
        super().cast(dtype)

    def forward(self, x: Any, *args: Any) -> Any:
        """Call ``hybrid_forward`` with the face that fits ``x`` and with the Parameters, or run the graph."""
        first = x
        while isinstance(first, (list, tuple)) and first:
            first = first[0]
        if isinstance(first, Symbol):
            with self.name_scope():
                return self.hybrid_forward(sym, x, *args, **{name: one.var() for name, one in self._reg_params.items()})
        if not isinstance(first, (NDArray, Tensor)):
            raise ArgumentTypeError(
                f"{type(self).__name__}: inputs must be NDArrays, torch tensors or Symbols, got {type(first).__name__}"
            )
        if self._active:
            return self._run_graph((x, *args))
        if any(is_lazy(one._tensor) for one in self._reg_params.values()):
            self._complete((x, *args))
        if isinstance(first, Tensor):
            return self.hybrid_forward(th, x, *args, **{name: one._tensor for name, one in self._reg_params.items()})
        values = {name: NDArray(one._on(None)) for name, one in self._reg_params.items()}
        return self.hybrid_forward(nd, x, *args, **values)

    def hybrid_forward(self, F: Any, x: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N803
        """Compute the outputs with the operators of ``F``; subclasses write it."""
        raise NotImplementedError(f"{type(self).__name__}: hybrid_forward must be written")

    # Graphs

    def trace(self, *args: Any) -> Graph:
        """Build the graph of a call with arguments nested like these."""
        leaves = flatten(args)
        names = ["data"] if len(leaves) == 1 else [f"data{i}" for i in range(len(leaves))]
        inputs = [sym.var(name) for name in names]
        nested = regroup(iter(inputs), list(args))
        active, self.__dict__["_active"] = self._active, False
        try:
            outputs = Block.__call__(self, *nested)
        finally:
            self.__dict__["_active"] = active
        entries = [entry for one in flatten(outputs) for entry in one._entries]
        parameters = {one.var()._entries[0].node: one for one in self.collect_params().values()}
        nesting = _spread(outputs)
        return Graph([one._entries[0].node for one in inputs], entries, nesting, parameters)

    def _run_graph(self, args: tuple[Any, ...]) -> Any:
        key = mode.training, str(regroup(iter(["."] * len(flatten(args))), list(args)))
        graph = self._graphs.get(key)
        if graph is None:
            if any(is_lazy(one._tensor) for one in self.collect_params().values()):
                self._complete(args)
            graph = self._graphs[key] = self.trace(*args)
        return graph.run(args)

    def infer_shape(self, *args: Any) -> None:
        """Settle the shapes of all Parameters from inputs."""
        self.trace(*args).complete(args)

    def _complete(self, args: tuple[Any, ...]) -> None:
        """Make the values that have waited for the first input."""
        waiting = [one for one in self.collect_params().values() if is_lazy(one._tensor)]
        for one in waiting:
            if one._deferred is None:
                one.tensor()  # tells that initialize() is missing
        try:
            self.infer_shape(*args)
        except Exception as error:
            error.add_note(f"while {type(self).__name__} {self.name!r} settles the shapes of its parameters")
            raise
        for one in waiting:
            if not one._known():
                raise DeferredInitializationError(
                    f"{type(self).__name__}: the shape of {one.name!r} does not follow from the inputs, got {one.shape}"
                )
            one._finish()

    def export(self, path: str | Path | None, epoch: int = 0, remove_amp_cast: bool = True) -> Any:  # noqa: ARG002
        """Write the graph and the values as MXNet's ``-symbol.json`` and ``.params`` files.

        Args:
            path: beginning of the file names; None writes nothing.
            epoch: number in the name of the values' file.
            remove_amp_cast: accepted for MXNet's sake.

        Returns:
            The two names; or, without a path, the Symbol and the values by name.

        Raises:
            MXNetError: it has not been hybridized and run.
        """
        if not self._graphs:
            raise MXNetError(f"{type(self).__name__}: export comes after hybridize() and a forward at least once")
        graph = self._graphs.get((False, next(iter(self._graphs))[1])) or next(iter(self._graphs.values()))
        symbol = graph.symbol()
        states = set(symbol.list_auxiliary_states())
        by_name = {node.name: parameter for node, parameter in graph.parameters.items()}
        used = [name for name in symbol.list_inputs() if name in by_name]
        values = {f"{'aux' if name in states else 'arg'}:{name}": by_name[name].data() for name in used}
        if path is None:
            return symbol, values
        symbol_file, params_file = f"{path}-symbol.json", f"{path}-{epoch:04d}.params"
        symbol.save(symbol_file)
        nd.save(params_file, values)
        return symbol_file, params_file

    def optimize_for(self, x: Any, *args: Any, backend: str | None = None, **options: Any) -> None:  # noqa: ARG002
        """Trace the graph now, so that the next call runs it at once.

        Args:
            x: first input.
            args: further inputs.
            backend: only None.
            options: accepted for MXNet's sake.
        """
        if backend is not None:
            raise ArgumentTypeError(f"optimize_for: backend must be None, got {backend!r}; torch.compile(block) compiles")
        self.hybridize(True)
        self._run_graph((x, *args))

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_graphs": {}}


def _spread(outputs: Any) -> Any:
    """Nest zeros as the outputs are nested, a Symbol of several outputs being a list of them."""
    if isinstance(outputs, (list, tuple)):
        return type(outputs)([_spread(one) for one in outputs])
    return None if outputs is None else 0 if len(outputs) == 1 else [0] * len(outputs)

