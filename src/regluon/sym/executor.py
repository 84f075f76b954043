"""Executor: a graph bound to arrays, MXNet 1.x's way to run it."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, fx

from regluon import autograd, nd
from regluon.core.device import as_device
from regluon.core.dtype import torch_dtype
from regluon.core.errors import ArgumentError, ArgumentTypeError, MXNetError, ShapeError, UnknownNameError
from regluon.nd import gradient
from regluon.nd.memory import apart
from regluon.nd.ndarray import NDArray
from regluon.sym.infer import infer
from regluon.sym.infer_type import infer_types
from regluon.sym.lower import lower
from regluon.sym.symbol import Symbol

__all__ = ["Executor", "bind", "evaluate", "simple_bind"]

Arrays = Sequence[NDArray] | Mapping[str, NDArray]


class Executor:
    """Arrays for the arguments, gradients and states of a graph, and the means to run it.

    Attributes:
        arg_dict: arrays of the arguments by name; write into them to change inputs.
        grad_dict: gradients of the arguments by name, None where there is none.
        aux_dict: arrays of the auxiliary states by name.
        outputs: results of the last forward; the same arrays each time, with the newest values.
    """

    def __init__(
        self,
        symbol: Symbol,
        arguments: dict[str, NDArray],
        gradients: dict[str, NDArray | None],
        requests: dict[str, str],
        states: dict[str, NDArray],
    ) -> None:
        self._symbol = symbol
        self._inputs = symbol.list_inputs()
        self._modules: dict[bool, fx.GraphModule] = {}
        self.arg_dict, self.grad_dict, self.aux_dict = arguments, gradients, states
        self._requests = requests
        self._leaves: dict[str, Tensor] = {}
        self._recorded: tuple[Tensor, ...] = ()
        self.outputs: list[NDArray] = []

    @property
    def arg_arrays(self) -> list[NDArray]:
        """Arrays of the arguments in order."""
        return list(self.arg_dict.values())

    @property
    def grad_arrays(self) -> list[NDArray | None]:
        """Gradients of the arguments in order."""
        return list(self.grad_dict.values())

    @property
    def aux_arrays(self) -> list[NDArray]:
        """Arrays of the auxiliary states in order."""
        return list(self.aux_dict.values())

    @property
    def output_dict(self) -> dict[str, NDArray]:
        """Results of the last forward by name; empty before the first."""
        return dict(zip(self._symbol.list_outputs(), self.outputs, strict=False))

    def forward(self, is_train: bool = False, **kwargs: Any) -> list[NDArray]:
        """Run the graph.

        Args:
            is_train: behave as in training. Whether or not, ``backward`` may follow.
            kwargs: new values of arguments by name.
        """
        for name, value in kwargs.items():
            if name not in self.arg_dict:
                raise UnknownNameError(f"forward: there is no argument {name!r}; there are {', '.join(self.arg_dict)}")
            self.arg_dict[name][:] = value
        if is_train not in self._modules:
            self._modules[is_train] = lower(self._symbol._entries, is_train)
        arrays = {**self.arg_dict, **self.aux_dict}
        self._leaves = {name: self._leaf(name, arrays[name]._tensor) for name in self._inputs}
        wanted = any(leaf.requires_grad for leaf in self._leaves.values())
        with autograd.record(is_train) if wanted else autograd.pause(is_train):
            self._recorded = self._modules[is_train](*self._leaves.values())
        results = apart([one.detach() for one in self._recorded], list(self._leaves.values()))
        self.outputs = self.outputs or [NDArray(one) for one in results]
        for array, value in zip(self.outputs, results, strict=True):
            array._tensor = value
        return self.outputs

    def backward(self, out_grads: NDArray | Sequence[NDArray] | None = None, is_train: bool = True) -> None:  # noqa: ARG002
        """Compute the gradients of the arguments from those of the outputs.

        Args:
            out_grads: gradients of the outputs, ones if not given (as for losses).
            is_train: accepted for MXNet's sake.
        """
        if not self._recorded:
            raise MXNetError("backward: forward() must come first")
        given = [out_grads] if isinstance(out_grads, NDArray) else list(out_grads or [])
        if given and len(given) != len(self._recorded):
            raise ArgumentError(f"backward: out_grads must be {len(self._recorded)} arrays, got {len(given)}")
        grads = [one._tensor for one in given] or [None] * len(self._recorded)
        wanted = {name: leaf for name, leaf in self._leaves.items() if leaf.requires_grad}
        if not wanted:
            raise MXNetError("backward: an argument must have a gradient, got none bound by args_grad and grad_req")
        pairs = [(head, one) for head, one in zip(self._recorded, grads, strict=True) if head.requires_grad]
        found: list[Tensor | None] = [None] * len(wanted)
        if pairs:
            heads, grads = zip(*pairs, strict=True)
            found = gradient.grad(heads, list(wanted.values()), grads, retain_graph=False, create_graph=False)
        for (name, leaf), value in zip(wanted.items(), found, strict=True):
            array = self.grad_dict[name]
            new = torch.zeros_like(leaf) if value is None else value
            if array is not None:
                array._write(array._tensor + new if self._requests[name] == "add" else new)

    def reshape(
        self,
        partial_shaping: bool = False,  # noqa: ARG002
        allow_up_sizing: bool = False,  # noqa: ARG002
        **kwargs: Sequence[int],
    ) -> "Executor":
        """Return an executor for inputs of other shapes; arrays whose shapes stay are shared.

        Args:
            partial_shaping: accepted for MXNet's sake; shapes that follow may always change.
            allow_up_sizing: accepted for MXNet's sake; arrays may always grow.
            kwargs: shapes of inputs by name.
        """
        shapes, _, states = self._symbol.infer_shape(**kwargs)
        if shapes is None:
            raise ShapeError(f"reshape: the shapes of all arguments must follow from those of {', '.join(kwargs)}")
        arguments = {
            name: array if array.shape == shape else _like(array, shape)
            for (name, array), shape in zip(self.arg_dict.items(), shapes, strict=True)
        }
        gradients = {
            name: None if array is None else array if array.shape == shape else _like(array, shape)
            for (name, array), shape in zip(self.grad_dict.items(), shapes, strict=True)
        }
        aux = {
            name: array if array.shape == shape else _like(array, shape)
            for (name, array), shape in zip(self.aux_dict.items(), states, strict=True)
        }
        return Executor(self._symbol, arguments, gradients, self._requests, aux)

    def copy_params_from(
        self, arg_params: Mapping[str, NDArray], aux_params: Mapping[str, NDArray] | None = None,
        allow_extra_params: bool = False,
    ) -> None:  # fmt: skip
        """Copy values into arguments and states by name.

        Args:
            arg_params: values of arguments.
            aux_params: values of states.
            allow_extra_params: pass over names that the graph lacks.
        """
        for target, values in ((self.arg_dict, arg_params), (self.aux_dict, aux_params or {})):
            for name, value in values.items():
                if name in target:
                    value.copyto(target[name])
                elif not allow_extra_params:
                    raise UnknownNameError(
                        f"copy_params_from: there is no {name!r} in the graph; allow_extra_params passes over it"
                    )

    def _leaf(self, name: str, tensor: Tensor) -> Tensor:
        wants = self.grad_dict.get(name) is not None and self._requests[name] != "null" and tensor.is_floating_point()
        return tensor.detach().requires_grad_() if wants else tensor.detach()


def _like(array: NDArray, shape: Sequence[int]) -> NDArray:
    return nd.zeros(tuple(shape), ctx=array.context, dtype=array.dtype)


def bind(
    symbol: Symbol,
    ctx: Any,
    args: Arrays,
    args_grad: Arrays | None = None,
    grad_req: str | Sequence[str] | Mapping[str, str] = "write",
    aux_states: Arrays | None = None,
) -> Executor:
    """Bind a graph to arrays; also the method ``Symbol.bind``.

    Args:
        symbol: the graph.
        ctx: device, which must be where the arrays are.
        args: one array for each argument, in order or by name.
        args_grad: arrays that gradients are written to, in order or by name.
        grad_req: ``write``, ``add`` or ``null``, for all, in order, or by name.
        aux_states: one array for each auxiliary state.
    """
    as_device(ctx)
    names = symbol.list_arguments()
    arguments = _by_name("args", names, args)
    states = _by_name("aux_states", symbol.list_auxiliary_states(), aux_states or {})
    gradients = _by_name("args_grad", names, args_grad or {}, partial=True)
    if isinstance(grad_req, str):
        requests = dict.fromkeys(names, grad_req)
    elif isinstance(grad_req, Mapping):
        requests = {name: grad_req.get(name, "null") for name in names}
    else:
        if len(grad_req) != len(names):
            raise ArgumentError(
                f"bind: grad_req must be {len(names)} requests ({', '.join(names)}), got {len(grad_req)}"
            )
        requests = dict(zip(names, grad_req, strict=True))
    wrong = [request for request in requests.values() if request not in gradient.REQUESTS]
    if wrong:
        raise ArgumentError(
            f"bind: grad_req must be one of {', '.join(map(repr, gradient.REQUESTS))}, got {wrong[0]!r}"
        )
    return Executor(symbol, arguments, {name: gradients.get(name) for name in names}, requests, states)


def simple_bind(symbol: Symbol, ctx: Any, grad_req: Any = "write", type_dict: Any = None, **shapes: Any) -> Executor:
    """Bind a graph to new arrays of zeros; also the method ``Symbol.simple_bind``.

    Args:
        symbol: the graph.
        ctx: device of the arrays.
        grad_req: as for ``bind``.
        type_dict: number types by name.
        shapes: shapes of inputs by name; the others follow from them.
    """
    device = as_device(ctx)
    types = {name: torch_dtype(dtype) for name, dtype in (type_dict or {}).items()}
    sizes = {name: (shape,) if isinstance(shape, int) else tuple(shape) for name, shape in shapes.items()}
    for name in [*types, *sizes]:
        if name not in symbol.list_inputs():
            raise UnknownNameError(
                f"simple_bind: there is no variable {name!r}; there are {', '.join(symbol.list_inputs())}"
            )
    dtypes = infer_types(symbol._entries, types)
    found = infer(symbol._entries, sizes, {entry.node.name: dtype for entry, dtype in dtypes.items()})
    arrays = {entry.node.name: meta for entry, meta in found.items() if entry.node.operator is None}
    unknown = [name for name in symbol.list_inputs() if name not in arrays]
    if unknown:
        raise ShapeError(f"simple_bind: the shapes of {', '.join(unknown)} must be given, or follow from those given")

    def zeros(names: Sequence[str]) -> dict[str, NDArray]:
        return {name: nd.zeros(tuple(arrays[name].shape), ctx=device, dtype=arrays[name].dtype) for name in names}

    arguments, states = symbol.list_arguments(), symbol.list_auxiliary_states()
    executor = bind(symbol, device, zeros(arguments), zeros(arguments), grad_req, zeros(states))
    for name, request in executor._requests.items():
        if request == "null":
            executor.grad_dict[name] = None
    return executor


def evaluate(symbol: Symbol, ctx: Any = None, **kwargs: NDArray) -> list[NDArray]:
    """Run a graph once on arrays given by name; also the method ``Symbol.eval``.

    Examples:
        >>> from regluon import nd, sym
        >>> (sym.var("a") + sym.var("b")).eval(a=nd.array([1]), b=nd.array([2]))[0].asnumpy()
        array([3.], dtype=float32)
    """
    arguments = {name: kwargs[name] for name in symbol.list_arguments() if name in kwargs}
    states = {name: kwargs[name] for name in symbol.list_auxiliary_states() if name in kwargs}
    extra = set(kwargs) - set(arguments) - set(states)
    if extra:
        raise UnknownNameError(
            f"eval: there is no variable {min(extra)!r}; there are {', '.join(symbol.list_inputs())}"
        )
    return bind(symbol, ctx, arguments, aux_states=states, grad_req="null").forward()


def _by_name(who: str, names: Sequence[str], arrays: Arrays, partial: bool = False) -> dict[str, NDArray]:
    """Bring arrays in order or by name to a dict in order."""
    if not isinstance(arrays, Mapping):
        if len(arrays) != len(names):
            raise ArgumentError(f"bind: {who} must be {len(names)} arrays ({', '.join(names)}), got {len(arrays)}")
        arrays = dict(zip(names, arrays, strict=True))
    missing = [name for name in names if name not in arrays]
    if missing and not partial:
        raise ArgumentError(
            f"bind: {who} must have an array for each of {', '.join(names)}, got none for {missing[0]!r}"
        )
    found = {name: arrays[name] for name in names if name in arrays}
    for name, array in found.items():
        if array is not None and not isinstance(array, NDArray):
            raise ArgumentTypeError(f"bind: {who} must hold NDArrays, got {type(array).__name__} for {name!r}")
    return found
