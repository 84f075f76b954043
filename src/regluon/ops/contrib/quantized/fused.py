"""Layers that MXNet's oneDNN build fused: convolution or product, normalisation, sum and activation in one node.

The graph within the node says what was fused. A node that is not quantised runs that graph. A quantised one works on
levels: weights are brought to levels when it runs, after normalisation was taken into them, and results are rounded
once, at the end. Only the oneDNN build has such nodes, and its numbers are given, in both dialects.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from regluon.core.errors import ArgumentError, NotSupportedError
from regluon.ops.contrib.quantized.correlation import correlate
from regluon.ops.contrib.quantized.levels import INT32_LEVELS, as_levels, levels, not_zero, number, per_level, reach
from regluon.ops.contrib.quantized.product import multiply
from regluon.ops.nn.spatial import has_channels_last, per_axis
from regluon.ops.number import single
from regluon.ops.registry import Attributes, Shapes, Types, find, op

__all__ = ["fused_convolution", "fused_fully_connected"]

Body = Callable[..., Sequence[Tensor]]
Stage = tuple[str, Mapping[str, Any]]


def _count_of_ranges(attributes: Attributes, count: int) -> int:
    """Say how many inputs, the last ones, are ends of ranges."""
    if not attributes["quantized"]:
        return 0
    if "with_sum" in attributes:
        return 4 if attributes["with_sum"] else 2
    # Data, weight and bias and the ends of all their ranges, or the same without the bias.
    return 6 if count == 9 else 4


def _shapes(shapes: Shapes, attributes: Attributes) -> Shapes:
    names = list(shapes)
    return dict.fromkeys(names[len(names) - _count_of_ranges(attributes, len(names)) :], (1,))


def _convolution_types(known: Types, attributes: Attributes) -> Types:
    if not attributes["quantized"]:
        return dict.fromkeys(known, torch.float32)
    inputs = [name for name in known if name.startswith("arg")]
    held = {inputs[0]: known[inputs[0]] or torch.uint8}
    if attributes["with_sum"]:
        held[inputs[-5]] = known[inputs[-5]] or torch.uint8
    calibrated = attributes["max_calib_range"] is not None
    unsigned = attributes["with_postsum_act"] or (attributes["with_act"] and not attributes["with_sum"])
    return {**dict.fromkeys(known, torch.float32), **held, "output": _result_type(calibrated, unsigned)}


def _fully_connected_types(known: Types, attributes: Attributes) -> Types:
    inputs = [name for name in known if name.startswith("arg")]
    if not attributes["quantized"]:
        return dict.fromkeys(known, torch.float32)
    held = inputs[: len(inputs) - _count_of_ranges(attributes, len(inputs))]
    found = {**dict.fromkeys(known, torch.float32), **dict.fromkeys(held, torch.int8)}
    found[inputs[0]] = known[inputs[0]] or torch.uint8
    if not attributes["enable_float_output"]:
        found["output"] = _result_type(attributes["max_calib_range"] is not None, attributes["with_eltwise"])
    return found


def _result_type(calibrated: bool, unsigned: bool) -> torch.dtype:
    if not calibrated:
        return torch.int32
    return torch.uint8 if unsigned else torch.int8


@op(
    "_sg_mkldnn_conv",
    outputs=lambda attributes: ("output", "output_min", "output_max") if attributes["quantized"] else ("output",),
    complete=_shapes,
    types=_convolution_types,
)
def fused_convolution(
    *data: Tensor,
    quantized: bool = False,
    with_bn: bool = False,
    with_act: bool = False,
    with_sum: bool = False,
    with_postsum_act: bool = False,
    min_calib_range: float | None = None,
    max_calib_range: float | None = None,
    bodies: Sequence[Body],
    stages: Sequence[Stage],
) -> Tensor | tuple[Tensor, Tensor, Tensor]:
    """Correlate with a weight, normalise, activate, add and activate, in one (MXNet, ``_sg_mkldnn_conv``).

    As in the build that has it, what is added keeps its type until the end: a sum onto int8 levels reaches no further
    than 127 though the result is uint8, and one onto uint8 levels loses its sign.

    Args:
        data: what the graph within takes: ``(N, C, *X)`` data, the weight, the bias if there is one, ``(C,)`` gamma,
            beta, mean and variance ``with_bn``, and what is added ``with_sum``; then, where it is quantised, both ends
            of the ranges of data and of what is added, ``(1,)`` each.
        quantized: whether data and what is added hold levels.
        with_bn: whether a normalisation follows.
        with_act: whether an activation follows that.
        with_sum: whether an array is added to that.
        with_postsum_act: whether an activation follows that.
        min_calib_range: the smallest number that the result can stand for.
        max_calib_range: the largest; without both the result has int32 levels.
        bodies: the graph, for arrays that hold no levels.
        stages: the operators in it and their attributes.

    Returns:
        ``(N, num_filter, *Y)``, and where it is quantised its range, ``(1,)`` each.

    Examples:
        >>> levels, weight = torch.tensor([[[10]]], dtype=torch.uint8), torch.tensor([[[2.0]]])
        >>> convolution = {"kernel": (1,), "stride": (), "dilate": (), "pad": (), "num_group": 1, "layout": None}
        >>> stages = [("Convolution", {**convolution, "no_bias": True}), ("Activation", {"act_type": "relu"})]
        >>> result, low, high = fused_convolution(
        ...     levels, weight, torch.zeros(1), torch.ones(1), quantized=True, with_act=True,
        ...     min_calib_range=0.0, max_calib_range=2.0, bodies=[], stages=stages,
        ... )
        >>> result, high
        (tensor([[[10]]], dtype=torch.uint8), tensor([2.]))
    """  # fmt: skip
    if not quantized:
        return bodies[0](*data)[0]
    who = "_sg_mkldnn_conv"
    convolution = dict(stages)["Convolution"]
    values, weight, *rest = data[: len(data) - _count_of_ranges({"quantized": True, "with_sum": with_sum}, len(data))]
    ends = data[len(rest) + 2 :]
    values = as_levels(who, "data", values)
    onto = as_levels(who, "the array to add", rest.pop()) if with_sum else None
    bias = None if convolution["no_bias"] else rest.pop(0)
    if with_bn:
        weight, bias = _folded(weight, bias, rest, dict(stages)["BatchNorm"])
    of_data = reach(*(number(who, "the range of data", end) for end in ends[:2]))
    given = _ends(min_calib_range, max_calib_range, values)
    # Without a range to aim at, the levels of all channels must stand for the same.
    of_weight = weight.abs().flatten(1).amax(1) if given is not None else weight.abs().amax().reshape(1)
    per_data, per_weight = _scale(values.dtype, of_data), _scale(torch.int8, of_weight)
    if bias is not None:
        # So that no level of the bias is beyond half of int32, which sums would not fit in otherwise.
        most = torch.where(bias > 0, INT32_LEVELS, -INT32_LEVELS - 1) / 2
        per_weight = torch.where(bias == 0, per_weight, torch.minimum(per_weight, most / bias / per_data))
    total = _correlated(who, convolution, values, weight, per_weight)
    if bias is not None:
        total = total + _along_channels(torch.round(bias * (per_weight * per_data)), total)
    acts = [stage for stage in stages if stage[0] in _ACTIVATIONS]
    if given is None:
        return _unscaled(who, total, acts, onto, per_level(of_data, levels(values.dtype)), of_weight)
    unsigned = with_postsum_act or (with_act and not with_sum)
    per_result = _scale(torch.uint8 if unsigned else torch.int8, reach(*given))
    total = total * _along_channels(per_result / per_data / per_weight, total)
    if with_act:
        total = _active(who, total, acts[0], per_result)
    if onto is not None:
        of_sum = reach(*(number(who, "the range of the array to add", end) for end in ends[2:]))
        total = total + onto.to(torch.float32) * (per_result / _scale(onto.dtype, of_sum))
    if with_postsum_act:
        total = _active(who, total, acts[-1], per_result)
    return _rounded(total, torch.uint8 if unsigned else torch.int8, None if onto is None else onto.dtype), *given


@op(
    "_sg_mkldnn_fully_connected",
    outputs=lambda attributes: (
        ("output", "min_output", "max_output")
        if attributes["quantized"] and not attributes["enable_float_output"]
        else ("output",)
    ),
    complete=_shapes,
    types=_fully_connected_types,
)
def fused_fully_connected(
    *data: Tensor,
    quantized: bool = False,
    enable_float_output: bool = False,
    with_eltwise: bool = False,
    min_calib_range: float | None = None,
    max_calib_range: float | None = None,
    bodies: Sequence[Body],
    stages: Sequence[Stage],
) -> Tensor | tuple[Tensor, Tensor, Tensor]:
    """Multiply by a weight, add a bias and activate, in one (MXNet, ``_sg_mkldnn_fully_connected``).

    Args:
        data: what the graph within takes: ``(N, K)`` data, ``(M, K)`` weight and ``(M,)`` bias if there is one; then,
            where it is quantised, both ends of the ranges of each of these, ``(1,)`` each.
        quantized: whether data, weight and bias hold levels.
        enable_float_output: whether the result of levels is real numbers.
        with_eltwise: whether an activation follows.
        min_calib_range: the smallest number that the result can stand for.
        max_calib_range: the largest; without both the result has int32 levels.
        bodies: the graph, for arrays that hold no levels.
        stages: the operators in it and their attributes.

    Returns:
        ``(N, M)``, or with ``flatten=False`` of the graph ``(*, M)``; and where it holds levels their range.

    Examples:
        >>> levels, weight = torch.tensor([[10]], dtype=torch.uint8), torch.tensor([[127]], dtype=torch.int8)
        >>> ends = [torch.tensor([end]) for end in (0.0, 1.0, -2.0, 2.0)]
        >>> fused_fully_connected(
        ...     levels, weight, *ends, quantized=True, enable_float_output=True, bodies=[],
        ...     stages=[("FullyConnected", {"no_bias": True, "flatten": True})],
        ... )
        tensor([[0.0780]])
    """  # fmt: skip
    if not quantized:
        return bodies[0](*data)[0]
    who = "_sg_mkldnn_fully_connected"
    dense, act = stages[0][1], stages[-1] if with_eltwise else None
    count = 2 if dense["no_bias"] else 3
    if len(data) != 3 * count:
        raise ArgumentError(f"{who}: data must be {3 * count} arrays, the ranges included, got {len(data)}")
    values, weight = as_levels(who, "data", data[0]), as_levels(who, "weight", data[1], torch.int8)
    of_data, of_weight, *of_bias = [
        reach(*(number(who, "an end of a range", end) for end in data[place : place + 2]))
        for place in range(count, 3 * count, 2)
    ]
    rows = values.flatten(1) if dense["flatten"] else values
    total = multiply(rows.reshape(-1, rows.shape[-1]), weight).reshape(*rows.shape[:-1], weight.shape[0])
    scale = _scale(values.dtype, of_data) * _scale(torch.int8, of_weight)
    if of_bias:
        bias = as_levels(who, "bias", data[2], torch.int8)
        total = total + torch.round(bias * (scale * of_bias[0] / 127.5)).to(torch.int32)
    if enable_float_output:
        total = total.to(torch.float32) * (1.0 / scale)
        return total if act is None else _active(who, total, act, None)
    given = _ends(min_calib_range, max_calib_range, values)
    if given is None:
        acts = [] if act is None else [act]
        return _unscaled(who, total, acts, None, per_level(of_data, levels(values.dtype)), of_weight)
    dtype = torch.int8 if act is None else torch.uint8
    per_result = _scale(dtype, reach(*given))
    total = total.to(torch.float32) * (per_result / _scale(values.dtype, of_data) / _scale(torch.int8, of_weight))
    if act is not None:
        total = _active(who, total, act, per_result)
    return _rounded(total, dtype, None), *given


_ACTIVATIONS = ("Activation", "LeakyReLU", "clip", "relu", "sigmoid", "tanh")


def _scale(dtype: torch.dtype, width: Tensor) -> Tensor:
    """Return how many levels stand for 1."""
    return torch.full_like(width, levels(dtype, "onednn")) / not_zero(width)


def _ends(low: float | None, high: float | None, like: Tensor) -> tuple[Tensor, Tensor] | None:
    """Return the range that was calibrated, as arrays, if it was."""
    if low is None or high is None:
        return None
    low_end, high_end = (torch.full((1,), end, dtype=torch.float32, device=like.device) for end in (low, high))
    return low_end, high_end


def _folded(weight: Tensor, bias: Tensor | None, states: Sequence[Tensor], norm: Attributes) -> tuple[Tensor, Tensor]:
    """Take a normalisation into weight and bias."""
    gamma, beta, mean, variance = states
    factor = torch.ones_like(gamma) if norm["fix_gamma"] else gamma
    factor = (factor.to(torch.float64) / torch.sqrt(variance.to(torch.float64) + norm["eps"])).to(torch.float32)
    shift = beta - factor * mean if bias is None else beta + factor * (bias - mean)
    return weight * factor.reshape(-1, *[1] * (weight.ndim - 1)), shift


def _correlated(who: str, given: Attributes, values: Tensor, weight: Tensor, per_weight: Tensor) -> Tensor:
    """Bring a weight to levels and correlate exactly; the result is of float32."""
    held = weight * per_weight.reshape(-1, *[1] * (weight.ndim - 1))
    held = torch.round(held).clamp(-128, 127).to(torch.int8)
    if has_channels_last(who, given["layout"], values):
        raise NotSupportedError(f"{who}: layout must have channels first, got {given['layout']!r}")
    kernel = given["kernel"]
    stride, dilate, pad = (
        per_axis(who, name, given[name], kernel, default)
        for name, default in (("stride", 1), ("dilate", 1), ("pad", 0))
    )
    product = correlate(who, values.movedim(1, -1), held.movedim(1, -1), stride, dilate, pad, given["num_group"])
    return product.movedim(-1, 1).to(torch.float32)


def _along_channels(numbers: Tensor, like: Tensor) -> Tensor:
    return numbers.reshape(-1, *[1] * (like.ndim - 2))


def _active(who: str, values: Tensor, stage: Stage, scale: Tensor | None) -> Tensor:
    """Apply an activation to levels, of which ``scale`` stand for 1, or to real numbers."""
    name, given = stage
    if name == "relu" or (name == "Activation" and given["act_type"] == "relu"):
        return values.clamp(min=0)
    if scale is None:
        return find(name).function(values, **given)
    if name == "clip" and given["a_min"] == 0:
        return torch.minimum(values.clamp(min=0), single(given["a_max"]) * scale)
    raise NotSupportedError(
        f"{who}: the activation of levels must be relu, or clip from 0, got {name} with {dict(given)}"
    )


def _rounded(values: Tensor, dtype: torch.dtype, between: torch.dtype | None) -> Tensor:
    """Round to a type of 8 bits, if need be as another one whose bits are then taken as they are."""
    low, high = (0, 255) if (between or dtype) == torch.uint8 else (-128, 127)
    found = torch.round(values).clamp(low, high).to(between or dtype)
    return found if found.dtype == dtype else found.view(dtype)


def _unscaled(
    who: str, total: Tensor, acts: Sequence[Stage], onto: Tensor | None, step: Tensor, of_weight: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Return int32 levels and the range they stand for."""
    if onto is not None or any(name != "relu" and given.get("act_type") != "relu" for name, given in acts):
        raise NotSupportedError(
            f"{who}: without min_calib_range and max_calib_range nothing but relu may follow, got {[*acts]!r:.80}"
        )
    end = step * per_level(of_weight, 127.0) * INT32_LEVELS
    return (total.clamp(min=0) if acts else total).to(torch.int32), -end, end
