"""HybridBlock: a Block whose computation can become a graph."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from regluon import nd, sym, th
from regluon.autograd import predict_mode
from regluon.core.device import Device, current_device, device_of
from regluon.core.errors import ArgumentError, ArgumentTypeError, DeferredInitializationError, MXNetError
from regluon.core.mode import mode
from regluon.core.nested import flatten, regroup
from regluon.gluon import structure
from regluon.gluon.block import Block
from regluon.gluon.graph import Graph, Home, Monitor
from regluon.gluon.parameter_dict import ParameterDict
from regluon.gluon.storage import is_waiting
from regluon.gluon.tracing import asked, name_the_line, stand_ins, tracing
from regluon.nd.ndarray import NDArray
from regluon.sym.symbol import Symbol

__all__ = ["HybridBlock", "spread"]


class HybridBlock(Block):
    """Base of layers and networks that speak of operators as ``F``; subclasses write ``hybrid_forward``.

    ``hybrid_forward(F, x, ..., weight, bias)`` gets ``F`` as ``nd``, ``th`` or ``sym`` after the kind of ``x``, and its
    own Parameters by name. Called with Symbols it gives a graph; hybridized, it runs as one.

    A subclass may write ``forward(x)`` instead, as in MXNet 2, and ``infer_shape(x)`` where the shapes of its own
    Parameters follow from the input. Hybridized, its children run as graphs, and ``export`` calls it with Symbols.

    Args:
        prefix: begins the full names of its Parameters; counted by class if not given.
        params: Parameters to share, from another Block's ``params`` or ``collect_params()``.

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
        self._backend: str | None = None
        self._static = False
        self._monitor: Monitor | None = None
        # One graph for training and one for prediction: a network may branch on autograd.is_training().
        self._graphs: dict[Any, Graph] = {}
        # How the arguments of a forward of its own were nested, for export to trace it with.
        self._asked: Any = None
        self._parts: list[torch.nn.Module] = []
        self._seen_changes = -1

    def register_child(self, block: Block, name: str | None = None) -> None:
        """Make a HybridBlock a child, under a name or the next number."""
        if not isinstance(block, HybridBlock):
            raise ArgumentTypeError(
                f"{type(self).__name__}: children of a HybridBlock must be HybridBlocks, got {type(block).__name__}; "
                "where this is a Sequential, use HybridSequential"
            )
        super().register_child(block, name)

    def hybridize(self, active: bool = True, backend: str | None = None, clear: bool = True, **flags: Any) -> None:
        """Run as a graph from the next call on, or no longer.

        Hooks of children, and torch hooks, do not fire inside a graph. Called with tensors, a network whose parts
        differ in ``training`` runs part by part, and ``torch.compile`` and ``torch.export`` see the parts as well.

        Args:
            active: whether to.
            backend: compile the graph with this backend of ``torch.compile``, such as ``inductor``.
            clear: forget graphs that were traced before.
            flags: MXNet's hints. With ``static_alloc=True`` prediction without gradients keeps a copy of the weights
                that has taken in the normalisation after each convolution, which costs memory and is faster; it is
                made anew after Parameters change, except by writes through ``tensor.data`` of torch. The others
                (``static_shape``, ``inline_limit``, ...) change nothing: torch plans its memory itself.
        """
        if backend is not None:
            known = torch.compiler.list_backends(None)
            if backend not in known:
                raise ArgumentError(f"hybridize: backend must be one of {', '.join(known)}, got {backend!r}")
        if active and (self._forward_hooks or self._forward_pre_hooks):
            warnings.warn(
                f"{type(self).__name__} {self.name!r} has hooks, which do not fire inside the graph of another",
                stacklevel=2,
            )
        self._active, self._backend = active, backend
        self._static = bool(flags.get("static_alloc"))
        if clear:
            self._clear_cached_op()
        super().hybridize(active, clear=clear, **flags)

    def _clear_cached_op(self) -> None:
        """Forget the graphs; the next call traces anew."""
        self.__dict__["_graphs"], self.__dict__["_asked"] = {}, None

    def cast(self, dtype: Any) -> None:
        """Change the number type of all Parameters."""
        self._clear_cached_op()
        super().cast(dtype)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run ``forward`` and the hooks."""
        if self._active and self._asked is None and not isinstance(next(iter(flatten(args)), None), Symbol):
            self.__dict__["_asked"] = asked(args)
        try:
            return super().__call__(*args, **kwargs)
        except DeferredInitializationError:
            if type(self).infer_shape is HybridBlock.infer_shape:
                raise
            self.infer_shape(*args)
            for one in self._reg_params.values():
                one.finish()
            return super().__call__(*args, **kwargs)

    def forward(self, x: Any, *args: Any) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Call ``hybrid_forward`` with the face that fits the inputs and with the Parameters, or run the graph."""
        first = x if isinstance(x, (NDArray, Tensor)) else next(iter(flatten((x, *args))), None)
        if isinstance(first, Symbol):
            return self._symbolic(x, *args)
        if not isinstance(first, (NDArray, Tensor)):
            raise ArgumentTypeError(
                f"{type(self).__name__}: inputs must be NDArrays, torch tensors or Symbols, got {type(first).__name__}"
            )
        elsewhere = _elsewhere(first)
        if elsewhere is None:
            return self._run(first, (x, *args))
        with elsewhere:  # arrays that are made inside go to where the input is
            return self._run(first, (x, *args))

    def _run(self, first: Any, args: tuple[Any, ...]) -> Any:
        """Run on arrays, as a graph or not."""
        # Torch's own compilers are to see the parts, not a graph made of them.
        if self._active and not torch.compiler.is_compiling():
            values = flatten(args)
            graph = self._graph(args, values)
            if isinstance(first, NDArray) or self._is_uniform():
                return graph.run(values, self._monitor)
        return self._eager(first, args)

    def _eager(self, first: Any, args: tuple[Any, ...]) -> Any:
        """Call ``hybrid_forward`` on arrays."""
        registered = {name: self._registered(name) for name in self._reg_params}
        if any(is_waiting(one) for one in registered.values()):
            self._complete(args)
            registered = {name: self._registered(name) for name in self._reg_params}
        if isinstance(first, Tensor):
            return self.hybrid_forward(th, *args, **registered)
        values = {name: first._wrap(one.tensor_on(None)) for name, one in self._reg_params.items()}
        return self.hybrid_forward(nd, *args, **values)

    def _symbolic(self, *args: Any) -> Any:
        """Call ``hybrid_forward`` on Symbols."""
        with self.name_scope():
            return self.hybrid_forward(sym, *args, **{name: one.var() for name, one in self._reg_params.items()})

    def hybrid_forward(self, F: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
        """Compute the outputs with the operators of ``F``; subclasses write it."""
        raise NotImplementedError(f"{type(self).__name__}: hybrid_forward must be written")

    # Graphs

    def trace(self, *args: Any) -> Graph:
        """Build the graph of a call with arguments nested like these."""
        leaves = flatten(args)
        inputs = stand_ins(leaves)
        with tracing(leaves, inputs):
            try:
                outputs = self.forward(*regroup(iter(inputs), args))
            except Exception as error:
                name_the_line(error, f"{type(self).__name__} {self.name!r}")
                raise
        homes: dict[Any, Home] = {}
        for module in self.modules():
            if isinstance(module, Block):
                for name, one in module._reg_params.items():
                    homes.setdefault(one.var()._entries[0].node, Home(module, name))
        return Graph(
            [one._entries[0].node for one in inputs],
            [entry for one in flatten(outputs) for entry in one._entries],
            spread(outputs),
            homes,
            regroup(iter([0] * len(leaves)), list(args)),
            self._backend,
            self._static,
        )

    def _graph(self, args: tuple[Any, ...], values: list[Any]) -> Graph:
        """Return the graph for arguments nested like these, traced now if there is none that is still true."""
        if self._seen_changes != structure.changes():
            self._forget_changed()
        key = mode.training, _nesting(args)
        graph = self._graphs.get(key)
        if graph is None:
            _refuse_others(type(self).__name__, values)
            if any(not one.initialized for one in self.collect_params().values()):
                self._complete(args)
            graph = self._graphs[key] = self.trace(*args)
            _warn_of_unused(type(self).__name__, graph)
        return graph

    def _forget_changed(self) -> None:
        """Forget the graphs if the change of structure that happened somewhere was one of its own parts."""
        parts = [*self.modules(), *self._collect_params_with_prefix().values()]
        if len(parts) != len(self._parts) or any(a is not b for a, b in zip(parts, self._parts, strict=True)):
            self._clear_cached_op()
        self.__dict__["_parts"], self.__dict__["_seen_changes"] = parts, structure.changes()

    def _is_uniform(self) -> bool:
        """Tell whether all parts agree on torch's ``training``: a graph knows one for all."""
        training = self.training
        return all(one.training is training for one in self._parts if isinstance(one, torch.nn.Module))

    def infer_shape(self, *args: Any) -> None:
        """Settle the shapes of all Parameters from inputs."""
        self.trace(*args).complete(flatten(args))

    def infer_type(self, *args: Any) -> None:
        """Settle the number types of all Parameters from inputs."""
        self.trace(*args).complete_types(flatten(args))

    def _complete(self, args: tuple[Any, ...]) -> None:
        """Make the values that have waited for the first input."""
        waiting = [one for one in dict.fromkeys(self.collect_params().values()) if not one.initialized]
        for one in waiting:
            if not one.is_deferred:
                one.tensor()  # tells that initialize() is missing
        try:
            self.infer_shape(*args)
        except Exception as error:
            error.add_note(f"while {type(self).__name__} {self.name!r} settles the shapes of its parameters")
            raise
        own = set(self._reg_params.values())
        for one in waiting:
            if one.is_known:
                one.finish()
            elif one in own:
                raise DeferredInitializationError(
                    f"{type(self).__name__}: the shape of {one.name!r} does not follow from the inputs, got {one.shape}"
                )

    def export(self, path: str | Path | None, epoch: int = 0, remove_amp_cast: bool = True) -> Any:  # noqa: ARG002
        """Write the graph and the values as MXNet's ``-symbol.json`` and ``.params`` files.

        Args:
            path: beginning of the file names; None writes nothing.
            epoch: number in the name of the values' file.
            remove_amp_cast: accepted for MXNet's sake.

        Returns:
            The two names, the second None where there are no values; or, without a path, the Symbol and the values by
            name. The graph is that of prediction, where the network has been run so.

        Raises:
            MXNetError: it has not been hybridized and run.
        """
        if not self._graphs and self._asked is None:
            raise MXNetError(f"{type(self).__name__}: export comes after hybridize() and a forward at least once")
        if not self._graphs:
            with predict_mode():
                self._graphs[False, _nesting(self._asked)] = self.trace(*self._asked)
        graph = next((one for (training, _), one in self._graphs.items() if not training), None)
        graph = next(iter(self._graphs.values())) if graph is None else graph
        symbol = graph.symbol()
        states = set(symbol.list_auxiliary_states())
        values = {
            f"{'aux' if node.name in states else 'arg'}:{node.name}": NDArray(graph.homes[node].parameter.mean())
            for node in graph.leaves()
            if node in graph.homes
        }
        if path is None:
            return symbol, values
        symbol_file, params_file = f"{path}-symbol.json", f"{path}-{epoch:04d}.params"
        symbol.save(symbol_file)
        if not values:
            return symbol_file, None
        nd.save(params_file, values)
        return symbol_file, params_file

    def optimize_for(self, x: Any, *args: Any, backend: str | None = None, clear: bool = False, **flags: Any) -> None:
        """Trace the graph now, so that the next call runs it at once.

        Args:
            x: first input.
            args: further inputs.
            backend: as for ``hybridize``.
            clear: forget graphs that were traced before.
            flags: MXNet's hints.
        """
        self.hybridize(True, backend, clear or backend != self._backend, **flags)
        self._graph((x, *args), flatten((x, *args)))

    def register_op_hook(self, callback: Callable[[str, str, Any], None], monitor_all: bool = False) -> None:
        """Call ``callback(name, operator, array)`` for every operator it runs while hybridized.

        Args:
            callback: gets names such as ``conv0_fwd_output``, and the array.
            monitor_all: show inputs as well as outputs.
        """
        self._monitor = Monitor(callback, monitor_all)
        super().register_op_hook(callback, monitor_all)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_graphs": {}, "_parts": [], "_seen_changes": -1, "_monitor": None}


def _elsewhere(array: Any) -> Device | None:
    """Return the device of an input, unless it is the current one."""
    here = current_device()
    if isinstance(array, NDArray):
        if array._place is None and not array._tensor.is_cuda and here.device_type == "cpu" and here.device_id == 0:
            return None  # as nearly always
        there = array.context
        return None if there == here else there
    if not array.is_cuda:
        return Device("cpu") if here.device_type == "gpu" else None
    there = device_of(array)
    return None if there == here else there


def _nesting(value: Any) -> Any:
    """Write down how lists are nested, as something to look up by."""
    if isinstance(value, (list, tuple)):
        return tuple(_nesting(one) for one in value)
    return value is None


def spread(outputs: Any) -> Any:
    """Nest zeros as the outputs are nested, a Symbol of several outputs being a list of them."""
    if isinstance(outputs, (list, tuple)):
        return type(outputs)([spread(one) for one in outputs])
    return None if outputs is None else 0 if len(outputs) == 1 else [0] * len(outputs)


def _refuse_others(who: str, values: list[Any]) -> None:
    """Raise for an argument of a hybridized Block that is no array: a graph could not see it change."""
    kind = type(values[0])
    for one in values:
        if not isinstance(one, (NDArray, Tensor)) or isinstance(one, Tensor) != issubclass(kind, Tensor):
            raise ArgumentTypeError(f"{who}: hybridized, all inputs must be {kind.__name__}s, got {type(one).__name__}")


def _warn_of_unused(who: str, graph: Graph) -> None:
    """Warn of inputs and Parameters that play no part, as MXNet does."""
    used = set(graph.leaves())
    inputs = [node.name for node in graph.inputs if node not in used]
    parameters = [home.parameter.name for node, home in graph.homes.items() if node not in used]
    if inputs or parameters:
        warnings.warn(
            f"{who}: its graph does not use {', '.join([*inputs, *parameters])}; is this intended?", stacklevel=5
        )
