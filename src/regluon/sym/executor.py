"""Executor: a graph bound to arrays, MXNet 1.x's way to run it."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, fx

from regluon import autograd, nd
from regluon.core.device import as_device
from regluon.core.errors import ArgumentError, ArgumentTypeError, MXNetError, ShapeError, UnknownNameError
from regluon.nd import gradient
from regluon.nd.array import NDArray
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
        outputs: results of the last forward.
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
        self._modules: dict[bool, fx.GraphModule] = {}
        self.arg_dict, self.grad_dict, self.aux_dict = arguments, gradients, states
        self._requests = requests
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
        """Results of the last forward by name."""
        return dict(zip(self._symbol.list_outputs(), self.outputs, strict=True))

    def forward(self, is_train: bool = False, **kwargs: Any) -> list[NDArray]:
        """Run the graph.

        Args:
            is_train: behave as in training and keep what ``backward`` needs.
            kwargs: new values of arguments by name.
        """
        for name, value in kwargs.items():
            if name not in self.arg_dict:
                raise UnknownNameError(f"forward: there is no argument {name!r}; there are {', '.join(self.arg_dict)}")
            self.arg_dict[name][:] = value
        if is_train not in self._modules:
            self._modules[is_train] = lower(self._symbol._entries, is_train)
        tensors = {**self.arg_dict, **self.aux_dict}
        inputs = [self._variable(name, tensors[name]._tensor, is_train) for name in self._symbol.list_inputs()]
        scope = autograd.record() if is_train else autograd.pause()
        with scope:
            self._recorded = self._modules[is_train](*inputs)
        self._leaves = dict(zip(self._symbol.list_inputs(), inputs, strict=True))
        self.outputs = [NDArray(one.detach()) for one in self._recorded]
        return self.outputs

    def backward(self, out_grads: NDArray | Sequence[NDArray] | None = None, is_train: bool = True) -> None:  # noqa: ARG002
        """Compute the gradients of the arguments from those of the outputs.

        Args:
            out_grads: gradients of the outputs, ones if not given (as for losses).
            is_train: accepted for MXNet's sake.
        """
        given = [out_grads] if isinstance(out_grads, NDArray) else list(out_grads or [])
        heads = [one for one in self._recorded if one.requires_grad]
        if not heads:
            raise MXNetError("backward: forward(is_train=True) must come first, with an argument that has a gradient")
        if given and len(given) != len(self._recorded):
            raise ArgumentError(f"backward: out_grads must be {len(self._recorded)} arrays, got {len(given)}")
        grads = [one._tensor for one, head in zip(given, self._recorded, strict=False) if head.requires_grad]
        wanted = [name for name, array in self.grad_dict.items() if array is not None and self._leaves[name].requires_grad]
        found = gradient.grad(heads, [self._leaves[name] for name in wanted], grads or [None] * len(heads), False, False)
        for name, value in zip(wanted, found, strict=True):
            array = self.grad_dict[name]
            if array is not None:
                array._write(array._tensor + value if self._requests[name] == "add" else value)

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
                    raise UnknownNameError(f"copy_params_from: there is no {name!r} in the graph; allow_extra_params passes over it")

    def _variable(self, name: str, tensor: Tensor, is_train: bool) -> Tensor:
        if is_train and self.grad_dict.get(name) is not None and tensor.is_floating_point():
            return tensor.detach().requires_grad_()
        return tensor.detach()


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
        requests = dict(zip(names, grad_req, strict=True))
    wrong = [request for request in requests.values() if request not in gradient.REQUESTS]
    if wrong:
        raise ArgumentError(f"bind: grad_req must be one of {', '.join(map(repr, gradient.REQUESTS))}, got {wrong[0]!r}")
    kept = {name: gradients.get(name) if requests[name] != "null" else None for name in names}
    return Executor(symbol, arguments, kept, requests, states)


def simple_bind(symbol: Symbol, ctx: Any, grad_req: Any = "write", type_dict: Any = None, **shapes: Any) -> Executor:
    """Bind a graph to new arrays of zeros; also the method ``Symbol.simple_bind``.

    Args:
        symbol: the graph.
        ctx: device of the arrays.
        grad_req: as for ``bind``.
        type_dict: number types by name.
        shapes: shapes of inputs by name; the others follow from them.
    """
    found = symbol.infer_shape_partial(**shapes)
    types = symbol.infer_type(**(type_dict or {}))
    parts: list[dict[str, NDArray]] = []
    for names, sizes, dtypes in (
        (symbol.list_arguments(), found[0], types[0]), (symbol.list_auxiliary_states(), found[2], types[2])
    ):  # fmt: skip
        unknown = [name for name, shape in zip(names, sizes, strict=True) if shape is None]
        if unknown:
            raise ShapeError(f"simple_bind: the shapes of {', '.join(unknown)} do not follow from those given; give them")
        parts.append({
            name: nd.zeros(shape, ctx=as_device(ctx), dtype=dtype or "float32")
            for name, shape, dtype in zip(names, sizes, dtypes, strict=True)
        })  # fmt: skip
    gradients = {name: nd.zeros_like(array) for name, array in parts[0].items()}
    return bind(symbol, ctx, parts[0], gradients, grad_req, parts[1])


def evaluate(symbol: Symbol, ctx: Any = None, **kwargs: NDArray) -> list[NDArray]:
    """Run a graph once on arrays given by name; also the method ``Symbol.eval``.

    Examples:
        >>> from regluon import nd, sym
        >>> (sym.var("a") + sym.var("b")).eval(a=nd.array([1]), b=nd.array([2]))[0].asscalar()
        3.0
    """
    arguments = {name: kwargs[name] for name in symbol.list_arguments() if name in kwargs}
    states = {name: kwargs[name] for name in symbol.list_auxiliary_states() if name in kwargs}
    extra = set(kwargs) - set(arguments) - set(states)
    if extra:
        raise UnknownNameError(f"eval: there is no variable {min(extra)!r}; there are {', '.join(symbol.list_inputs())}")
    return bind(symbol, ctx, arguments, aux_states=states, grad_req="null").forward()


def _by_name(who: str, names: Sequence[str], arrays: Arrays, partial: bool = False) -> dict[str, NDArray]:
    """Bring arrays in order or by name to a dict in order."""
    if not isinstance(arrays, Mapping):
        if len(arrays) != len(names):
            raise ArgumentError(f"bind: {who} must be {len(names)} arrays ({', '.join(names)}), got {len(arrays)}")
        arrays = dict(zip(names, arrays, strict=True))
    missing = [name for name in names if name not in arrays]
    if missing and not partial:
        raise ArgumentError(f"bind: {who} must have an array for each of {', '.join(names)}, got none for {missing[0]!r}")
    found = {name: arrays[name] for name in names if name in arrays}
    for name, array in found.items():
        if array is not None and not isinstance(array, NDArray):
            raise ArgumentTypeError(f"bind: {who} must hold NDArrays, got {type(array).__name__} for {name!r}")
    return found
