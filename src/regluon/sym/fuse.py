"""Making a lowered graph faster: convolutions take in what follows them, and run with their channels last in memory."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, fx

from regluon.kernels.precision import single
from regluon.ops.nn.fused_convolution import convolve, convolve_channels_last, fold
from regluon.ops.registry import find

__all__ = ["Frozen", "freeze", "order_channels"]

Tensors = Sequence[Tensor]


@dataclass(frozen=True, slots=True)
class _Fold:
    """Which of a graph's variables make the weight and the bias of one convolution.

    Attributes:
        weight: place of the weight.
        bias: place of the bias, if there is one.
        norm: places of gamma, beta, moving mean and moving variance, if it is normalised.
        eps: of the normalisation.
        fix_gamma: of the normalisation.
    """

    weight: int
    bias: int | None
    norm: Sequence[int] | None = None
    eps: float = 0.0
    fix_gamma: bool = False

    def places(self) -> tuple[int, ...]:
        """List the places of all its variables."""
        return (self.weight, *(() if self.bias is None else (self.bias,)), *(self.norm or ()))

    def values(self, tensors: Tensors) -> tuple[Tensor, Tensor | None]:
        """Compute the weight and the bias."""
        norm = None if self.norm is None else tuple(tensors[one] for one in self.norm)
        bias = None if self.bias is None else tensors[self.bias]
        return fold(tensors[self.weight], bias, norm, self.eps, self.fix_gamma)


class Frozen:
    """A graph for prediction that works out once what follows from its Parameters alone.

    It does so again where a Parameter is another tensor, or has been written into: torch counts writes, but not those
    that go through ``tensor.data``.

    Args:
        forward: computes the outputs from the variables and from the weight and bias of each fold.
        folds: how these are made of the variables.
    """

    def __init__(self, forward: Callable[..., tuple[Tensor, ...]], folds: Sequence[_Fold]) -> None:
        self._forward, self._folds = forward, folds
        self._places = sorted({place for one in folds for place in one.places()})
        # Replaced as a whole, so that threads may share it.
        self._known: tuple[Any, list[Tensor | None]] = None, []

    def __call__(self, *tensors: Tensor) -> tuple[Tensor, ...]:
        """Compute the outputs from the variables."""
        return self._forward(*tensors, *self._values(tensors))

    def _values(self, tensors: Tensors) -> list[Tensor | None]:
        used = [tensors[place] for place in self._places]
        if any(one.is_inference() for one in used):  # these do not count writes
            return self._computed(tensors)
        state = [(id(one), one._version, one.data_ptr()) for one in used]
        known, values = self._known
        # The tensors are kept beside their ids, so that nothing else can get these.
        if known is None or known[0] != state:
            values = self._computed(tensors)
            self._known = (state, used), values
        return values

    def _computed(self, tensors: Tensors) -> list[Tensor | None]:
        with torch.no_grad(), torch.autocast("cpu", enabled=False):
            return [value for one in self._folds for value in one.values(tensors)]


def order_channels(module: fx.GraphModule) -> fx.GraphModule:
    """Let two-dimensional convolutions of a lowered graph work with channels last in memory; the numbers stay.

    Args:
        module: what ``lower`` made; it is changed.

    Returns:
        ``module``.
    """
    changed = False
    for node in module.graph.nodes:
        if _is_plain(node):
            node.target, changed = convolve_channels_last, True
    return _finish(module) if changed else module


def freeze(module: fx.GraphModule, parameters: frozenset[int]) -> Callable[..., tuple[Tensor, ...]]:
    """Let the convolutions of a lowered graph take in normalisations, sums and activations that follow them.

    Args:
        module: what ``lower`` made for prediction; it is changed.
        parameters: places of the variables that are Parameters.

    Returns:
        A callable that takes the same tensors as the module, and gives no gradients.
    """
    graph = module.graph
    placeholders = [node for node in graph.nodes if node.op == "placeholder"]
    places = {placeholders[place]: place for place in parameters}
    body = next((node for node in graph.nodes if node.op != "placeholder"), placeholders[0])
    for one in placeholders:  # before all calls, so that more of them can follow
        body.prepend(one)
    folds: list[_Fold] = []
    fused: list[fx.Node] = []
    for node in [one for one in graph.nodes if _is_plain(one)]:
        made = _folded(graph, node, places, placeholders, folds)
        made = _with_activation(graph, _with_sum(graph, made, fused))
        fused.append(made)
    return Frozen(_finish(module).forward, folds) if fused else module.forward


def _is_plain(node: fx.Node) -> bool:
    """Tell a two-dimensional convolution with channels first."""
    if node.target is not find("Convolution").function:
        return False
    return len(_given(node)["kernel"]) == 2 and _given(node)["layout"] in (None, "NCHW")


def _folded(
    graph: fx.Graph,
    node: fx.Node,
    places: Mapping[fx.Node, int],
    placeholders: list[fx.Node],
    folds: list[_Fold],
) -> fx.Node:
    """Replace a convolution, with the normalisation that alone follows it, by one whose weight is worked out before."""
    weight, bias = _given(node)["weight"], _given(node).get("bias")
    if weight not in places or (bias is not None and bias not in places):
        return _replaced(graph, [node], {**_given(node)})
    found = _Fold(places[weight], None if bias is None else places[bias])
    old = [node]
    norm = _only_user(node)
    if norm is not None and norm.target is find("BatchNorm").function and _given(norm)["axis"] == 1:
        names = ("gamma", "beta", "moving_mean", "moving_var")
        states = [_given(norm)[name] for name in names]
        output = _only_user(norm)
        if _given(norm)["data"] is node and output is not None and all(one in places for one in states):
            eps, fix_gamma = _given(norm)["eps"], _given(norm)["fix_gamma"]
            found = _Fold(found.weight, found.bias, tuple(places[one] for one in states), eps, fix_gamma)
            old = [output, norm, node]
    number = len(folds)
    folds.append(found)
    with graph.inserting_after(placeholders[-1]):
        placeholders.append(graph.placeholder(f"weight_of_{number}"))
    with graph.inserting_after(placeholders[-1]):
        placeholders.append(graph.placeholder(f"bias_of_{number}"))
    return _replaced(graph, old, {**_given(node), "weight": placeholders[-2], "bias": placeholders[-1]})


def _with_sum(graph: fx.Graph, node: fx.Node, fused: Sequence[fx.Node]) -> fx.Node:
    """Let a convolution write into the array that alone its result is added to, where nobody else needs that."""
    total = _only_user(node)
    if total is None or total.target is not find("elemwise_add").function:
        return node
    onto = _given(total)["rhs"] if _given(total)["lhs"] is node else _given(total)["lhs"]
    # A convolution's result lies in memory of its own, and is needed no more if all others who read it come before
    # and give none of that memory away.
    others = [one for one in onto.users if one is not total]
    if onto is node or onto not in fused or not all(one < total and one.target in _readers() for one in others):
        return node
    return _replaced(graph, [total, node], {**_given(node), "onto": onto})


def _readers() -> tuple[Any, ...]:
    """List functions whose results never lie in the memory of what they read."""
    return convolve, find("Convolution").function, find("BatchNorm").function


def _with_activation(graph: fx.Graph, node: fx.Node) -> fx.Node:
    """Let a convolution apply the activation that alone follows it."""
    after = _only_user(node)
    activation = None if after is None else _activation(after)
    # Onto a sum oneDNN applies no other.
    if after is None or activation is None or ("onto" in _given(node) and activation[0] != "relu"):
        return node
    name, numbers = activation
    return _replaced(graph, [after, node], {**_given(node), "activation": name, "numbers": numbers})


def _activation(node: fx.Node) -> tuple[str, tuple[float, ...]] | None:
    """Return oneDNN's name and numbers of an activation, or None if it knows none such."""
    given = _given(node)
    if node.target is find("relu").function:
        return "relu", ()
    if node.target is find("sigmoid").function:
        return "sigmoid", ()
    if node.target is find("Activation").function and given["act_type"] in ("relu", "sigmoid", "tanh"):
        return given["act_type"], ()
    if node.target is find("LeakyReLU").function and given["act_type"] == "leaky":
        return "leaky_relu", (single(given["slope"]),)
    if node.target is find("clip").function and given["a_min"] <= given["a_max"]:
        return "hardtanh", (given["a_min"], given["a_max"])
    return None


def _given(node: fx.Node) -> dict[str, Any]:
    """Return what a call is given by name; torch tells its type too widely to work with."""
    options: Any = node.kwargs
    return options


def _only_user(node: fx.Node) -> fx.Node | None:
    """Return the one operator that uses a result, or None if there are more or it is an output."""
    users = list(node.users)
    return users[0] if len(users) == 1 and users[0].op == "call_function" else None


def _replaced(graph: fx.Graph, old: Sequence[fx.Node], options: dict[str, Any]) -> fx.Node:
    """Put a call of ``convolve`` in place of a chain of calls, the last one first."""
    with graph.inserting_before(old[0]):
        new = graph.call_function(convolve, (), options)
    old[0].replace_all_uses_with(new)
    for node in old:
        graph.erase_node(node)
    return new


def _finish(module: fx.GraphModule) -> fx.GraphModule:
    """Give outputs the order in memory that they have without this, and compile."""
    output = next(node for node in module.graph.nodes if node.op == "output")
    with module.graph.inserting_before(output):
        results = tuple(module.graph.call_function(_contiguous, (one,)) for one in output.args[0])
    output.args = (results,)
    module.recompile()
    return module


def _contiguous(result: Tensor) -> Tensor:
    return result.contiguous() if result.ndim == 4 else result
